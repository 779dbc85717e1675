import type { Logger } from './logger.js';
import type { Left } from './outbox-head.js';
import { Backoff } from './pause.js';

/** A topic, or a single record in it. */
export interface Place {
  readonly topic: string;
  readonly key?: string;
}
interface Waiting extends Place {
  readonly backoff: Backoff;
  until: number;
}

export const nameOf = ({ topic, key }: Place): string => (key === undefined ? topic : `${topic}/${key}`);

/**
 * Topics, and single records, whose events the broker does not take for a reason of their own. Their rows wait in the outbox
 * and are tried again after a growing pause; the others go on. A record lives in one topic, so its order is kept.
 */
export class Aside {
  private readonly places = new Map<string, Waiting>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  set(place: Place, error: unknown): void {
    const known = this.places.get(nameOf(place));
    const waiting = known ?? { ...place, backoff: new Backoff(500, 30_000), until: 0 };
    waiting.until = this.now() + waiting.backoff.next();
    this.places.set(nameOf(place), waiting);
    const log = known ? 'debug' : 'warn';
    this.logger[log](
      { err: error, ...place },
      'The broker does not take events; they wait in the outbox, others go on',
    );
  }

  left(): Left {
    const those = (records: boolean) =>
      [...this.places.values()].filter(({ key }) => (key !== undefined) === records).map(nameOf);
    return { topics: those(false), records: those(true) };
  }

  /** A place that is to be tried again now. */
  due(): Place | undefined {
    for (const place of this.places.values()) if (place.until <= this.now()) return place;
    return undefined;
  }

  /** The place is as any other again. */
  free(place: Place): void {
    if (!this.places.delete(nameOf(place))) return;
    this.logger.info({ topic: place.topic, key: place.key }, 'The broker takes the events again that it had refused');
  }
}
