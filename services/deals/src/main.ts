import { runService } from '@voronka/service-kit';
import { deals } from './service.js';

await runService(deals);
