import { describePlans } from '@voronka/testing';
import { deals } from '../src/service.js';

describePlans(deals);
