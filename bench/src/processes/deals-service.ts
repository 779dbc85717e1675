import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Organisation,
  serviceSettings,
  settingsFrom,
  startService,
  type ServiceDefinition,
} from '@voronka/service-kit';
import { serve, settingsOf } from './serve.js';

/** The deals service as it was built, which can be let forget whose a record is: what is left is the same without rights. */
const { program, environment } = settingsOf<{ program: string; environment: Record<string, string> }>();
const { deals } = (await import(pathToFileURL(join(program, 'service.js')).href)) as { deals: ServiceDefinition };
const { url } = await startService(deals, settingsFrom(serviceSettings, environment));
const { reach } = Organisation.prototype;
const everybodys: ReturnType<typeof reach> = { includes: () => true, alternatives: () => ['true'] };

serve({
  graphql: () => url,
  rights: ({ on }: { on: boolean }) => {
    Organisation.prototype.reach = on ? reach : () => everybodys;
  },
});
