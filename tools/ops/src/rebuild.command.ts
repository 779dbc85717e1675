import { serviceNames, serviceOf, type CommandLine, type Shared } from './command-line.js';
import { rebuild } from './rebuild.js';
import type { Service } from './system.js';

export function addRebuild(line: CommandLine): void {
  line
    .command(
      line.program,
      'rebuild',
      'Builds what a service keeps of others’ events anew from the topics, beside the running service.',
    )
    .addArgument(line.program.createArgument('<service>', serviceNames).argParser(serviceOf))
    .addHelpText('after', '\nIt says once a second how far it is; Ctrl-C ends it, and nothing is changed then.')
    .action((service: Service, shared: Shared) =>
      line.follow(shared, async (system, settings, around) => {
        await system.ask(service, () => Promise.resolve());
        return rebuild(settings, service, around, { json: shared.json, databaseUrl: system.urlOf(service) });
      }),
    );
}
