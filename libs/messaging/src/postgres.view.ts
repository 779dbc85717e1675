import type { TopicDeclaration } from '@voronka/contracts';
import type { BrokerOptions, IncomingMessage } from './broker.js';
import type { BrokerView, PartitionLag, Stretch, TopicState } from './broker-view.js';
import { Database } from './database.js';
import { makingTopics, read, tables } from './postgres.sql.js';
import { incoming, type Row } from './postgres.subscription.js';

/** A reader holds the advisory lock of each partition it reads: see PostgresSubscription. */
const lag = `
  select r.reader as "group", p.topic, p.partition, p.next_offset - coalesce(o.next_offset, 0) as messages,
    extract(epoch from clock_timestamp() - m.appended_at)::float8 as seconds, l.held as reading
  from unnest($1::text[]) as r(reader)
  cross join bus_partition p
  cross join lateral (
    select exists (
      select from pg_locks
      where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32 | objid::bigint) = hashtextextended(r.reader || ' ' || p.topic || '/' || p.partition, 0)
    ) as held
  ) l
  left join bus_offset o on o.reader = r.reader and o.topic = p.topic and o.partition = p.partition
  left join lateral (
    select appended_at from bus_message
    where topic = p.topic and partition = p.partition and "offset" >= coalesce(o.next_offset, 0) order by "offset" limit 1
  ) m on true
  where l.held or exists (select from bus_offset b where b.reader = r.reader and b.topic = p.topic)
  order by r.reader, p.topic, p.partition`;

/** Whoever reads holds a shared lock on the group. */
const isRead = `
  select exists (
    select from pg_locks
    where locktype = 'advisory' and granted and mode = 'ShareLock' and objsubid = 2 and objid = 0
      and classid = (hashtext($1)::bigint & 4294967295)::oid
      and database = (select oid from pg_database where datname = current_database())
  ) as read`;

const topics = `
  select topic as name, count(*)::int as partitions from bus_partition where topic = any($1) group by topic order by topic`;

const extents = `
  select topic, partition, 0 as "from", next_offset as "to" from bus_partition where topic = any($1) order by topic, partition`;

/** An operator's view of the log in PostgreSQL, which keeps what it is declared to keep: there is no cleanup and no retention to set. */
export class PostgresView implements BrokerView {
  private readonly database: Database;
  private readonly prefix: string;
  private prepared: Promise<unknown> | undefined;

  constructor(url: string, { clientId, topicPrefix = '' }: BrokerOptions) {
    this.prefix = topicPrefix;
    this.database = new Database({ url, max: 1, applicationName: clientId });
  }

  async lag(groups: readonly string[]): Promise<PartitionLag[]> {
    const rows = await this.rows<PartitionLag>(lag, [groups.map((group) => this.prefix + group)]);
    return rows.map((row) => ({
      ...row,
      group: row.group.slice(this.prefix.length),
      topic: row.topic.slice(this.prefix.length),
      seconds: row.seconds === null ? null : Math.round(row.seconds),
    }));
  }

  async topics(names: readonly string[]): Promise<TopicState[]> {
    const rows = await this.rows<{ name: string; partitions: number }>(topics, [names.map((n) => this.prefix + n)]);
    return rows.map(({ name, partitions }) => ({
      name: name.slice(this.prefix.length),
      partitions,
      cleanup: null,
      retention: null,
    }));
  }

  async extents(names: readonly string[]): Promise<Stretch[]> {
    const found = await this.rows<Stretch>(extents, [names.map((name) => this.prefix + name)]);
    return found.map((stretch) => ({ ...stretch, topic: stretch.topic.slice(this.prefix.length) }));
  }

  async read(stretches: readonly Stretch[], each: (message: IncomingMessage) => void): Promise<void> {
    for (const { topic, partition, from, to } of stretches) {
      for (let next = from; next < to;) {
        const page = await this.rows<Row>(read, [this.prefix + topic, partition, next]);
        for (const row of page) if (row.offset < to) each(incoming(row, topic, partition));
        next = (page.at(-1)?.offset ?? to) + 1;
      }
    }
  }

  async create(declared: readonly TopicDeclaration[]): Promise<void> {
    const { text, values } = makingTopics(this.prefix, declared);
    await this.rows(text, values);
  }

  async keepAsDeclared(): Promise<void> {}

  async forget(group: string): Promise<void> {
    const name = this.prefix + group;
    const [found] = await this.rows<{ read: boolean }>(isRead, [name]);
    if (found?.read) throw new Error(`Somebody reads in the group ${name}.`);
    await this.rows('delete from bus_offset where reader = $1', [name]);
    await this.rows('delete from bus_owner where reader = $1', [name]);
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private async rows<R>(text: string, values: readonly unknown[]): Promise<R[]> {
    await (this.prepared ??= this.database.query({ text: tables }));
    return (await this.database.query<R>({ text, values })).rows;
  }
}
