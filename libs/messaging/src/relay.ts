import type pg from 'pg';
import type { Broker, OutgoingMessage, Publisher } from './broker.js';
import type { Database } from './database.js';
import { deadLetterDeclaration, isDeadLetterTopic } from './dead-letter.js';
import { silentLogger, StateLog, type Logger } from './logger.js';
import { noMeter, type Meter } from './meter.js';
import { outboxDepth } from './outbox.js';
import { atMost, Backoff, Bell } from './pause.js';

const LOCK = 0x766f726f; // any constant will do; advisory locks are per database
const CHANNEL = 'voronka_outbox';
const ROWS = 1000;
// kafkajs makes one record batch per partition, and Kafka takes 1 MiB of it by default.
const BYTES = 940 * 1024;

const read = `
  select id, topic, key, headers, value
  from (
    select id, topic, key, headers::text as headers, value,
      sum(coalesce(octet_length(value), 0) + octet_length(headers::text) + octet_length(key) + 100)
        over (order by id rows unbounded preceding) as bytes,
      row_number() over (order by id) as place
    from outbox order by id limit ${ROWS}
  ) head
  where place = 1 or bytes <= ${BYTES}
  order by id`;

interface Row {
  id: number;
  topic: string;
  key: string;
  headers: string;
  value: string | null;
}

export interface RelayOptions {
  readonly database: Database;
  readonly broker: Broker;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/**
 * Carries the outbox to the broker. One works per database, held by an advisory lock on a connection of its own that
 * also reads and deletes, so that a relay that lost its lock can do neither; others wait and take over within about a
 * second. Rows are deleted when the broker has them, hence delivery is at least once, in order per record.
 *
 * There is no cursor over ids: ids are given out before commit, so a row may appear below one already sent.
 */
export class OutboxRelay {
  private readonly bell = new Bell();
  private readonly logger: Logger;
  private readonly state: StateLog;
  private readonly deadLetterTopics = new Set<string>();
  private publisher: Publisher | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private leading = false;
  private calling = false;

  constructor(private readonly options: RelayOptions) {
    this.logger = options.logger ?? silentLogger;
    this.state = new StateLog(
      this.logger,
      'Events wait in the outbox; trying again',
      'Events flow from the outbox again',
    );
  }

  start(): void {
    this.running ??= this.options.database.outside(() => this.run());
  }

  /** Call after the commit that wrote events. Where another process holds the lock, it is told. */
  wake(): void {
    this.bell.wake();
    if (this.leading || this.calling || this.stopping) return;
    this.calling = true;
    void this.options.database
      .outside(() => this.options.database.query({ name: 'outbox-call', text: `select pg_notify('${CHANNEL}', '')` }))
      .catch(() => {})
      .finally(() => (this.calling = false));
  }

  /** Ends after the batch in work, within about five seconds; the lock is free for another relay then. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.bell.wake();
    if (!this.running) return;
    await atMost(3000, this.running);
    await this.publisher?.close();
    await atMost(2000, this.running);
  }

  /** What waits: how many events, and how long the oldest has waited, in seconds (null when there is none). */
  depth(): Promise<{ rows: number; oldestSeconds: number | null }> {
    return outboxDepth(this.options.database);
  }

  /** True while this relay holds the lock. */
  get isLeading(): boolean {
    return this.leading;
  }

  private async run(): Promise<void> {
    const backoff = new Backoff(100, 1000);
    while (!this.stopping) {
      let connection: pg.Client | undefined;
      try {
        connection = await this.options.database.dedicated();
        await this.lead(connection, backoff);
      } catch (error) {
        if (this.stopping) break;
        this.state.failed(error);
        await this.bell.wait(backoff.next());
      } finally {
        this.leading = false;
        await connection?.end().catch(() => {});
      }
    }
  }

  private async lead(connection: pg.Client, backoff: Backoff): Promise<void> {
    connection.on('end', () => this.bell.wake());
    while (!(await this.lock(connection))) {
      await this.bell.wait(1000);
      if (this.stopping) return;
    }
    this.leading = true;
    this.logger.debug({}, 'The relay holds the lock of its outbox');
    connection.on('notification', () => this.bell.wake());
    await connection.query(`listen ${CHANNEL}`);
    const idle = new Backoff(50, 1000);
    while (!this.stopping) {
      const { rows } = await connection.query<Row>({ name: 'outbox-read', text: read });
      if (rows.length === 0) {
        await this.bell.wait(idle.next());
        continue;
      }
      await this.send(rows);
      await connection.query({
        name: 'outbox-delete',
        text: 'delete from outbox where id = any($1::bigint[])',
        values: [rows.map((row) => row.id)],
      });
      this.count(rows);
      this.state.worked();
      backoff.reset();
      idle.reset();
    }
  }

  private count(rows: readonly Row[]): void {
    const { meter = noMeter } = this.options;
    const byTopic = new Map<string, number>();
    for (const { topic } of rows) byTopic.set(topic, (byTopic.get(topic) ?? 0) + 1);
    for (const [topic, events] of byTopic) meter.published(topic, events);
  }

  private async lock(connection: pg.Client): Promise<boolean> {
    const { rows } = await connection.query<{ held: boolean }>({
      text: 'select pg_try_advisory_lock($1) as held',
      values: [LOCK],
    });
    return rows[0]?.held === true;
  }

  private async send(rows: readonly Row[]): Promise<void> {
    const messages = rows.map((row): OutgoingMessage => ({
      topic: row.topic,
      key: row.key,
      headers: JSON.parse(row.headers) as Record<string, string>,
      value: row.value,
    }));
    await this.ensureDeadLetterTopics(messages);
    this.publisher ??= this.options.broker.publisher();
    await this.publisher.send(messages);
  }

  /** They are made when the first letter comes: most groups never write one. */
  private async ensureDeadLetterTopics(messages: readonly OutgoingMessage[]): Promise<void> {
    const topics = new Set(messages.map(({ topic }) => topic).filter(isDeadLetterTopic));
    const unknown = [...topics].filter((topic) => !this.deadLetterTopics.has(topic));
    if (unknown.length === 0) return;
    await this.options.broker.ensureTopics(unknown.map(deadLetterDeclaration));
    unknown.forEach((topic) => this.deadLetterTopics.add(topic));
  }
}
