import { runService } from '@voronka/service-kit';
import { firstAdministrator } from './first-administrator.js';
import { identity } from './service.js';

await runService(identity, { 'first-administrator': firstAdministrator });
