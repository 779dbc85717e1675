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

/** What is known before a batch is handled. */
export interface Taking {
  readonly repeated: ReadonlySet<string>;
  /** Of every record that was asked for. */
  readonly standing: ReadonlyMap<string, Standing>;
}

interface Known {
  progress: [record: string, handled: number, seen: number][] | null;
  blocked: string[] | null;
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
 * What this service knows of each record on the topics it reads: one row per record, which outlives the inbox, and
 * the projections that are built anew: those come to where these rows say that the service is.
 */
export class Records {
  constructor(private readonly database: Database) {}

  /**
   * Takes the ids of a batch down, and tells which had come before and where its records stand. Inside the batch's
   * transaction, before any handler: where a record is blocked, this waits for whoever is just releasing it, so that
   * nothing can slip in between.
   */
  async take(ids: readonly string[], records: readonly string[]): Promise<Taking> {
    const { rows } = await this.database.query<Known & { repeated: string[] | null }>({
      name: 'inbox-take',
      text: sql.take,
      values: [ids, records],
    });
    const { repeated, ...known } = rows[0]!;
    // It may have waited for another reader to commit these very events; what that one came to is not in its snapshot.
    const standing = repeated ? await this.ask(records) : standingOf(records, known);
    await this.lockBlocked(standing);
    return { repeated: new Set(repeated), standing };
  }

  private async lockBlocked(standing: Map<string, Standing>): Promise<void> {
    const suspects = [...standing].filter(([, { blocked }]) => blocked).map(([record]) => record);
    if (suspects.length === 0) return;
    await this.database.query({ name: 'parked-lock', text: sql.lockRecords, values: [suspects] });
    for (const [record, now] of await this.ask(suspects)) standing.set(record, now);
  }

  /** Keeps what has grown in the present transaction; one statement however many. */
  save(grown: ReadonlyMap<string, Standing>): void {
    if (grown.size === 0) return;
    const rows = [...grown];
    this.database.send({
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

  /** Where records stand, known or not. */
  async ask(records: readonly string[]): Promise<Map<string, Standing>> {
    const { rows } = await this.database.query<Known>({
      name: 'progress-among',
      text: sql.standing,
      values: [records],
    });
    return standingOf(records, rows[0]!);
  }
}

function standingOf(records: readonly string[], { progress, blocked }: Known): Map<string, Standing> {
  const standing = new Map<string, Standing>();
  for (const record of records) standing.set(record, { blocked: false, handled: 0, seen: 0 });
  for (const [record, handled, seen] of progress ?? []) Object.assign(standing.get(record)!, { handled, seen });
  for (const record of blocked ?? []) standing.get(record)!.blocked = true;
  return standing;
}
