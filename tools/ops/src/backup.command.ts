import { backup, restore, type Backup } from './backup.js';
import { serviceNames, serviceOf, type CommandLine, type Shared } from './command-line.js';
import { runProgram } from './service-program.js';
import { services, type Service } from './system.js';
import { table } from './table.js';

interface Asked extends Shared {
  readonly service?: Service;
}

export function addBackup(line: CommandLine): void {
  line
    .command(line.program, 'backup', 'Saves all databases and topics into a folder while the system works.')
    .argument('<folder>', 'a new one')
    .option('--service <service>', 'its database alone, and no topics', serviceOf)
    .action((folder: string, asked: Asked) =>
      line.answer(asked, async (system) => {
        const of = asked.service ? { of: [asked.service], topics: false } : {};
        const saved = await backup(system, folder, of);
        return { json: saved, text: shown(saved) };
      }),
    );
  line
    .command(
      line.program,
      'restore',
      'Brings back what a backup holds, to where there is nothing; the services must not run.',
    )
    .argument('<folder>', 'with a backup')
    .option('--service <service>', 'its database alone, and no topics', serviceOf)
    .addHelpText('after', '\nThen, before the services start: npm run ops -- recall, for each that was restored.')
    .action((folder: string, asked: Asked) =>
      line.follow(asked, async (system, _settings, around) => {
        const { service } = asked;
        const saved = await restore(system, folder, around, { of: service ? [service] : services, topics: !service });
        around.out(asked.json ? JSON.stringify(saved, null, 2) : 'All of it is there again, and was compared.');
        return 0;
      }),
    );
  line
    .command(
      line.program,
      'recall',
      'Has a service, whose database was restored, take back from its own topics what it had announced since.',
    )
    .addArgument(line.program.createArgument('<service>', serviceNames).argParser(serviceOf))
    .action((service: Service, shared: Shared) =>
      line.follow(shared, async (system, { brokerUrl, topicPrefix }, around) => {
        await system.ask(service, () => Promise.resolve());
        const told = { DATABASE_URL: system.urlOf(service), BROKER_URL: brokerUrl, TOPIC_PREFIX: topicPrefix };
        return runProgram(service, ['recall'], told, around);
      }),
    );
}

function shown({ databases, topics }: Backup): string {
  const all = Object.entries(databases).map(([service, { at, tables }]) => [
    service,
    at,
    tables.reduce((sum, { rows }) => sum + rows, 0),
  ]);
  const saved = table(['DATABASE', 'AS IT WAS AT', 'ROWS'], all);
  if (topics.length === 0) return saved;
  const messages = topics.map(({ name, messages: count, strangers }) => [name, count, strangers]);
  return `${saved}\n\n${table(['TOPIC', 'MESSAGES', 'LEFT OUT'], messages)}`;
}
