import type { TopicLag, Trouble } from '@voronka/messaging';
import type { ClockWatch } from './clock-watch.js';
import type { Condition } from './health.js';
import { sentenceOf, troubleIn } from './mend.js';

/** So old may the oldest message be that waits for a service when it begins to answer. */
const CAUGHT_UP_SECONDS = 10;

/** What a service hears events by. */
interface Hearing {
  readonly trouble: Trouble | null;
  ready(): boolean;
  lag(): Promise<readonly TopicLag[]>;
}

/**
 * Whether a service can answer: its database does, its topics are there, and since its start it has once joined its group and
 * come within ten seconds of the ends of its topics, for before that it may not know who has left, nor what may be seen. What it
 * falls behind later, or a broker that goes away, degrades it: it answers from what it knows, and its events wait in the outbox.
 */
export function readinessOf(
  clock: Pick<ClockWatch, 'look' | 'trouble'>,
  broker: { readonly trouble: Trouble | null },
  bus: Hearing,
): () => Promise<Condition> {
  let caughtUp = false;
  return async () => {
    // The look at the clock asks the database.
    const fault = await clock.look().then(
      () => null,
      (error: unknown) => `The database does not answer: ${sentenceOf(error)}`,
    );
    const hears = bus.ready();
    caughtUp ||= !fault && hears && (await bus.lag()).every(({ seconds }) => seconds <= CAUGHT_UP_SECONDS);
    const unheard = hears ? null : bus.trouble;
    return {
      waitingFor: [
        ...(fault ? ['database'] : []),
        ...(broker.trouble ? ['topics'] : []),
        ...(caughtUp ? [] : [hears ? 'events up to ten seconds ago' : 'event bus']),
      ],
      degraded: [...(hears ? [] : ['event bus']), ...(clock.trouble ? ['clock'] : [])],
      because: [
        fault,
        broker.trouble && troubleIn(broker.trouble),
        unheard && troubleIn(unheard),
        clock.trouble,
      ].filter((sentence) => sentence !== null),
    };
  };
}
