import { createHash } from 'node:crypto';
import type { IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { eventIdOf, typeOf } from './envelope.js';
import { storable } from './failure.js';
import * as sql from './records.sql.js';

/** How far this service has come with a record. Change it and `save` it in the same transaction. */
export interface Standing {
  /** True while an event of the record is parked: later ones queue behind it. */
  blocked: boolean;
  /** The version of the last event that was handled; 0 where none was. */
  handled: number;
  /** The highest version that came by, whether somebody here handles its type or not; a gap is told by it. */
  seen: number;
}

/** Longer keys than any of ours: a row of an index holds 2,704 bytes, so such a record goes under a digest. */
const LONGEST = 200;

/** The record a message is about: topic and key. One without a key is about itself alone. */
export function recordOf({ topic, partition, offset, key }: IncomingMessage): string {
  if (key === null) return `${topic}@${partition}/${offset}`;
  if (key.length <= LONGEST) return storable(`${topic}/${key}`);
  return `${topic}#${createHash('sha256').update(key).digest('hex')}`;
}

/**
 * The version of the record that a message claims to bring, or undefined where its attributes do not place it: those
 * can become no event and end up parked, so they can neither be late nor make others late.
 */
export function versionOf(message: IncomingMessage): number | undefined {
  const { ce_aggregateversion: version, ce_subject: subject, ce_specversion: specification } = message.headers;
  if (typeof version !== 'string' || !/^[1-9]\d{0,14}$/.test(version)) return undefined;
  if (subject !== message.key || specification !== '1.0') return undefined;
  return eventIdOf(message) && typeOf(message) ? Number(version) : undefined;
}

/**
 * What this service knows of each record on the topics it reads: one row per record, which outlives the inbox. It is
 * part of the projections: whoever drops those to build them anew from the topics drops these rows as well.
 */
export class Records {
  constructor(private readonly database: Database) {}

  /**
   * Where the records of a batch stand. Inside the batch's transaction, before any handler: where one is blocked, this
   * waits for whoever is just releasing it, so that nothing can slip in between.
   */
  async standing(messages: readonly IncomingMessage[]): Promise<Map<string, Standing>> {
    const standing = await this.ask([...new Set(messages.map(recordOf))]);
    const suspects = [...standing].filter(([, { blocked }]) => blocked).map(([record]) => record);
    if (suspects.length === 0) return standing;
    await this.database.query({ name: 'parked-lock', text: sql.lockRecords, values: [suspects] });
    for (const [record, now] of await this.ask(suspects)) standing.set(record, now);
    return standing;
  }

  /** Keeps what has grown; one statement however many. */
  async save(grown: ReadonlyMap<string, Standing>): Promise<void> {
    if (grown.size === 0) return;
    const rows = [...grown];
    await this.database.query({
      name: 'progress-save',
      text: sql.save,
      values: [rows.map(([record]) => record), rows.map(([, s]) => s.handled), rows.map(([, s]) => s.seen)],
    });
  }

  /** To the end of the transaction. With `patient` it waits for whoever is at the record; without, it tells whether it has it. */
  async lock(record: string, patient: boolean): Promise<boolean> {
    if (patient) {
      await this.database.query({ name: 'parked-lock', text: sql.lockRecords, values: [[record]] });
      return true;
    }
    const { rows } = await this.database.query<{ held: boolean }>({
      name: 'parked-try-lock',
      text: sql.tryLockRecord,
      values: [record],
    });
    return rows[0]?.held === true;
  }

  async ask(records: readonly string[]): Promise<Map<string, Standing>> {
    const { rows } = await this.database.query<Standing & { record: string }>({
      name: 'progress-among',
      text: sql.standing,
      values: [records],
    });
    return new Map(rows.map(({ record, ...standing }) => [record, standing]));
  }
}
