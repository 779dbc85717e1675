import type pg from 'pg';
import type { IncomingMessage, Place, Reached, Subscription, SubscriptionOptions } from './broker.js';
import type { Database } from './database.js';
import { StateLog, type Logger } from './logger.js';
import { Backoff, Bell } from './pause.js';
import { commit, ends, read } from './postgres.sql.js';
import type { Trouble } from './trouble.js';

const CONCURRENCY = 3;

interface Partition {
  readonly topic: string;
  readonly partition: number;
  position: number;
  end: number;
  work: Promise<void> | undefined;
  /** Until then messages gather, for a reader that lingers. */
  restsUntil: number;
}
interface End {
  topic: string;
  partition: number;
  end: number;
  committed: number;
}
/** A message as the log has it. */
export interface Row {
  offset: number;
  appendedAt: Date;
  key: string;
  headers: unknown;
  value: string | null;
}

/**
 * A reader of the log in PostgreSQL. Each partition is read by whoever of the group holds its advisory lock; all hold a
 * shared lock on the group as well, so each can count its fellows and let go of what is more than its share. Locks
 * vanish with their connection, so a reader that dies is succeeded at once.
 */
export class PostgresSubscription implements Subscription {
  private readonly owned = new Map<string, Partition>();
  private readonly works = new Set<Promise<void>>();
  private readonly bell = new Bell();
  private readonly reading: StateLog;
  private readonly handling: StateLog;
  private readonly group: string;
  private readonly topics: readonly string[];
  private running: Promise<void> | undefined;
  private joined = false;
  private closing = false;

  constructor(
    private readonly database: Database,
    private readonly prepare: () => Promise<void>,
    private readonly prefix: string,
    private readonly options: SubscriptionOptions,
    logger: Logger,
  ) {
    this.group = prefix + options.group;
    this.topics = options.topics.map((topic) => prefix + topic);
    this.reading = new StateLog(
      logger,
      `Group ${this.group} cannot read; trying again`,
      `Group ${this.group} reads again`,
    );
    this.handling = new StateLog(
      logger,
      `Group ${this.group} cannot take a batch; trying again`,
      `Group ${this.group} goes on`,
    );
  }

  start(): void {
    this.running = this.database.outside(() => this.supervise());
  }

  ready(): boolean {
    return this.joined;
  }

  get trouble(): Trouble | null {
    return this.reading.trouble;
  }

  reached(): Promise<Reached[]> {
    const owned = [...this.owned.values()];
    return Promise.resolve(owned.map((one) => ({ ...this.named(one), next: one.position, end: one.end })));
  }

  async close(): Promise<void> {
    this.closing = true;
    this.bell.wake();
    await this.running;
  }

  private async supervise(): Promise<void> {
    const backoff = new Backoff(100, 1000);
    while (!this.closing) {
      let session: pg.Client | undefined;
      try {
        await this.prepare();
        session = await this.database.dedicated();
        await this.take(session, backoff);
      } catch (error) {
        this.reading.failed(error);
      }
      this.joined = false;
      this.owned.clear();
      await Promise.all(this.works);
      await session?.end().catch(() => {});
      if (!this.closing) await this.bell.wait(backoff.next());
    }
  }

  /** Reads until closing; throws when the session that holds the locks is lost. */
  private async take(session: pg.Client, backoff: Backoff): Promise<void> {
    let lost = false;
    session.on('notification', () => this.bell.wake());
    session.on('end', () => {
      lost = true;
      this.owned.clear();
      this.bell.wake();
    });
    const { linger } = this.options;
    if (linger === undefined) await session.query('listen voronka_bus');
    await session.query({ text: 'select pg_advisory_lock_shared(hashtext($1), 0)', values: [this.group] });
    let shareAt = 0;
    while (!this.closing) {
      if (lost) throw new Error('The connection that holds the partitions was lost.');
      const { rows } = await session.query<End>({ name: 'bus-ends', text: ends, values: [this.group, this.topics] });
      if (performance.now() >= shareAt) {
        await this.share(session, rows);
        shareAt = performance.now() + 500;
      }
      this.joined = new Set(rows.map((row) => row.topic)).size === this.topics.length;
      this.reading.worked();
      backoff.reset();
      this.dispatch(rows);
      await this.bell.wait(linger ?? 100);
    }
  }

