import { Backlog, type TopicLag } from './backlog.js';
import type { Batch, Broker, Place, Subscription } from './broker.js';
import type { Database } from './database.js';
import { EventServer } from './event-server.js';
import { gathered, messagesOf } from './gathered.js';
import { Inbox } from './inbox.js';
import { silentLogger, type Logger } from './logger.js';
import type { Meter } from './meter.js';
import { wakingAfter } from './outbox-watch.js';
import { atMost } from './pause.js';
import { ParkedEvents } from './parked.js';
import type { ParkedCounts, ParkedEvent } from './parked-desk.js';
import { Pruner } from './pruner.js';
import { Records } from './records.js';
import { Retrier } from './retrier.js';
import { Tally, type Counts } from './tally.js';
import type { Tracer } from './tracer.js';
import type { Trouble } from './trouble.js';

export interface EventBusOptions {
  /** Names the consumer group: one per service, shared by its instances. */
  readonly service: string;
  readonly database: Database;
  readonly broker: Broker;
  readonly logger?: Logger;
  readonly meter?: Meter;
  readonly tracer?: Tracer | undefined;
  /** Called after a transaction in which handlers wrote to the outbox, by whatever way: wake the relay. */
  readonly published?: () => void;
}

/**
 * Brings a service its events. Delivery is at least once, in order per record; each event's effect on the service's own
 * database is applied exactly once. Batches that come at the same moment are one; all its handlers run in one transaction: projections
 * (`@Keep`) first, each once with its events, then reactions (`@On`) event by event, or together (`@OnTogether`). What a handler does outside of that
 * database may happen more than once.
 */
export class EventBus extends EventServer {
  private readonly parkedEvents: ParkedEvents;
  private readonly inbox: Inbox;
  private readonly retrier: Retrier;
  private readonly pruner: Pruner;
  private readonly tally: Tally;
  private readonly backlog = new Backlog();
  private subscription: Subscription | undefined;
  private listening = false;

  constructor(private readonly options: EventBusOptions) {
    super(options.meter, options.tracer);
    const { database, service: group, logger = silentLogger, published = () => {} } = options;
    const records = new Records(database);
    const { handlers, meter } = this;
    const parked = new ParkedEvents({ database, handlers, records, logger, meter, group, published });
    this.parkedEvents = parked;
    this.tally = new Tally(logger);
    this.inbox = new Inbox({ database, handlers, records, parked, tally: this.tally });
    this.pruner = new Pruner(database, logger);
    this.retrier = new Retrier(database, this.parkedEvents, logger);
  }

  /** Answers at once; `ready()` tells when the group is joined. */
  async listen(callback: () => void): Promise<void> {
    this.requireAttached();
    const { broker, service: group, published = () => {} } = this.options;
    const { topics } = this.handlers;
    if (topics.length > 0) {
      const take = gathered((batches) => wakingAfter(published, () => this.inbox.take(messagesOf(batches))));
      const onBatch = async (batch: Batch) => {
        this.backlog.given(batch);
        await take(batch);
        this.backlog.taken(batch);
        this.meter.consumed(batch.topic, batch.messages.length);
      };
      const onAssigned = (partitions: readonly Place[]) => this.backlog.keep(partitions);
      this.subscription = await broker.subscribe({ group, topics, fromBeginning: true, onBatch, onAssigned });
      this.retrier.start();
      this.pruner.start();
    }
    this.listening = true;
    callback();
  }

  /** Lets the batch in work end, commits its offsets, leaves the group. */
  async close(): Promise<void> {
    this.listening = false;
    await Promise.all([this.subscription?.close(), this.retrier.stop(), this.pruner.stop()]);
  }

  /** True while events arrive here, or where there is nothing to listen to. */
  ready(): boolean {
    return this.listening && (this.subscription?.ready() ?? true);
  }

  /** Why no events arrive here. */
  get trouble(): Trouble | null {
    return this.subscription?.trouble ?? null;
  }

  /**
   * What waits for this process, of each topic that it listens to. While it takes no part in its group it knows only of
   * what it was given before: a topic of which that is nothing is left out then.
   */
  async lag(): Promise<TopicLag[]> {
    // Where the broker does not answer soon, what is known must do.
    const asked = this.subscription?.reached().then((reached) => this.backlog.asked(reached));
    if (asked) await atMost(3000, asked);
    const lag = this.backlog.of(this.handlers.topics);
    return this.ready() ? lag : lag.filter(({ messages }) => messages > 0);
  }

  /** What was found wrong with the order of records since this process began to listen. */
  counts(): Counts {
    return this.tally.counts();
  }

  /** How many events are parked: for an operator, for a repeat, behind another. */
  parked(): Promise<ParkedCounts> {
    return this.parkedEvents.desk.counts();
  }

  /** The oldest open parked events. */
  listParked(limit?: number): Promise<ParkedEvent[]> {
    return this.parkedEvents.desk.list({ limit });
  }

  /** Tries a parked event again under its own id, then those that wait behind it. Throws DomainError NOT_FOUND or CONFLICT. */
  replayParked(id: number): Promise<ParkedEvent> {
    return this.parkedEvents.replay(id);
  }

  /** Gives a parked event up, keeps the reason, and lets those behind it go on. Throws DomainError NOT_FOUND, CONFLICT, REQUIRED. */
  discardParked(id: number, reason: string): Promise<ParkedEvent> {
    return this.parkedEvents.discard(id, reason);
  }

  override unwrap<T>(): T {
    return this.options.broker as T;
  }
}
