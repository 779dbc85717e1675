import { runService } from '@voronka/service-kit';
import { tasks } from './service.js';

await runService(tasks);
