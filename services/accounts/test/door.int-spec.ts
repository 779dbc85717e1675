import { describeDoor } from '@voronka/testing';
import { accounts } from '../src/service.js';

describeDoor(accounts);
