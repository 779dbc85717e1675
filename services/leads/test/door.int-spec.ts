import { describeDoor } from '@voronka/testing';
import { leads } from '../src/service.js';

describeDoor(leads);
