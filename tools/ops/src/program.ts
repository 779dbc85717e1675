import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { OpsFailure, WrongArguments } from './failure.js';
import { lag, showLag } from './lag.js';
import {
  decidable,
  discardParked,
  listParked,
  replayParked,
  showList,
  showOne,
  showOutcomes,
  showParked,
  type Outcome,
} from './parked.js';
import { settingsOf } from './settings.js';
import { services, System, type Service } from './system.js';
import { applyTopics, checkTopics, showTopics } from './topics.js';

/** Where a run writes, and what it is told by. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  out(text: string): void;
  complain(text: string): void;
}

interface Shared {
  readonly data?: string;
  readonly json?: boolean;
}
interface Filter {
  readonly record?: string;
  readonly topic?: string;
  readonly code?: string;
}

/** Runs one command line and answers its exit status: 0 done, 1 not done (a sentence says why), 2 the command line is wrong. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  let status = 0;
  const on = (work: (system: System, shared: Shared) => Promise<{ json: unknown; text: string; status?: number }>) =>
    async function (this: void, shared: Shared): Promise<void> {
      const system = new System(settingsOf(around.environment, shared.data));
      try {
        const answer = await work(system, shared);
        around.out(shared.json ? JSON.stringify(answer.json, null, 2) : answer.text);
        status = answer.status ?? 0;
      } finally {
        await system.close();
      }
    };
  try {
    await programOf(on, around).parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      around.complain(sentenceOf(error));
      return 2;
    }
    if (error instanceof WrongArguments || error instanceof OpsFailure) {
      around.complain(error.message);
      return error instanceof OpsFailure ? 1 : 2;
    }
    throw error;
  }
}

type On = (
  work: (system: System, shared: Shared) => Promise<{ json: unknown; text: string; status?: number }>,
) => (shared: Shared) => Promise<void>;

function programOf(on: On, around: Surroundings): Command {
  const program = new Command('npm run ops --')
    .description('Shows and mends what is between the services: what they have not read, what is parked, the topics.')
    .addHelpText(
      'after',
      '\nIt finds the system by the settings DATABASE_URL (the PostgreSQL server), BROKER_URL and TOPIC_PREFIX, or by --data.',
    );
  const settle = (command: Command): Command =>
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ writeOut: (text) => around.out(text.trimEnd()), writeErr: () => undefined });
  const add = (parent: Command, name: string, description: string): Command =>
    settle(parent.command(name).description(description))
      .option('--data <folder>', 'the data folder of a local npm start, such as .local')
      .option('--json', 'for programs');
  const filtered = (command: Command): Command =>
    command
      .option('--record <id>', 'only of this record')
      .option('--topic <name>', 'only of this topic, without prefix')
      .option('--code <code>', 'only those that failed by this error');
  settle(program);

  add(program, 'lag', 'How far each service has read, and what its outbox holds.')
    .option('--service <name>', 'only this service', serviceOf)
    .option('--partitions', 'a line for each partition, also where nothing waits')
    .action(({ service, partitions = false, ...shared }: Shared & { service?: Service; partitions?: boolean }) =>
      on(async (system) => {
        const found = await lag(system, service && [service]);
        return { json: found, text: showLag(found, partitions) };
      })(shared),
    );

  const parked = settle(program.command('parked').description('Events that could not be applied.'));
  filtered(add(parked, 'list', 'The parked events, the oldest of each service first.'))
    .option('--service <name>', 'only of this service', serviceOf)
    .option('--settled', 'with those that were replayed or discarded')
    .option('--limit <number>', 'of each service at most so many', numberOf, 100)
    .action(({ service, ...asked }: Shared & Filter & { service?: Service; settled?: boolean; limit: number }) =>
      on(async (system) => {
        const found = await listParked(system, asked, service && [service]);
        return { json: found, text: showList(found) };
      })(asked),
    );
  add(parked, 'show', 'All of one event: where it came from, why it is here, what it holds.')
    .addArgument(program.createArgument('<service>', services.join(', ')).argParser(serviceOf))
    .addArgument(program.createArgument('<id>', 'its number in the list').argParser(numberOf))
    .action((service: Service, id: number, shared: Shared) =>
      on(async (system) => {
        const event = await showParked(system, service, id);
        return { json: event, text: showOne(event) };
      })(shared),
    );
  const deciding = (name: string, description: string) =>
    filtered(add(parked, name, description))
      .addArgument(program.createArgument('<service>', services.join(', ')).argParser(serviceOf))
      .addArgument(
        program.createArgument('[ids...]', 'their numbers in the list; or use a filter').argParser(numbersOf),
      );
  deciding('replay', 'Has the service try events again under their own ids, and then those behind them.')
    .alias('retry')
    .action((service: Service, ids: number[] | undefined, asked: Shared & Filter) =>
      on(async (system) => outcome(await replayParked(system, service, await chosen(system, service, ids, asked))))(
        requireChoice(ids, asked),
      ),
    );
  deciding('discard', 'Gives events up for good; the reason is kept with them.')
    .addOption(new Option('--reason <sentence>', 'why').makeOptionMandatory())
    .action((service: Service, ids: number[] | undefined, asked: Shared & Filter & { reason: string }) => {
      if (!asked.reason.trim()) throw new WrongArguments('--reason is empty: say why the event is given up.');
      return on(async (system) =>
        outcome(await discardParked(system, service, await chosen(system, service, ids, asked), asked.reason)),
      )(requireChoice(ids, asked));
    });

  const topics = settle(program.command('topics').description('The topics that contracts declare.'));
  add(topics, 'check', 'What is declared against what the broker has; status 1 where they differ.').action(
    on(async (system) => {
      const found = await checkTopics(system);
      const differs = found.some(({ finding }) => finding !== 'as declared');
      const why = found.flatMap((topic) => topic.why ?? []);
      return { json: found, text: [showTopics(found), ...why].join('\n'), status: differs ? 1 : 0 };
    }),
  );
  add(
    topics,
    'apply',
    'Makes what is missing and keeps longer what is kept too briefly; refuses anything else.',
  ).action(
    on(async (system) => {
      const before = await applyTopics(system);
      const changed = before.filter(({ finding }) => finding !== 'as declared');
      const text = changed.map(({ topic, finding }) =>
        finding === 'missing' ? `${topic} was made.` : `${topic} is kept as declared now.`,
      );
      return { json: changed, text: text.length > 0 ? text.join('\n') : 'All topics are as declared.' };
    }),
  );
  return program;
}

const outcome = (outcomes: readonly Outcome[]) => ({
  json: outcomes,
  text: showOutcomes(outcomes),
  status: outcomes.every(({ outcome }) => outcome === 'replayed' || outcome === 'discarded') ? 0 : 1,
});

function requireChoice<T extends Filter>(ids: readonly number[] | undefined, asked: T): T {
  const some = Boolean(asked.record ?? asked.topic ?? asked.code);
  if (some === Boolean(ids?.length))
    throw new WrongArguments('Name the events by their numbers, or by one of --record, --topic and --code.');
  return asked;
}

const chosen = async (system: System, service: Service, ids: number[] | undefined, filter: Filter) =>
  ids?.length ? ids : decidable(system, service, filter);

function serviceOf(name: string): Service {
  const found = services.find((service) => service === name);
  if (!found) throw new InvalidArgumentError(`It is one of ${services.join(', ')}.`);
  return found;
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 up.');
  return Number(text);
}

const numbersOf = (text: string, before: number[] = []): number[] => [...before, numberOf(text)];

/** Commander's own sentence, with a capital, a full stop and the way to help. */
function sentenceOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'Say what to do: npm run ops -- --help lists it.';
  const said = message.replace(/^error: /, '').trim();
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.?$/, '.')} npm run ops -- --help shows how.`;
}
