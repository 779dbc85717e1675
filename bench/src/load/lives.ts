import type { RecordedEvent } from '@voronka/messaging';
import { Random } from './random.js';

/** The time at which all made-up records begin, in March 2026, and how far apart events are. */
const BEGINNING = Date.UTC(2026, 2, 2, 9);
const STEP_MS = 700;
/** So many records live at the same time: their events are interleaved. */
const AT_ONCE = 1000;

/** A record's life: its events in order, each made when it happens. */
export type Life = Iterator<Happening, void>;
export type LifeOf = (random: Random, bornAt: Date) => Life;
export type Happening = Pick<RecordedEvent, 'declaration' | 'recordId' | 'version' | 'data' | 'actor'>;

/**
 * Events of many records, interleaved as people would make them: `count` of them, the same for the same seed. Each
 * carries a context as a request through the gateway gives it, so that every header we have is there.
 */
export function* events(count: number, seed: number, lives: readonly LifeOf[]): Generator<RecordedEvent, void> {
  const random = new Random(seed);
  const living: Life[] = [];
  for (let n = 0; n < count;) {
    const at = new Date(BEGINNING + n * STEP_MS);
    const place = random.below(Math.min(AT_ONCE, Math.max(1, count / 5)));
    const life = (living[place] ??= random.one(lives)(random, at));
    const { value: happened, done } = life.next();
    if (done || !happened) {
      delete living[place];
      continue;
    }
    n += 1;
    const correlationId = random.id(at.getTime());
    const trace = correlationId.replaceAll('-', '');
    yield {
      ...happened,
      occurredAt: at,
      recordedAt: at,
      context: {
        correlationId,
        causationId: random.id(at.getTime()),
        traceparent: `00-${trace}-${trace.slice(16)}-01`,
        actor: happened.actor,
      },
    };
  }
}

/** Events in groups, for statements and sends of many. */
export function* grouped<T>(of: Iterable<T>, size: number): Generator<T[], void> {
  let group: T[] = [];
  for (const item of of) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
