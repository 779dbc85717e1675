import { describeDoor } from '@voronka/testing';
import { deals } from '../src/service.js';

describeDoor(deals);
