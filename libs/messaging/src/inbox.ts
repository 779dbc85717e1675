import type { Batch, IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { eventIdOf } from './envelope.js';
import { kindOf, type Failure } from './failure.js';
import type { Handlers } from './handlers.js';
import type { Logger } from './logger.js';
import { recordOf, type ParkedEvents } from './parked.js';

/** Pauses between attempts in place, milliseconds. */
const PAUSES = [50, 250];
/** What one batch may spend on failing attempts, milliseconds: other records of the partition wait behind them. */
const PATIENCE = 2000;

const admit = `
  insert into inbox (event_id) select unnest($1::uuid[]) on conflict (event_id) do nothing returning event_id as id`;

/**
 * Takes batches into the service's own database. Delivery is at least once, in order per record; each event's effect on
 * this database is applied exactly once, since an inbox row is written in the same transaction as the effect.
 */
export class Inbox {
  constructor(
    private readonly database: Database,
    private readonly handlers: Handlers,
    private readonly parked: ParkedEvents,
    private readonly logger: Logger,
  ) {}

  /**
   * One transaction for the batch. When something in it fails, the batch is done again with each event apart, so that
   * the failing one is parked alone. Rejects, with nothing done, only where the database itself fails: send it again.
   */
  async take(batch: Batch): Promise<void> {
    const wanted = batch.messages.filter((message) => this.handlers.wants(message));
    if (wanted.length === 0) return;
    try {
      return await this.database.transaction(() => this.apply(wanted, (message) => this.together(message)));
    } catch (error) {
      this.logger.debug({ err: error, topic: batch.topic }, 'A batch failed as a whole; each event is tried apart');
    }
    const patience = { left: PATIENCE };
    await this.database.transaction(() => this.apply(wanted, (message) => this.apart(message, patience)));
  }

  private async apply(
    messages: readonly IncomingMessage[],
    handle: (message: IncomingMessage) => Promise<Failure | undefined>,
  ): Promise<void> {
    const isNew = await this.admit(messages);
    const blocked = await this.parked.blocked(messages);
    const waiting: { message: IncomingMessage; failure?: Failure }[] = [];
    for (const message of messages) {
      if (!isNew(message)) continue;
      const record = recordOf(message);
      const failure = blocked.has(record) ? undefined : await handle(message);
      if (failure) blocked.add(record);
      if (failure || blocked.has(record)) waiting.push({ message, failure });
    }
    await this.parked.park(waiting);
  }

  /** Tells, once per event, whether it is new here. What has no event id is new each time; it ends up parked under its offset. */
  private async admit(messages: readonly IncomingMessage[]): Promise<(message: IncomingMessage) => boolean> {
    const ids = messages.map(eventIdOf).filter((id) => id !== undefined);
    const { rows } = await this.database.query<{ id: string }>({ name: 'inbox-admit', text: admit, values: [ids] });
    const fresh = new Set(rows.map((row) => row.id));
    return (message) => {
      const id = eventIdOf(message);
      return id === undefined || fresh.delete(id);
    };
  }

  private async together(message: IncomingMessage): Promise<undefined> {
    await this.handlers.apply(message);
  }

  private async apart(message: IncomingMessage, patience: { left: number }): Promise<Failure | undefined> {
    for (let attempts = 1; ; attempts++) {
      const began = Date.now();
      try {
        await this.database.savepoint(async () => {
          await this.handlers.apply(message);
          await this.database.query({ text: 'set constraints all immediate' });
        });
        return undefined;
      } catch (error) {
        // Throws where the connection is lost: then nothing is parked, and the batch comes again.
        await this.database.query({ text: 'select 1' });
        const kind = kindOf(error);
        const pause = PAUSES[attempts - 1];
        patience.left -= Date.now() - began + (pause ?? 0);
        if (kind === 'permanent' || pause === undefined || patience.left < 0) return { error, kind, attempts };
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
