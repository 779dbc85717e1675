import { describeDoor } from '@voronka/testing';
import { tasks } from '../src/service.js';

describeDoor(tasks);
