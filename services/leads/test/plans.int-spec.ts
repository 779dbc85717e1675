import { describePlans } from '@voronka/testing';
import { leads } from '../src/service.js';

describePlans(leads);
