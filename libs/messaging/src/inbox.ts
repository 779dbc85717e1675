import type { Batch, IncomingMessage } from './broker.js';
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

const admit = `
  insert into inbox (event_id) select unnest($1::uuid[]) on conflict (event_id) do nothing returning event_id as id`;

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
   * One transaction for the batch, and so many statements whatever it holds, but for what reactions do. When something in
   * it fails, the batch is done again with each event apart, so that the failing one is parked alone. Rejects, with
   * nothing done, only where the database itself fails: send it again.
   */
  async take(batch: Batch): Promise<void> {
    const { database, handlers, tally } = this.parts;
    // What nobody here handles counts as well: without it, the versions of a record would seem to have gaps.
    const messages = batch.messages.filter((message) => handlers.wants(message) || versionOf(message) !== undefined);
    if (messages.length === 0) return;
    try {
      return await database.transaction(() => this.together(messages));
    } catch (error) {
      tally.logger.debug({ err: error, topic: batch.topic }, 'A batch failed as a whole; each event is tried apart');
    }
    const patience = { left: PATIENCE };
    await database.transaction(() => this.apply(messages, (one) => this.apart(one, patience)));
  }

  private async together(messages: readonly IncomingMessage[]): Promise<void> {
    const all: Taken[] = [];
    await this.apply(messages, (one) => void all.push(one));
    await this.parts.handlers.apply(all);
  }

  /** Finds out which of the events are to be applied, has that done, one after another, and keeps what came of it. */
  private async apply(
    messages: readonly IncomingMessage[],
    handle: (one: Taken) => Promise<Failure | undefined> | void,
  ): Promise<void> {
    const { database, handlers, parked, records, tally } = this.parts;
    const isNew = await this.admit(messages.filter((message) => handlers.wants(message)));
    const standing = await records.standing(messages);
    const grown = new Map<string, Standing>();
    const waiting: { message: IncomingMessage; failure?: Failure }[] = [];
    const findings = new Findings();
    for (const message of messages) {
      const wanted = handlers.wants(message);
      const record = recordOf(message);
      const place = standing.get(record) ?? { blocked: false, handled: 0, seen: 0 };
      const version = versionOf(message);
      if (version !== undefined && version > place.seen) {
        findings.gap(message, place.seen, version);
        place.seen = version;
        grown.set(record, place);
      }
      if (!wanted) continue;
      if (!isNew(message)) findings.repeat(message);
      else if (place.blocked) waiting.push({ message });
      else if (version !== undefined && version <= place.handled) findings.repeat(message);
      else {
        const one = readable(message);
        const failure = 'event' in one ? await handle(one) : one;
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
    await records.save(grown);
    database.afterCommit(() => tally.add(findings));
  }

  /** Tells, once per event, whether it is new here. What has no event id is new each time; it ends up parked under its offset. */
  private async admit(messages: readonly IncomingMessage[]): Promise<(message: IncomingMessage) => boolean> {
    const ids = messages.map(eventIdOf).filter((id) => id !== undefined);
    const fresh = new Set<string>();
    if (ids.length > 0) {
      const { database } = this.parts;
      const { rows } = await database.query<{ id: string }>({ name: 'inbox-admit', text: admit, values: [ids] });
      for (const { id } of rows) fresh.add(id);
    }
    return (message) => {
      const id = eventIdOf(message);
      return id === undefined || fresh.delete(id);
    };
  }

  private async apart(one: Taken, patience: { left: number }): Promise<Failure | undefined> {
    const { database, handlers } = this.parts;
    for (let attempts = 1; ; attempts++) {
      const began = Date.now();
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
        patience.left -= Date.now() - began + (pause ?? 0);
        if (kind === 'permanent' || pause === undefined || patience.left < 0) return { error, kind, attempts };
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
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
