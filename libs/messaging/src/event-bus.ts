import { Catch, type INestApplication, type RpcExceptionFilter } from '@nestjs/common';
import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
  type MicroserviceOptions,
  type MsPattern,
  type NestMicroservice,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom, throwError, type Observable } from 'rxjs';
import type { Batch, Broker, IncomingMessage, Subscription } from './broker.js';
import type { Database } from './database.js';
import { Handlers } from './handlers.js';
import { Inbox } from './inbox.js';
import { silentLogger, type Logger } from './logger.js';
import { noMeter, type Meter } from './meter.js';
import { wakingAfter } from './outbox-watch.js';
import { ParkedEvents } from './parked.js';
import type { ParkedCounts, ParkedEvent } from './parked-desk.js';
import { Pruner } from './pruner.js';
import { Records } from './records.js';
import { Retrier } from './retrier.js';
import { Tally, type Counts } from './tally.js';

/** What guards, interceptors and `@Ctx()` see of an event beside its data: the message as it came. */
export class EventContext extends BaseRpcContext<[IncomingMessage]> {
  get message(): IncomingMessage {
    return this.getArgByIndex(0) as IncomingMessage;
  }
}

/** Nest answers an unknown error with `Internal server error`; the bus must see the refusal itself to know what to do with the event. */
@Catch()
export class OriginalError implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

export interface EventBusOptions {
  /** Names the consumer group: one per service, shared by its instances. */
  readonly service: string;
  readonly database: Database;
  readonly broker: Broker;
  readonly logger?: Logger;
  readonly meter?: Meter;
  /** Called after a transaction in which handlers wrote to the outbox, by whatever way: wake the relay. */
  readonly published?: () => void;
}

/**
 * Nest's way in for events: `@EventPattern(LeadCreated.type) on(event: ReceivedOf<typeof LeadCreated>)`. Delivery is at
 * least once, in order per record; each event's effect on the service's own database is applied exactly once. Several
 * handlers of one type run one after another in the same transaction. What a handler does outside of that database may
 * happen more than once.
 */
export class EventBus extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('voronka events');
  override readonly propagatesEventHandlerErrors = true;
  private readonly handlers: Handlers;
  private readonly meter: Meter;
  private readonly parkedEvents: ParkedEvents;
  private readonly inbox: Inbox;
  private readonly retrier: Retrier;
  private readonly pruner: Pruner;
  private readonly tally: Tally;
  private subscription: Subscription | undefined;
  private attached = false;
  private listening = false;

  constructor(private readonly options: EventBusOptions) {
    super();
    const { database, service: group, logger = silentLogger, meter = noMeter, published = () => {} } = options;
    this.meter = meter;
    this.handlers = new Handlers(meter);
    const records = new Records(database);
    const parked = new ParkedEvents({ database, handlers: this.handlers, records, logger, group, published });
    this.parkedEvents = parked;
    this.tally = new Tally(logger);
    this.inbox = new Inbox({ database, handlers: this.handlers, records, parked, tally: this.tally });
    this.pruner = new Pruner(database, logger);
    this.retrier = new Retrier(database, this.parkedEvents, logger);
  }

  /**
   * Makes the bus a microservice of the application; `app.startAllMicroservices()` then begins to listen. Use this and not
   * `connectMicroservice`, whose handlers are made before a filter can be given to them.
   */
  attachTo(app: INestApplication): void {
    const options = { deferInitialization: true };
    const microservice = app.connectMicroservice<MicroserviceOptions>({ strategy: this }, options) as NestMicroservice;
    microservice.setIsInitHookCalled(true); // the application calls the hooks of the modules they share
    microservice.useGlobalFilters(new OriginalError());
    this.attached = true;
  }

  /** Called by Nest. Handlers are kept in a list, not chained by `next`: a chain would run them all at once. */
  override addHandler(pattern: MsPattern, callback: MessageHandler, isEventHandler = false, extras = {}): void {
    const type = this.normalizePattern(pattern);
    if (!isEventHandler) throw new Error(`${type}: services do not call each other; only @EventPattern is served.`);
    this.handlers.add(type, async (event, message) => {
      const result: unknown = await callback(event, new EventContext([message]));
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    });
    if (!this.messageHandlers.has(type)) super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Answers at once; `ready()` tells when the group is joined. */
  async listen(callback: () => void): Promise<void> {
    if (!this.attached)
      throw new Error('Connect the event bus with bus.attachTo(app), so that it sees what handlers throw.');
    const { broker, service: group, published = () => {} } = this.options;
    const { topics } = this.handlers;
    if (topics.length > 0) {
      const onBatch = async (batch: Batch) => {
        await wakingAfter(published, () => this.inbox.take(batch));
        this.meter.consumed(batch.topic, batch.messages.length);
      };
      this.subscription = await broker.subscribe({ group, topics, fromBeginning: true, onBatch });
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

  override on(): void {}

  override unwrap<T>(): T {
    return this.options.broker as T;
  }
}
