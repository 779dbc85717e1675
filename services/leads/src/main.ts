import { runService } from '@voronka/service-kit';
import { leads } from './service.js';

await runService(leads);
