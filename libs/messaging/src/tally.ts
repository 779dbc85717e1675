import type { IncomingMessage } from './broker.js';
import { eventIdOf } from './envelope.js';
import type { Logger } from './logger.js';

/** What this process has met since it began to listen. */
export interface Counts {
  /** Events without effect, since they had come before or came later than a newer one of their record. */
  readonly repeats: number;
  /** Places where a record's versions went on with some left out. */
  readonly gaps: number;
}

const SHOWN = 20;

/** What one batch was found to hold beside what it should. */
export class Findings {
  readonly gaps: object[] = [];
  readonly repeats: object[] = [];

  /** Told of each version that is higher than all before; a gap is where one or more lie between. */
  gap(message: IncomingMessage, seen: number, version: number): void {
    if (version > seen + 1) this.gaps.push({ ...placeOf(message), missing: [seen + 1, version - 1] });
  }

  repeat(message: IncomingMessage): void {
    this.repeats.push(placeOf(message));
  }
}

const placeOf = (message: IncomingMessage) => ({
  topic: message.topic,
  key: message.key,
  eventId: eventIdOf(message),
  version: message.headers['ce_aggregateversion'],
});

/** Counts findings and says them, gaps aloud: the events after a gap are handled, for waiting would not bring the lost one. */
export class Tally {
  private gaps = 0;
  private repeats = 0;
  constructor(readonly logger: Logger) {}

  add({ gaps, repeats }: Findings): void {
    this.gaps += gaps.length;
    this.repeats += repeats.length;
    const shown = (list: object[]) => ({ count: list.length, events: list.slice(0, SHOWN) });
    if (gaps.length > 0) this.logger.warn(shown(gaps), 'Versions of records are missing on the topic');
    if (repeats.length > 0) this.logger.debug(shown(repeats), 'Events came again, or late, and had no effect');
  }

  counts(): Counts {
    return { repeats: this.repeats, gaps: this.gaps };
  }
}
