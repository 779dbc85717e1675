import { describePlans } from '@voronka/testing';
import { accounts } from '../src/service.js';

describePlans(accounts);
