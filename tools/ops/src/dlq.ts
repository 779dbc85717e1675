import { allTopics } from '@voronka/contracts';
import {
  deadLetterTopic,
  letterFrom,
  ParkedDesk,
  type IncomingMessage,
  type Letter,
  type Origin,
  type ParkedEvent,
  type Stretch,
} from '@voronka/messaging';
import { OpsFailure } from './failure.js';
import { textOf } from './parked.js';
import { services, type Service, type System } from './system.js';

/** A dead letter, and what has become of the event it was written of. */
export interface LetterAt {
  readonly service: Service;
  /** Whose event failed. The letter lies on `<topic>.<service>.dlq`, at the place that follows. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly writtenAt: Date | null;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly code: string | null;
  readonly attempts: number | null;
  readonly origin: Origin | null;
  readonly error: string;
  /** `forgotten`: the service's database knows nothing of it, as where it was restored from an older backup. */
  readonly parked: 'open' | 'replayed' | 'discarded' | 'forgotten' | null;
  readonly parkedId: number | null;
}

/** The message at a place of a service's dead letters; `letter` is undefined where somebody wrote something else there. */
export interface Found {
  readonly service: Service;
  readonly topic: string;
  readonly message: IncomingMessage;
  readonly letter: Letter | undefined;
}

interface LetterTopic {
  readonly name: string;
  readonly topic: string;
  readonly service: Service;
}

/** The newest letters of each topic and service, at most so many of each, the oldest first. */
export async function listLetters(
  system: System,
  { service, topic, limit = 100 }: { service?: Service; topic?: string; limit?: number } = {},
): Promise<LetterAt[]> {
  const topics = await letterTopics(system, service, topic);
  const found = await read(system, topics, (all) => ({ ...all, from: Math.max(all.from, all.to - limit) }));
  return withParked(system, found);
}

/** All letters of a topic, or those at some places of it; places where none is are left out. */
export async function lettersOf(
  system: System,
  service: Service,
  topic: string | undefined,
  places?: readonly LetterPlace[],
): Promise<Found[]> {
  const of = await oneTopic(system, service, topic);
  if (!places) return read(system, [of], (all) => all);
  const names = new Set(places.map(nameOf));
  const around = (all: Stretch): Stretch | null => {
    const offsets = places.filter(({ partition }) => partition === all.partition).map(({ offset }) => offset);
    const [from, to] = [Math.max(all.from, Math.min(...offsets)), Math.min(all.to, Math.max(...offsets) + 1)];
    return from < to ? { ...all, from, to } : null;
  };
  return (await read(system, [of], around)).filter(({ message }) => names.has(nameOf(message)));
}

/** Throws OpsFailure where there is no such letter. */
export async function showLetter(
  system: System,
  service: Service,
  topic: string | undefined,
  place: LetterPlace,
): Promise<LetterAt & { headers: IncomingMessage['headers']; value: string | null }> {
  const [found] = await lettersOf(system, service, topic, [place]);
  const [letter] = found ? await withParked(system, [found]) : [];
  if (!found || !letter) throw new OpsFailure(`${service} has no letter ${nameOf(place)}: npm run ops -- dlq list.`);
  return { ...letter, headers: found.message.headers, value: textOf(found.message.value) };
}

/** Where a letter lies on its topic. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}
export const nameOf = ({ partition, offset }: LetterPlace): string => `${partition}/${offset}`;

async function oneTopic(system: System, service: Service, topic: string | undefined): Promise<LetterTopic> {
  const found = await letterTopics(system, service, topic);
  const [first] = found;
  if (!first) throw new OpsFailure(`${service} has no dead letters${topic === undefined ? '' : ` of ${topic}`}.`);
  if (found.length === 1) return first;
  const names = found.map((each) => each.topic).join(', ');
  throw new OpsFailure(`${service} has dead letters of several topics: name one of ${names} with --topic.`);
}

/** They are made when their first letter is written, so few are there. */
async function letterTopics(system: System, service?: Service, topic?: string): Promise<LetterTopic[]> {
  const candidates = (service ? [service] : services).flatMap((reader) =>
    allTopics()
      .filter(({ name }) => topic === undefined || name === topic)
      .map(({ name }) => ({ name: deadLetterTopic(name, reader), topic: name, service: reader })),
  );
  const there = await system.askBroker((view) => view.topics(candidates.map(({ name }) => name)));
  return candidates.filter(({ name }) => there.some((one) => one.name === name));
}

async function read(
  system: System,
  topics: readonly LetterTopic[],
  which: (all: Stretch) => Stretch | null,
): Promise<Found[]> {
  const found: Found[] = [];
  await system.askBroker(async (view) => {
    const extents = await view.extents(topics.map(({ name }) => name));
    await view.read(
      extents.flatMap((all) => which(all) ?? []),
      (message) => {
        const of = topics.find(({ name }) => name === message.topic);
        if (of) found.push({ service: of.service, topic: of.topic, message, letter: letterFrom(message) });
      },
    );
  });
  const rank = ({ service, topic }: Found) => topics.findIndex((of) => of.service === service && of.topic === topic);
  const order = (a: Found, b: Found) =>
    rank(a) - rank(b) || a.message.partition - b.message.partition || a.message.offset - b.message.offset;
  return found.sort(order);
}

/** What each service knows of the events that its letters were written of. */
async function withParked(system: System, found: readonly Found[]): Promise<LetterAt[]> {
  const parked = new Map<string, ParkedEvent>();
  for (const service of new Set(found.map((each) => each.service))) {
    const origins = found.flatMap(({ letter, ...each }) => (letter && each.service === service ? letter.original : []));
    const events = await system.ask(service, (database) => new ParkedDesk(database).from(origins));
    for (const event of events) parked.set(`${service} ${placeOf(event)}`, event);
  }
  return found.map(({ service, topic, message, letter }) => {
    const { partition, offset, key } = letter?.original ?? message;
    const event = letter && parked.get(`${service} ${placeOf(letter.original)}`);
    const header = (name: string) => (typeof message.headers[name] === 'string' ? message.headers[name] : null);
    return {
      ...{ service, topic, partition: message.partition, offset: message.offset },
      writtenAt: letter?.deadAt ?? (message.appendedAt === undefined ? null : new Date(message.appendedAt)),
      ...{ eventId: header('ce_id'), type: header('ce_type'), key },
      ...{ code: letter?.code ?? null, attempts: letter?.attempts ?? null },
      origin: letter ? { topic: letter.original.topic, partition, offset } : null,
      error: letter?.sentence ?? NO_LETTER,
      parked: letter ? standing(event) : null,
      parkedId: event?.id ?? null,
    };
  });
}

export const NO_LETTER = 'This is no letter of ours: it does not say in dlq_ headers where it came from.';
const placeOf = ({ topic, partition, offset }: Origin) => `${topic} ${partition}/${offset}`;

function standing(event: ParkedEvent | undefined): LetterAt['parked'] {
  if (!event) return 'forgotten';
  return event.status === 'replayed' || event.status === 'discarded' ? event.status : 'open';
}
