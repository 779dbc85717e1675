import { runService } from '@voronka/service-kit';
import { analytics } from './service.js';

await runService(analytics);
