import type { OutgoingMessage } from './broker.js';
import type { Left } from './outbox-head.js';
import type { Logger } from './logger.js';
import { Backoff } from './pause.js';

interface Place {
  readonly topic: string;
  /** Where a single record is meant. */
  readonly key?: string;
  readonly backoff: Backoff;
  until: number;
}

/** A topic, or a record in it. */
export const nameOf = ({ topic, key }: { topic: string; key?: string }): string =>
  key === undefined ? topic : `${topic}/${key}`;

/**
 * Topics, and single records, whose events the broker does not take for a reason of their own. Their rows wait in the outbox
 * and are tried again after a growing pause; the others go on. A record lives in one topic, so its order is kept.
 */
export class Aside {
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `key` where only that record cannot go. */
  set(topic: string, key: string | undefined, error: unknown): void {
    const name = nameOf({ topic, key });
    const known = this.places.get(name);
    const place = known ?? { topic, key, backoff: new Backoff(500, 30_000), until: 0 };
    place.until = this.now() + place.backoff.next();
    this.places.set(name, place);
    const log = known ? 'debug' : 'warn';
    this.logger[log](
      { err: error, topic, key },
      'The broker does not take events; they wait in the outbox, others go on',
    );
  }

  /** What is not yet to be tried again. */
  left(): Left {
    const waiting = [...this.places.values()].filter(({ until }) => until > this.now());
    const those = (records: boolean) => waiting.filter(({ key }) => (key !== undefined) === records).map(nameOf);
    return { topics: those(false), records: those(true) };
  }

  /** The place of a message that was refused last time; undefined where nothing is known against it. */
  placeOf({ topic, key }: OutgoingMessage): string | undefined {
    if (this.places.size === 0) return undefined;
    return [nameOf({ topic, key }), topic].find((name) => this.places.has(name));
  }

  /** Told of what the broker has taken. */
  taken(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      const place = this.placeOf(message);
      if (place === undefined) continue;
      this.places.delete(place);
      this.logger.info({ place }, 'The broker takes the events again that it had refused');
    }
  }
}
