import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, Publisher } from './broker.js';
import type { Database } from './database.js';
import { deadLetterDeclaration, isDeadLetterTopic } from './dead-letter.js';
import { silentLogger, StateLog, type Logger } from './logger.js';
import { noMeter, type Meter } from './meter.js';
import { outboxDepth } from './outbox.js';
import { OutboxHead, type Left, type OutboxRow } from './outbox-head.js';
import { OutboxHolds } from './outbox-hold.js';
import { atMost, Backoff, Bell } from './pause.js';
import { Aside, type Place } from './relay-aside.js';
import { Delivery } from './relay-delivery.js';
import { CHANNEL, RelaySession } from './relay-session.js';
import { aboutMessage, ended, type Span, type Tracer } from './tracer.js';

/** So many rows at once, and more are waiting behind them. */
const MANY = 200;
/** Milliseconds between two sends of fewer, in which more may come. */
const GATHER = 4;
/** Milliseconds within which events are sent that nobody waits for. */
const LEISURE = 200;

export interface RelayOptions {
  readonly database: Database;
  readonly broker: Broker;
  readonly logger?: Logger;
  readonly meter?: Meter;
  readonly tracer?: Tracer | undefined;
}

/**
 * Carries the outbox to the broker. One works per database, held by an advisory lock on a connection of its own that
 * also reads and deletes, so that a relay that lost its lock can do neither; others wait and take over within about a
 * second, or four where the holder's process is frozen. Rows are deleted when the broker has them, hence delivery is at
 * least once, in order per record.
 *
 * There is no cursor over ids: ids are given out before commit, so a row may appear below one already sent.
 */
export class OutboxRelay {
  private readonly bell = new Bell();
  private readonly logger: Logger;
  private readonly state: StateLog;
  private readonly aside: Aside;
  private readonly delivery: Delivery;
  private readonly deadLetterTopics = new Set<string>();
  private publisher: Publisher | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private leading = false;
  private calling = false;
  private callAgain = false;
  private soon: NodeJS.Timeout | undefined;

  constructor(private readonly options: RelayOptions) {
    this.logger = options.logger ?? silentLogger;
    this.state = new StateLog(
      this.logger,
      'Events wait in the outbox; trying again',
      'Events flow from the outbox again',
    );
    this.aside = new Aside(this.logger);
    this.delivery = new Delivery((rows) => this.publish(rows), this.aside);
  }

  start(): void {
    this.running ??= this.options.database.outside(() => this.run());
  }

  /** Call after the commit that wrote events. Where another process holds the lock, it is told. */
  wake(): void {
    this.bell.wake();
    if (this.leading || this.stopping) return;
    this.callAgain = this.calling;
    if (this.calling) return;
    this.calling = true;
    void this.options.database
      .outside(() => this.options.database.query({ name: 'outbox-call', text: `select pg_notify('${CHANNEL}', '')` }))
      .catch(() => {})
      .finally(() => {
        this.calling = false;
        if (this.callAgain) this.wake();
      });
  }

  /** The same where nobody waits for them, with all that is written until then. */
  wakeSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.wake();
    }, LEISURE).unref();
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
      let session: RelaySession | undefined;
      try {
        session = await RelaySession.open(this.options.database, () => this.bell.wake());
        while (!this.stopping && !(await session.lock())) await this.bell.wait(1000);
        await this.lead(session, backoff);
      } catch (error) {
        if (this.stopping) break;
        this.state.failed(error);
        await this.bell.wait(backoff.next());
      } finally {
        this.leading = false;
        await session?.close();
      }
    }
  }

  private async lead(session: RelaySession, backoff: Backoff): Promise<void> {
    if (this.stopping) return;
    this.leading = true;
    this.logger.debug({}, 'The relay holds the lock of its outbox');
    const head = new OutboxHead(session);
    const holds = new OutboxHolds(session);
    const idle = new Backoff(LEISURE, 1000);
    let ahead: OutboxRow[] | undefined;
    while (!this.stopping) {
      if (await holds.look()) {
        ahead = undefined;
        await this.closePublisher();
        await holds.answer();
      }
      const due = this.aside.due();
      if (due && !holds.topics.includes(due.topic)) await this.retry(session, head, due, holds);
      const left = this.left(holds);
      const rows: readonly OutboxRow[] = ahead && !head.isOutdated(left) ? ahead : await head.read(left);
      ahead = undefined;
      if (rows.length === 0) {
        await this.bell.wait(idle.next());
        continue;
      }
      const areFew = rows.length < MANY;
      const reading = areFew ? undefined : head.readBehind(rows);
      reading?.catch(() => {}); // it is awaited below, where the send has not failed first
      const taken = await session.heard(() => this.delivery.send(rows));
      const behind = await reading;
      // Where they were few, more are likely to be on their way, and a few milliseconds' worth costs little more than one.
      const gathered = areFew ? pause(GATHER) : undefined;
      if (taken.length > 0) await head.remove(taken);
      // What was refused has a place before those behind it.
      if (taken.length === rows.length) ahead = behind;
      this.count(taken);
      this.state.worked();
      backoff.reset();
      idle.reset();
      await gathered;
      // Whoever wrote more has rung; what a process left that died before it rang is found after a while.
      if (areFew) await this.bell.wait(idle.next());
    }
  }

  /** What the broker had refused goes alone, so that nothing else must be sent twice for it. */
  private async retry(session: RelaySession, head: OutboxHead, place: Place, holds: OutboxHolds): Promise<void> {
    const rows = await head.readOf(place, this.left(holds));
    const taken = rows.length === 0 ? rows : await session.heard(() => this.delivery.send(rows));
    if (taken.length > 0) await head.remove(taken);
    this.count(taken);
    if (taken.length === rows.length) this.aside.free(place);
  }

  private left(holds: OutboxHolds): Left {
    const { topics, records } = this.aside.left();
    return { topics: [...topics, ...holds.topics], records };
  }

  private count(rows: readonly OutboxRow[]): void {
    const { meter = noMeter } = this.options;
    const byTopic = new Map<string, number>();
    for (const { topic } of rows) byTopic.set(topic, (byTopic.get(topic) ?? 0) + 1);
    for (const [topic, events] of byTopic) meter.published(topic, events);
  }

  private async publish(rows: readonly OutboxRow[]): Promise<void> {
    await this.makeDeadLetterTopics(rows);
    const publisher = (this.publisher ??= this.options.broker.publisher());
    await ended(this.spansOf(rows), () => publisher.send(rows));
  }

  private spansOf(rows: readonly OutboxRow[]): readonly Span[] {
    const { tracer } = this.options;
    if (!tracer) return [];
    return rows.flatMap(({ topic, key, headers: { ce_id: id = '', ce_traceparent: parent = null } }) => {
      return tracer.begin(`publish ${topic}`, parent, 'producer', aboutMessage(id, topic, key)) ?? [];
    });
  }

  /** The next send looks at its topics anew. */
  private async closePublisher(): Promise<void> {
    const { publisher } = this;
    this.publisher = undefined;
    await publisher?.close();
  }

  /** They are made when the first letter comes: most groups never write one. */
  private async makeDeadLetterTopics(rows: readonly OutboxRow[]): Promise<void> {
    const topics = new Set(rows.map(({ topic }) => topic).filter(isDeadLetterTopic));
    const unknown = [...topics].filter((topic) => !this.deadLetterTopics.has(topic));
    if (unknown.length === 0) return;
    await this.options.broker.makeTopics(unknown.map(deadLetterDeclaration));
    unknown.forEach((topic) => this.deadLetterTopics.add(topic));
  }
}
