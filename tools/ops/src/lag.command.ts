import { serviceOf, type CommandLine, type Shared } from './command-line.js';
import { lag, showLag } from './lag.js';
import type { Service } from './system.js';

export function addLag(line: CommandLine): void {
  line
    .command(line.program, 'lag', 'How far each service has read, and what its outbox holds.')
    .option('--service <name>', 'only this service', serviceOf)
    .option('--partitions', 'a line for each partition, also where nothing waits')
    .action(({ service, partitions = false, ...shared }: Shared & { service?: Service; partitions?: boolean }) =>
      line.answer(shared, async (system) => {
        const found = await lag(system, service && [service]);
        return { json: found, text: showLag(found, partitions) };
      }),
    );
}
