import { runService } from '@voronka/service-kit';
import { accounts } from './service.js';

await runService(accounts);
