import { Option, type Command } from 'commander';
import {
  numberOf,
  numbersOf,
  serviceNames,
  serviceOf,
  type Answer,
  type CommandLine,
  type Shared,
} from './command-line.js';
import { WrongArguments } from './failure.js';
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
import type { Service, System } from './system.js';

interface Filter {
  readonly record?: string;
  readonly topic?: string;
  readonly code?: string;
}

export function addParked(line: CommandLine): void {
  const parked = line.group('parked', 'Events that could not be applied.');
  filtered(line.command(parked, 'list', 'The parked events, the oldest of each service first.'))
    .option('--service <name>', 'only of this service', serviceOf)
    .option('--settled', 'with those that were replayed or discarded')
    .option('--limit <number>', 'of each service at most so many', numberOf, 100)
    .action(({ service, ...asked }: Shared & Filter & { service?: Service; settled?: boolean; limit: number }) =>
      line.answer(asked, async (system) => {
        const found = await listParked(system, asked, service && [service]);
        return { json: found, text: showList(found) };
      }),
    );

  line
    .command(parked, 'show', 'All of one event: where it came from, why it is here, what it holds.')
    .addArgument(parked.createArgument('<service>', serviceNames).argParser(serviceOf))
    .addArgument(parked.createArgument('<id>', 'its number in the list').argParser(numberOf))
    .action((service: Service, id: number, shared: Shared) =>
      line.answer(shared, async (system) => {
        const event = await showParked(system, service, id);
        return { json: event, text: showOne(event) };
      }),
    );

  const deciding = (name: string, description: string) =>
    filtered(line.command(parked, name, description))
      .addArgument(parked.createArgument('<service>', serviceNames).argParser(serviceOf))
      .addArgument(
        parked.createArgument('[ids...]', 'their numbers in the list; or use a filter').argParser(numbersOf),
      );
  deciding('replay', 'Has the service try events again under their own ids, and then those behind them.')
    .alias('retry')
    .action(async (service: Service, ids: number[] | undefined, asked: Shared & Filter) => {
      requireChoice(ids, asked);
      await line.answer(asked, async (system) =>
        outcome(await replayParked(system, service, await chosen(system, service, ids, asked))),
      );
    });
  deciding('discard', 'Gives events up for good; the reason is kept with them.')
    .addOption(new Option('--reason <sentence>', 'why').makeOptionMandatory())
    .action(async (service: Service, ids: number[] | undefined, asked: Shared & Filter & { reason: string }) => {
      if (!asked.reason.trim()) throw new WrongArguments('--reason is empty: say why the event is given up.');
      requireChoice(ids, asked);
      await line.answer(asked, async (system) =>
        outcome(await discardParked(system, service, await chosen(system, service, ids, asked), asked.reason)),
      );
    });
}

const filtered = (command: Command): Command =>
  command
    .option('--record <id>', 'only of this record')
    .option('--topic <name>', 'only of this topic, without prefix')
    .option('--code <code>', 'only those that failed by this error');

const outcome = (outcomes: readonly Outcome[]): Answer => ({
  json: outcomes,
  text: showOutcomes(outcomes),
  status: outcomes.every(({ outcome }) => outcome === 'replayed' || outcome === 'discarded') ? 0 : 1,
});

function requireChoice(ids: readonly number[] | undefined, asked: Filter): void {
  const some = Boolean(asked.record ?? asked.topic ?? asked.code);
  if (some === Boolean(ids?.length))
    throw new WrongArguments('Name the events by their numbers, or by one of --record, --topic and --code.');
}

const chosen = async (system: System, service: Service, ids: number[] | undefined, filter: Filter) =>
  ids?.length ? ids : decidable(system, service, filter);
