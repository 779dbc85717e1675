import type { Database, TopicLag } from '@voronka/messaging';
import type { Condition } from './health.js';

/** So old may the oldest message be that waits for a service when it begins to answer. */
const CAUGHT_UP_SECONDS = 10;

/** What a service hears events by. */
interface Hearing {
  ready(): boolean;
  lag(): Promise<readonly TopicLag[]>;
}

/**
 * Whether a service can answer: its database does, and since its start it has once joined its group and come within ten
 * seconds of the ends of its topics, for before that it may not know who has left, nor what may be seen. What it falls behind
 * later, or a broker that goes away, degrades it: it answers from what it knows, and its events wait in the outbox.
 */
export function readinessOf(database: Pick<Database, 'query'>, bus: Hearing): () => Promise<Condition> {
  let caughtUp = false;
  return async () => {
    const answers = await database.query({ text: 'select 1' }).then(
      () => true,
      () => false,
    );
    const hears = bus.ready();
    caughtUp ||= answers && hears && (await bus.lag()).every(({ seconds }) => seconds <= CAUGHT_UP_SECONDS);
    return {
      waitingFor: [
        ...(answers ? [] : ['database']),
        ...(caughtUp ? [] : [hears ? 'events up to ten seconds ago' : 'event bus']),
      ],
      degraded: hears ? [] : ['event bus'],
    };
  };
}
