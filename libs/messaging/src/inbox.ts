import type { IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { eventIdOf, UnreadableMessage } from './envelope.js';
import { kindOf, type Failure } from './failure.js';
import { taken, type Handlers, type Taken } from './handlers.js';
import type { ParkedEvents } from './parked.js';
import { recordOf, versionOf, type Records, type Standing } from './records.js';
import { Findings, type Tally } from './tally.js';

/** Pauses between attempts in place, milliseconds. */
const PAUSES = [50, 250];
/** What one batch may spend on failing attempts, milliseconds: other records of the partition wait behind them. */
const PATIENCE = 2000;

export interface InboxParts {
  readonly database: Database;
  readonly handlers: Handlers;
  readonly records: Records;
  readonly parked: ParkedEvents;
  readonly tally: Tally;
}

/**
 * Takes batches into the service's own database. Delivery is at least once, in order per record; each event's effect on
 * this database is applied exactly once, since an inbox row is written in the same transaction as the effect, and so is
 * the version the record has come to: what is not newer has no effect either, whatever its id.
 */
export class Inbox {
  constructor(private readonly parts: InboxParts) {}

  /**
   * One transaction for the messages, and so many statements however many they are, but for what reactions do. When something in
   * it fails, all is done again with each event apart, so that the failing one is parked alone. Rejects, with
   * nothing done, only where the database itself fails: send it again.
   */
  async take(messages: readonly IncomingMessage[]): Promise<void> {
    const { database, tally } = this.parts;
    const arrivals = messages.map((message) => this.arrival(message)).filter(({ counts }) => counts);
    if (arrivals.length === 0) return;
    try {
      return await database.transaction(() => this.together(arrivals));
    } catch (error) {
      tally.logger.debug({ err: error }, 'A batch failed as a whole; each event is tried apart');
    }
    const patience = { left: PATIENCE };
    await database.transaction(() => this.apply(arrivals, (one) => this.apart(one, patience)));
  }

  private arrival(message: IncomingMessage): Arrival {
    const wanted = this.parts.handlers.wants(message);
    const version = versionOf(message);
    // What nobody here handles counts as well: without it, the versions of a record would seem to have gaps.
    const counts = wanted || version !== undefined;
    return { message, wanted, version, counts, id: wanted ? eventIdOf(message) : undefined, record: recordOf(message) };
  }

  private async together(arrivals: readonly Arrival[]): Promise<void> {
    const all: Taken[] = [];
    await this.apply(arrivals, (one) => void all.push(one));
    await this.parts.handlers.apply(all);
  }

  /** Finds out which of the events are to be applied, has that done, one after another, and keeps what came of it. */
  private async apply(
    arrivals: readonly Arrival[],
    handle: (one: Taken) => Promise<Failure | undefined> | void,
  ): Promise<void> {
    const { database, parked, records, tally } = this.parts;
    const fresh = new Set(arrivals.flatMap(({ id }) => id ?? []));
    const { repeated, standing } = await records.take([...fresh], [...new Set(arrivals.map(({ record }) => record))]);
    for (const id of repeated) fresh.delete(id);
    const grown = new Map<string, Standing>();
    const waiting: { message: IncomingMessage; failure?: Failure }[] = [];
    const findings = new Findings();
    for (const { message, wanted, version, id, record } of arrivals) {
      const place = standing.get(record)!;
      if (version !== undefined && version > place.seen) {
        findings.gap(message, place.seen, version);
        place.seen = version;
        grown.set(record, place);
      }
      if (!wanted) continue;
      // What has no event id is new each time; it ends up parked under its offset.
      const isNew = id === undefined || fresh.delete(id);
      if (!isNew) findings.repeat(message);
      else if (place.blocked) waiting.push({ message });
      else if (version !== undefined && version <= place.handled) findings.repeat(message);
      else {
        const one = readable(message);
        const doing = 'event' in one ? handle(one) : one;
        const failure = doing instanceof Promise ? await doing : doing;
        if (failure) {
          place.blocked = true;
          waiting.push({ message, failure });
        } else if (version !== undefined) {
          place.handled = version;
          grown.set(record, place);
        }
      }
    }
    await parked.park(waiting);
    records.save(grown);
    database.afterCommit(() => tally.add(findings));
  }

  private async apart(one: Taken, patience: { left: number }): Promise<Failure | undefined> {
    const { database, handlers } = this.parts;
    for (let attempts = 1; ; attempts++) {
      const began = performance.now();
      try {
        await database.savepoint(async () => {
          await handlers.apply([one]);
          await database.query({ text: 'set constraints all immediate' });
        });
        return undefined;
      } catch (error) {
        // Throws where the connection is lost: then nothing is parked, and the batch comes again.
        await database.query({ text: 'select 1' });
        const kind = kindOf(error);
        const pause = PAUSES[attempts - 1];
        patience.left -= performance.now() - began + (pause ?? 0);
        if (kind === 'permanent' || pause === undefined || patience.left < 0) return { error, kind, attempts };
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}

/** A message of a batch, with what is asked of it more than once. */
interface Arrival {
  readonly message: IncomingMessage;
  /** Whether somebody here handles its type. */
  readonly wanted: boolean;
  readonly version: number | undefined;
  /** The event's id, where it is wanted and has a proper one. */
  readonly id: string | undefined;
  readonly record: string;
  readonly counts: boolean;
}

/** What can never become an event fails without anybody having tried to apply it, so it does not undo its batch. */
function readable(message: IncomingMessage): Taken | Failure {
  try {
    return taken(message);
  } catch (error) {
    if (error instanceof UnreadableMessage) return { error, kind: kindOf(error), attempts: 1 };
    throw error;
  }
}
