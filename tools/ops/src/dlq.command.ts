import { InvalidArgumentError } from 'commander';
import { numberOf, serviceNames, serviceOf, type CommandLine, type Shared } from './command-line.js';
import { listLetters, nameOf, showLetter, type LetterAt, type LetterPlace } from './dlq.js';
import { replayLetters, type LetterOutcome } from './dlq-replay.js';
import { WrongArguments } from './failure.js';
import { showWhole } from './parked.js';
import type { Service } from './system.js';
import { span, table } from './table.js';

export function addDeadLetters(line: CommandLine): void {
  const dlq = line.group('dlq', 'Dead letters: copies of the events that were tried for the last time.');
  const TOPIC = 'the topic whose events failed, without prefix';
  line
    .command(dlq, 'list', 'The newest letters of each service and topic, and what has become of their events.')
    .option('--service <name>', 'only of this service', serviceOf)
    .option('--topic <name>', TOPIC)
    .option('--limit <number>', 'of each service and topic at most so many', numberOf, 100)
    .action((asked: Shared & { service?: Service; topic?: string; limit: number }) =>
      line.answer(asked, async (system) => {
        const found = await listLetters(system, asked);
        return { json: found, text: showLetters(found) };
      }),
    );

  line
    .command(dlq, 'show', 'All of one letter: where its event came from, why it failed, what it holds.')
    .addArgument(dlq.createArgument('<service>', serviceNames).argParser(serviceOf))
    .addArgument(dlq.createArgument('<letter>', 'its place in the list').argParser(placeOf))
    .option('--topic <name>', TOPIC)
    .action((service: Service, place: LetterPlace, asked: Shared & { topic?: string }) =>
      line.answer(asked, async (system) => {
        const { headers, value, origin, ...about } = await showLetter(system, service, asked.topic, place);
        const from = origin && `${origin.topic} ${nameOf(origin)}`;
        return { json: { ...about, origin, headers, value }, text: showWhole({ ...about, from }, headers, value) };
      }),
    );

  line
    .command(dlq, 'replay', 'Has the service try the events of letters again, under their own ids.')
    .addArgument(dlq.createArgument('<service>', serviceNames).argParser(serviceOf))
    .addArgument(dlq.createArgument('[letters...]', 'their places in the list').argParser(placesOf))
    .option('--topic <name>', `${TOPIC}, where the service has letters of several`)
    .option('--all-of-topic <name>', 'all the letters of this topic')
    .action(async (service: Service, places: LetterPlace[], asked: Replay) => {
      const which = lettersMeant(places, asked);
      await line.answer(asked, async (system) => {
        const outcomes = await replayLetters(system, service, which);
        const decided = outcomes.every(({ outcome }) => outcome === 'replayed' || outcome === 'discarded');
        return { json: outcomes, text: showOutcomes(outcomes), status: decided ? 0 : 1 };
      });
    });
}

type Replay = Shared & { topic?: string; allOfTopic?: string };

/** Either some letters or all of a topic. Exported for its table of cases. */
export function lettersMeant(
  places: readonly LetterPlace[] | undefined,
  { topic, allOfTopic }: Replay,
): { topic?: string; places?: readonly LetterPlace[] } {
  const some = places && places.length > 0 ? places : undefined;
  if ((allOfTopic === undefined) === (some === undefined) || (allOfTopic !== undefined && topic !== undefined))
    throw new WrongArguments('Name the letters by their places, with --topic where needed, or by --all-of-topic.');
  return { topic: allOfTopic ?? topic, places: some };
}

/** Dead letters have one partition unless somebody gave them more, so an offset alone is one in the first. */
function placeOf(text: string): LetterPlace {
  const [, partition = '0', offset] = /^(?:(\d{1,6})\/)?(\d{1,15})$/.exec(text) ?? [];
  if (offset === undefined) throw new InvalidArgumentError('Give an offset, such as 3, or partition and offset, 0/3.');
  return { partition: Number(partition), offset: Number(offset) };
}

const placesOf = (text: string, before: LetterPlace[] = []): LetterPlace[] => [...before, placeOf(text)];

function showLetters(letters: readonly LetterAt[], now = Date.now()): string {
  if (letters.length === 0) return 'There are no dead letters.';
  return table(
    ['SERVICE', 'TOPIC', 'LETTER', 'WRITTEN', 'TYPE', 'KEY', 'EVENT', 'FROM', 'TRIED', 'CODE', 'NOW', 'PARKED', 'WHY'],
    letters.map((letter) => [
      ...[letter.service, letter.topic, nameOf(letter)],
      letter.writtenAt && `${span((now - letter.writtenAt.getTime()) / 1000)} ago`,
      ...[letter.type, letter.key, letter.eventId, letter.origin && nameOf(letter.origin)],
      ...[letter.attempts, letter.code, letter.parked, letter.parkedId, letter.error],
    ]),
  );
}

const showOutcomes = (outcomes: readonly LetterOutcome[]): string =>
  outcomes.length === 0
    ? 'There are no letters.'
    : table(
        ['SERVICE', 'TOPIC', 'LETTER', 'EVENT', 'PARKED', 'OUTCOME', 'WHY'],
        outcomes.map(({ service, topic, letter, eventId, parkedId, putBack, outcome, why }) => [
          ...[service, topic, letter, eventId, parkedId, outcome],
          [putBack ? 'The database had forgotten it; it was put back from the letter.' : '', why ?? '']
            .join(' ')
            .trim(),
        ]),
      );