  private dispatch(rows: readonly End[]): void {
    let busy = [...this.owned.values()].filter((partition) => partition.work !== undefined).length;
    for (const row of rows) {
      const partition = this.owned.get(nameOf(row));
      if (!partition) continue;
      partition.end = row.end;
      if (partition.work || partition.position >= row.end || busy >= CONCURRENCY) continue;
      if (performance.now() < partition.restsUntil) continue;
      busy += 1;
      const work = this.read(partition).finally(() => {
        partition.work = undefined;
        partition.restsUntil = performance.now() + (this.options.linger ?? 0);
        this.works.delete(work);
        this.bell.wake();
      });
      partition.work = work;
      this.works.add(work);
    }
  }

  /** Lets go of the surplus, then takes what is free, up to a fair share. */
  private async share(session: pg.Client, rows: readonly End[]): Promise<void> {
    const { rows: counted } = await session.query<{ members: number }>({
      name: 'bus-members',
      text: `select count(*) as members from pg_locks
        where locktype = 'advisory' and granted and mode = 'ShareLock' and objsubid = 2 and objid = 0
          and classid = (hashtext($1)::bigint & 4294967295)::oid
          and database = (select oid from pg_database where datname = current_database())`,
      values: [this.group],
    });
    const fair = Math.ceil(rows.length / Math.max(1, counted[0]?.members ?? 1));
    for (const [name, partition] of [...this.owned].reverse()) {
      if (this.owned.size <= fair) break;
      if (partition.work) continue;
      this.owned.delete(name);
      await session.query({ text: 'select pg_advisory_unlock(hashtextextended($1, 0))', values: [this.lockOf(name)] });
    }
    for (const row of rows) {
      const name = nameOf(row);
      if (this.owned.size >= fair) break;
      if (this.owned.has(name)) continue;
      const { rows: tried } = await session.query<{ held: boolean }>({
        name: 'bus-take',
        text: 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held',
        values: [this.lockOf(name)],
      });
      if (!tried[0]?.held) continue;
      // Read again under the lock: the reader before us may have committed since.
      const { rows: now } = await session.query<End>({
        name: 'bus-ends',
        text: ends,
        values: [this.group, [row.topic]],
      });
      const position = now.find((end) => end.partition === row.partition)?.committed ?? row.committed;
      this.owned.set(name, {
        topic: row.topic,
        partition: row.partition,
        position,
        end: row.end,
        work: undefined,
        restsUntil: 0,
      });
    }
    this.options.onAssigned?.([...this.owned.values()].map((partition) => this.named(partition)));
  }

  private lockOf(name: string): string {
    return `${this.group} ${name}`;
  }

  /** Reads one partition to its end; a batch that fails comes again after a pause. */
  private async read(partition: Partition): Promise<void> {
    const stopping = () => this.closing || this.owned.get(nameOf(partition)) !== partition;
    const backoff = new Backoff(100, 2000);
    while (!stopping()) {
      try {
        const messages = await this.page(partition);
        const last = messages.at(-1);
        if (!last) return;
        const next = last.offset + 1;
        const end = Math.max(next, partition.end);
        await this.options.onBatch({ ...this.named(partition), messages, next, end, stopping });
        const values = [this.group, partition.topic, partition.partition, next];
        await this.database.query({ name: 'bus-commit', text: commit, values });
        partition.position = next;
        this.handling.worked();
        backoff.reset();
        if (this.options.linger !== undefined && next >= partition.end) return;
      } catch (error) {
        this.handling.failed(error);
        const until = performance.now() + backoff.next();
        while (performance.now() < until && !stopping()) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  private named({ topic, partition }: Partition): Place {
    return { topic: topic.slice(this.prefix.length), partition };
  }

  private async page({ topic, partition, position }: Partition): Promise<IncomingMessage[]> {
    const { rows } = await this.database.query<Row>({
      name: 'bus-read',
      text: read,
      values: [topic, partition, position],
    });
    return rows.map((row) => incoming(row, topic.slice(this.prefix.length), partition));
  }
}

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

export function incoming(
  { offset, key, headers, value, appendedAt }: Row,
  topic: string,
  partition: number,
): IncomingMessage {
  return {
    topic,
    partition,
    offset,
    key,
    headers: headersFrom(headers),
    value: value === null ? null : Buffer.from(value),
    appendedAt: appendedAt.getTime(),
  };
}

/** Whatever JSON another writer left there; only texts and lists of texts are headers. */
function headersFrom(json: unknown): IncomingMessage['headers'] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return {};
  const isText = (value: unknown) => typeof value === 'string';
  return Object.fromEntries(
    Object.entries(json).filter(([, value]) => isText(value) || (Array.isArray(value) && value.every(isText))),
  ) as IncomingMessage['headers'];
}
