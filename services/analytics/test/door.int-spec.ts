import { describeDoor } from '@voronka/testing';
import { analytics } from '../src/service.js';

describeDoor(analytics);
