import { describePlans } from '@voronka/testing';
import { tasks } from '../src/service.js';

describePlans(tasks);
