import { ParkedDesk, type IncomingMessage, type Letter, type ParkedEvent } from '@voronka/messaging';
import { lettersOf, nameOf, NO_LETTER, type Found, type LetterPlace } from './dlq.js';
import { replayParked, type Outcome } from './parked.js';
import type { Service, System } from './system.js';

/** What became of one letter that an operator asked to be tried again. */
export interface LetterOutcome extends Omit<Outcome, 'id'> {
  readonly topic: string | null;
  /** Partition and offset of the letter. */
  readonly letter: string;
  readonly eventId: string | null;
  readonly parkedId: number | null;
  /** The service's database had forgotten the event, and was given it back from the letter. */
  readonly putBack: boolean;
}

/**
 * Has the service try again what letters were written of, under the same event ids: through the parked event, or, where
 * the database has forgotten that, through one made of the letter. Asking twice does no harm: what was replayed is not
 * tried again, and what the service has had has no second effect.
 */
export async function replayLetters(
  system: System,
  service: Service,
  { topic, places }: { topic?: string; places?: readonly LetterPlace[] },
  patience?: number,
): Promise<LetterOutcome[]> {
  const found = await lettersOf(system, service, topic, places);
  const held: (Found & Held)[] = [];
  for (const each of found) held.push({ ...each, ...(await hold(system, service, each)) });
  const open = held.flatMap(({ parked }) => (parked && parked.settledAt === null ? parked.id : []));
  const tried = await replayParked(system, service, open, patience === undefined ? {} : { patience });
  const missing = places?.filter((place) => !found.some(({ message }) => nameOf(message) === nameOf(place))) ?? [];
  return [
    ...held.map((each) => outcomeOf(each, tried)),
    ...missing.map((place) => ({
      ...{ service, topic: topic ?? null, letter: nameOf(place), eventId: null, parkedId: null, putBack: false },
      ...refused('There is no such letter.'),
    })),
  ];
}

/** The parked event of a letter, or why there can be none. */
interface Held {
  readonly parked: ParkedEvent | null;
  readonly putBack: boolean;
  readonly why: string | null;
}

/** Where the database has forgotten it, the parked event is made of the letter. */
async function hold(system: System, service: Service, { letter }: Found): Promise<Held> {
  const none = (why: string): Held => ({ parked: null, putBack: false, why });
  if (!letter) return none(NO_LETTER);
  if (letter.group !== service) return none(`It was written by ${letter.group || 'nobody'}, not by ${service}.`);
  const [parked] = await system.ask(service, (database) => new ParkedDesk(database).from([letter.original]));
  if (parked) return { parked, putBack: false, why: null };
  const whole = letter.omitted ? await fromItsTopic(system, letter) : letter;
  if (!whole) return none('The letter does not hold the value, which was too large, and its topic has it no more.');
  const back = await system.ask(service, (database) => new ParkedDesk(database).putBack(whole));
  return { parked: back, putBack: true, why: null };
}

/** A letter that was too large for its value is completed from where the event lies, if that is still the same one. */
async function fromItsTopic(system: System, letter: Letter): Promise<Letter | undefined> {
  const { topic, partition, offset, headers } = letter.original;
  const found: IncomingMessage[] = [];
  await system.askBroker(async (view) => {
    const all = await view.extents([topic]);
    const there = all.some((one) => one.partition === partition && one.from <= offset && offset < one.to);
    const wanted = there ? [{ topic, partition, from: offset, to: offset + 1 }] : [];
    await view.read(wanted, (message) => found.push(message));
  });
  const same = (one: IncomingMessage) => !headers['ce_id'] || String(one.headers['ce_id']) === String(headers['ce_id']);
  return found.filter(same).map((original) => ({ ...letter, original }))[0];
}

const refused = (why: string): Pick<Outcome, 'outcome' | 'why'> => ({ outcome: 'refused', why });

function before({ status, reason, settledAt }: ParkedEvent): Pick<Outcome, 'outcome' | 'why'> {
  const when = settledAt?.toISOString();
  if (status === 'replayed') return { outcome: 'replayed', why: `It was replayed before, at ${when}.` };
  return { outcome: 'discarded', why: `It was given up before, at ${when}: ${reason}` };
}

function outcomeOf({ parked, putBack, why, ...found }: Found & Held, tried: readonly Outcome[]): LetterOutcome {
  const { service, topic, message } = found;
  const eventId = message.headers['ce_id'];
  const became = parked?.settledAt ? before(parked) : tried.find(({ id }) => id === parked?.id);
  return {
    ...{ service, topic, letter: nameOf(message), eventId: typeof eventId === 'string' ? eventId : null },
    ...{ parkedId: parked?.id ?? null, putBack },
    ...(became ? { outcome: became.outcome, why: became.why } : refused(why ?? '')),
  };
}
