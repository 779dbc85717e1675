import { describePlans } from '@voronka/testing';
import { identity } from '../src/service.js';

describePlans(identity);
