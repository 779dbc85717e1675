import type { IncomingMessage } from './broker.js';
import type { Database } from './database.js';
import { eventIdOf } from './envelope.js';
import type { Fate, Place } from './rebuild-decision.js';
import * as sql from './rebuild-records.sql.js';
import { RebuildFailure } from './rebuild-session.js';
import { recordOf, versionOf } from './records.js';
import * as records from './records.sql.js';

/** A message that waits to be applied to the copies. */
export interface Waiting extends IncomingMessage {
  readonly id: number;
}

interface Reasons {
  readonly ahead: number;
  readonly apart: number;
  readonly parked: readonly number[];
  readonly parkedRecords: number;
}

/** What the copies know of each record, and which messages wait; beside what the service knows of it. */
export class RebuildRecords {
  constructor(
    private readonly database: Database,
    private readonly run: string,
  ) {}

  /** A process that was frozen while another rebuild began must not fill that one's copies. */
  async requireMine(): Promise<void> {
    const { rowCount } = await this.database.query({ name: 'is-mine', text: sql.isMine, values: [this.run] });
    if (rowCount === 0) throw new RebuildFailure('The copies were taken over by another rebuild. This one has ended.');
  }

  /** A projection that writes to more than it says it keeps would write to the service's own tables. */
  async requireNoStrayWrites(): Promise<void> {
    const { rows } = await this.database.query<{ name: string }>({ name: 'stray-writes', text: sql.strayWrites });
    if (rows[0]) {
      throw new RebuildFailure(
        `A projection writes to ${rows[0].name}, which is not among the tables that it says it keeps. Name it in @Keep; what it wrote was undone.`,
      );
    }
  }

  async places(messages: readonly IncomingMessage[]): Promise<Map<string, Place>> {
    const { rows } = await this.database.query<Place & { record: string }>({
      name: 'rebuild-standing',
      text: sql.standing,
      values: [[...new Set(messages.map(recordOf))]],
    });
    return new Map(rows.map(({ record, ...place }) => [record, place]));
  }

  async fates(messages: readonly IncomingMessage[]): Promise<Map<string, Fate>> {
    const { rows } = await this.database.query<{ id: string; open: boolean; replayed: boolean }>({
      name: 'rebuild-parked',
      text: sql.parked,
      values: [messages.map(eventIdOf)],
    });
    return new Map(rows.map(({ id, ...fate }) => [id, fate]));
  }

  async save(places: ReadonlyMap<string, Place>): Promise<void> {
    const rows = [...places].filter(([, { seen }]) => seen > 0);
    if (rows.length === 0) return;
    const values = [rows.map(([record]) => record), rows.map(([, p]) => p.handled), rows.map(([, p]) => p.seen)];
    await this.database.query({ name: 'progress-save', text: records.save, values });
  }

  async wait(messages: readonly IncomingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const column = <T>(of: (message: IncomingMessage) => T) => messages.map(of);
    await this.database.query({
      name: 'rebuild-wait',
      text: sql.wait,
      values: [
        column(recordOf),
        column(versionOf),
        column((m) => m.topic),
        column((m) => m.partition),
        column((m) => m.offset),
        column((m) => m.key),
        column((m) => JSON.stringify(m.headers)),
        column((m) => m.value),
        column(eventIdOf),
      ],
    });
  }

  /** Messages of records whose first waiting one may be applied; those up to `complete` need not wait for earlier ones. */
  async ready(complete: number): Promise<Waiting[]> {
    return (await this.database.query<Waiting>({ name: 'rebuild-ready', text: sql.ready, values: [complete] })).rows;
  }

  async leave(messages: readonly Waiting[]): Promise<void> {
    await this.database.query({ name: 'rebuild-leave', text: sql.leave, values: [messages.map(({ id }) => id)] });
  }

  /** The last of the messages that wait; 0 where none does. */
  async lastWaiting(): Promise<number> {
    return (await this.database.query<{ id: number | null }>({ text: sql.lastWaiting })).rows[0]?.id ?? 0;
  }

  /** What messages wait for; it `blocks` the rebuild unless the service's own next step frees them. */
  async waitsFor(): Promise<{ sentence: string | null; blocks: boolean }> {
    const { rows } = await this.database.query<Reasons>({ name: 'rebuild-why', text: sql.whyWaiting });
    const { ahead = 0, apart = 0, parked = [], parkedRecords = 0 } = rows[0] ?? {};
    if (parkedRecords > 0) {
      const more = parkedRecords > parked.length ? ` and ${parkedRecords - parked.length} more` : '';
      const [one, them] = parked.length === 1 ? ['event', 'it'] : ['events', 'them'];
      return { sentence: `parked ${one} ${parked.join(', ')}${more}: replay or discard ${them}`, blocks: true };
    }
    const some = (count: number) => `${count} record${count === 1 ? '' : 's'}`;
    if (apart > 0) return { sentence: `earlier events of ${some(apart)}, from other partitions`, blocks: true };
    const sentence = ahead > 0 ? `the service to take in what is new of ${some(ahead)}` : null;
    return { sentence, blocks: false };
  }
}
