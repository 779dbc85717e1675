import type { IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { codeOf, kindOf, retryAfter, sentenceOf, statusOf, storable, type Failure } from './failure.js';
import { deadLetter } from './dead-letter.js';
import { eventIdOf, typeOf } from './envelope.js';
import { taken, type Handlers } from './handlers.js';
import type { Logger } from './logger.js';
import type { Meter } from './meter.js';
import { outboxMessages } from './outbox.js';
import { wakingAfter } from './outbox-watch.js';
import { ParkedDesk, type ParkedEvent } from './parked-desk.js';
import * as sql from './parked.sql.js';
import { recordOf, versionOf, type Records } from './records.js';

export interface ParkedEventsParts {
  readonly database: Database;
  readonly handlers: Handlers;
  readonly records: Records;
  readonly logger: Logger;
  readonly meter: Meter;
  /** The consumer group, which names the topic of its dead letters. */
  readonly group: string;
  /** Called after a transaction that wrote to the outbox. */
  readonly published: () => void;
}

/** The events that wait for a repeat, an operator, or an earlier event of their record. Other records flow on. */
export class ParkedEvents {
  readonly desk: ParkedDesk;

  private readonly database: Database;
  private readonly handlers: Handlers;
  private readonly records: Records;
  private readonly logger: Logger;

  constructor(private readonly parts: ParkedEventsParts) {
    const { database, handlers, records, logger } = parts;
    this.database = database;
    this.handlers = handlers;
    this.records = records;
    this.logger = logger;
    this.desk = new ParkedDesk(database, records);
  }

  /** Parks messages in the present transaction: with a failure, or behind their record's earlier events. */
  async park(parts: readonly { message: IncomingMessage; failure?: Failure }[]): Promise<void> {
    if (parts.length === 0) return;
    const column = <T>(of: (message: IncomingMessage, failure?: Failure) => T) =>
      parts.map(({ message, failure }) => of(message, failure));
    await this.database.query({
      name: 'park',
      text: sql.park,
      values: [
        column((m) => m.topic),
        column((m) => m.partition),
        column((m) => m.offset),
        column((m) => (m.key === null ? null : storable(m.key))),
        column(recordOf),
        column((m) => JSON.stringify(m.headers)),
        column((m) => m.value),
        column((m) => eventIdOf(m) ?? null),
        column((m) => typeOf(m) ?? null),
        column((_, f) => (f ? statusOf(f) : 'waiting')),
        column((_, f) => (f ? codeOf(f.error) : null)),
        column((_, f) => (f ? sentenceOf(f.error) : null)),
        column((_, f) => f?.attempts ?? 0),
        column((_, f) => (f && statusOf(f) === 'retrying' ? retryAfter(f.attempts) : null)),
      ],
    });
    const now = new Date();
    await this.bury(
      parts.flatMap(({ message, failure }) => (failure ? [{ message, failure, parkedAt: now }] : [])),
      now,
    );
    for (const { message, failure } of parts) {
      const facts = { topic: message.topic, key: message.key, offset: message.offset, eventId: eventIdOf(message) };
      if (failure)
        this.logger.error({ ...facts, err: failure.error, status: statusOf(failure) }, 'An event was parked');
      else this.logger.warn(facts, 'An event waits behind a parked event of its record');
    }
  }

  /**
   * Applies a record's open events, oldest first, each in a transaction of its own, until one fails or none is left. The
   * oldest must be due, or be `forced` by an operator. With `patient` it waits for whoever is at the record already.
   */
  async release(
    record: string,
    { forced, patient = false }: { forced?: number; patient?: boolean } = {},
  ): Promise<void> {
    let going = true;
    while (going) {
      going = await this.step(async () => {
        if (!(await this.records.lock(record, patient))) return false;
        const { rows } = await this.database.query<ParkedEvent & { due: boolean }>({
          name: 'parked-head',
          text: sql.head,
          values: [record],
        });
        const head = rows[0];
        if (!head) return false;
        return (head.due || head.id === forced) && (await this.applied(head));
      });
    }
  }

  /** Tries a parked event again, and then those behind it. Throws DomainError NOT_FOUND, or CONFLICT where it is settled or not the first of its record. */
  async replay(id: number): Promise<ParkedEvent> {
    const { record } = await this.desk.openFirst(id);
    await this.release(record, { forced: id, patient: true });
    return this.desk.get(id);
  }

  /** Gives a parked event up for good, keeps the reason, and lets those behind it go on. Throws as `replay`, and REQUIRED without a reason. */
  async discard(id: number, reason: string): Promise<ParkedEvent> {
    const { record } = await this.desk.discard(id, reason);
    await this.release(record, { patient: true });
    return this.desk.get(id);
  }

  async dueRecords(): Promise<string[]> {
    const { rows } = await this.database.query<{ record: string }>({ name: 'parked-due', text: sql.dueRecords });
    return rows.map((row) => row.record);
  }

  private async applied(head: ParkedEvent): Promise<boolean> {
    const { record } = head;
    const version = versionOf(head);
    const place = (await this.records.ask([record])).get(record);
    if (place && version !== undefined && version <= place.handled) {
      const reason = `Version ${place.handled} of the record had been handled already.`;
      await this.database.query({ text: sql.settle, values: [head.id, 'discarded', reason] });
      return true;
    }
    try {
      await this.database.savepoint(async () => {
        await this.handlers.apply([taken(head)]);
        await this.database.query({ text: 'set constraints all immediate' });
      });
    } catch (error) {
      const failure = { error, kind: kindOf(error), attempts: head.attempts + 1 };
      const pause = statusOf(failure) === 'retrying' ? retryAfter(failure.attempts) : null;
      await this.database.query({
        text: sql.fail,
        values: [head.id, statusOf(failure), codeOf(error), sentenceOf(error), pause],
      });
      // An operator's repeat of what has failed for good makes no second letter.
      if (head.status !== 'failed') await this.bury([{ message: head, failure, parkedAt: head.parkedAt }], new Date());
      this.logger.warn({ err: error, parked: head.id, attempts: failure.attempts }, 'A parked event failed again');
      return false;
    }
    if (place && version !== undefined) this.records.save(new Map([[record, { ...place, handled: version }]]));
    await this.database.query({ text: sql.settle, values: [head.id, 'replayed', null] });
    return true;
  }

  /** Copies of what was tried for the last time go to the dead letters through the outbox: with the change of status, or not at all. */
  private async bury(
    parts: readonly { message: IncomingMessage; failure: Failure; parkedAt: Date }[],
    now: Date,
  ): Promise<void> {
    const { group, meter } = this.parts;
    const letters = parts
      .filter(({ failure }) => statusOf(failure) === 'failed')
      .map(({ message, failure, parkedAt }) => deadLetter(message, failure, { group, parkedAt, now }));
    if (letters.length === 0) return;
    await this.database.query(outboxMessages(letters));
    this.database.afterCommit(() => letters.forEach(({ headers }) => meter.deadLetters(headers['dlq_topic'] ?? '', 1)));
  }

  private step(work: () => Promise<boolean>): Promise<boolean> {
    return wakingAfter(this.parts.published, () => this.database.transaction(work));
  }
}
