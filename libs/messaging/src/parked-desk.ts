import { DomainError } from '@voronka/contracts';
import type { IncomingMessage, Place } from './broker.js';
import type { Database } from './database.js';
import type { Letter } from './dead-letter.js';
import { eventIdOf, typeOf } from './envelope.js';
import { storable } from './failure.js';
import * as sql from './parked.sql.js';
import { recordOf, Records } from './records.js';

/** An event that could not be applied, with where it came from, why, and how often it was tried. */
export interface ParkedEvent extends IncomingMessage {
  readonly id: number;
  /** Topic and key: later events of the record wait behind this one. */
  readonly record: string;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly status: 'failed' | 'retrying' | 'waiting' | 'replayed' | 'discarded';
  readonly code: string | null;
  readonly error: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly parkedAt: Date;
  readonly settledAt: Date | null;
  readonly reason: string | null;
}

/** Where a message lies. */
export interface Origin extends Place {
  readonly offset: number;
}

export interface ParkedCounts {
  readonly failed: number;
  readonly retrying: number;
  readonly waiting: number;
}

/** Which parked events; what is left out is not asked for. */
export interface ParkedFilter {
  /** A record's id, or topic and id. */
  readonly record?: string;
  readonly topic?: string;
  readonly code?: string;
  /** Those that were replayed or discarded as well. */
  readonly settled?: boolean;
  /** At most so many; 100 unless told. */
  readonly limit?: number;
}

/**
 * What an operator sees and decides of a database's parked events, from whichever process. It applies none: only the
 * service has the handlers. Its instances look every second for what is due.
 */
export class ParkedDesk {
  constructor(
    private readonly database: Database,
    private readonly records: Records = new Records(database),
  ) {}

  /** The oldest first. */
  async list({ record, topic, code, settled = false, limit = 100 }: ParkedFilter = {}): Promise<ParkedEvent[]> {
    const values = [record ?? null, topic ?? null, code ?? null, settled, limit];
    return (await this.database.query<ParkedEvent>({ name: 'parked-list', text: sql.list, values })).rows;
  }

  /** How many are open. */
  async counts(): Promise<ParkedCounts> {
    const { rows } = await this.database.query<{ status: keyof ParkedCounts; n: number }>({
      name: 'parked-counts',
      text: sql.counts,
    });
    return { failed: 0, retrying: 0, waiting: 0, ...Object.fromEntries(rows.map(({ status, n }) => [status, n])) };
  }

  /** Throws DomainError NOT_FOUND. */
  async get(id: number): Promise<ParkedEvent> {
    const { rows } = await this.database.query<ParkedEvent>({ name: 'parked-one', text: sql.byId, values: [id] });
    if (!rows[0]) throw new DomainError('NOT_FOUND', `There is no parked event ${id}.`, 'id');
    return rows[0];
  }

  /** Those of these numbers that are there. */
  async some(ids: readonly number[]): Promise<ParkedEvent[]> {
    return (await this.database.query<ParkedEvent>({ name: 'parked-some', text: sql.byIds, values: [ids] })).rows;
  }

  /** Those that came from these places, the open and the settled ones. */
  async from(places: readonly Origin[]): Promise<ParkedEvent[]> {
    const values = [places.map((p) => p.topic), places.map((p) => p.partition), places.map((p) => p.offset)];
    return (await this.database.query<ParkedEvent>({ name: 'parked-from', text: sql.atPlaces, values })).rows;
  }

  /** Parks, as failed, what a dead letter holds and this database has forgotten. What is parked already stays as it is. */
  async putBack({ original, code, sentence, attempts, parkedAt }: Letter): Promise<ParkedEvent> {
    const { topic, partition, offset, key, headers, value } = original;
    const record = recordOf(original);
    return this.database.transaction(async () => {
      await this.records.lock(record, true);
      const place = [topic, partition, offset, key === null ? null : storable(key), record, JSON.stringify(headers)];
      const about = [eventIdOf(original) ?? null, typeOf(original) ?? null, value, code, sentence, attempts, parkedAt];
      await this.database.query({ name: 'park-again', text: sql.putBack, values: [...place, ...about] });
      const [parked] = await this.from([original]);
      if (!parked) throw new Error(`${topic} ${partition}/${offset} was not parked.`);
      return parked;
    });
  }

  /** Throws DomainError NOT_FOUND, or CONFLICT where it is settled or not the first of its record. */
  async openFirst(id: number): Promise<ParkedEvent> {
    const event = await this.get(id);
    if (event.settledAt) throw new DomainError('CONFLICT', `Event ${id} was ${event.status} already.`, 'id');
    const { rows } = await this.database.query<ParkedEvent>({
      name: 'parked-head',
      text: sql.head,
      values: [event.record],
    });
    if (rows[0] && rows[0].id !== id) {
      throw new DomainError(
        'CONFLICT',
        `Event ${id} waits behind ${rows[0].id} of its record; settle that first.`,
        'id',
      );
    }
    return event;
  }

  /** Has the service try a parked event again within about a second, and then those behind it. Throws as `openFirst`. */
  requestReplay(id: number): Promise<ParkedEvent> {
    return this.decide(id, async () => {
      await this.database.query({ text: sql.makeDue, values: [id] });
    });
  }

  /** Gives a parked event up for good and keeps the reason; those behind it are due then. Throws as `openFirst`, and REQUIRED without a reason. */
  async discard(id: number, reason: string): Promise<ParkedEvent> {
    if (!reason.trim())
      throw new DomainError('REQUIRED', 'Say why the event is given up; the reason is kept.', 'reason');
    return this.decide(id, async () => {
      await this.database.query({ text: sql.settle, values: [id, 'discarded', reason.trim()] });
    });
  }

  /** Under the record's lock, so that nobody is trying the event meanwhile. Answers it as it was before. */
  private async decide(id: number, work: () => Promise<void>): Promise<ParkedEvent> {
    const { record } = await this.get(id);
    return this.database.transaction(async () => {
      await this.records.lock(record, true);
      const event = await this.openFirst(id);
      await work();
      return event;
    });
  }
}
