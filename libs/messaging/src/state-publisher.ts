import type { StateDeclaration } from '@voronka/contracts';
import { Backlog, type TopicLag } from './backlog.js';
import type { Batch, Broker, Subscription } from './broker.js';
import { silentLogger, type Logger } from './logger.js';
import { noMeter, type Meter } from './meter.js';
import { newestStates, type Ignored, type NewestState } from './newest-states.js';
import { Outlet } from './outlet.js';
import { atMost } from './pause.js';

/** Milliseconds that events may wait for others, whose states they share or travel with. */
const LINGER = 500;
/** Records whose published version is remembered, at about 150 bytes each. */
const REMEMBERED = 50_000;
const SHOWN = 20;

/** The consumer group in which a service reads its own events to publish the states of its records. */
export const stateGroup = (service: string): string => `${service}.state`;

export interface StatePublisherOptions {
  readonly service: string;
  /** The states to publish, of nouns that the service owns. Their topics must be there. */
  readonly states: readonly StateDeclaration[];
  readonly broker: Broker;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/**
 * Keeps the topics of states: reads a service's own events in a group of its own, reduces each batch to the newest state
 * of each record, and publishes that. It needs no database. Offsets are committed when the broker has the states, hence
 * delivery is at least once, and after a while away it goes on where it was.
 *
 * States of a record are published in the order of their versions, but for one case: a reader that was cut off while it
 * sent may send later what another has overtaken. Readers therefore keep the highest version of each key.
 */
export class StatePublisher {
  private readonly outlet: Outlet;
  private readonly logger: Logger;
  private readonly meter: Meter;
  /** By record the version that was published last; an older event that comes again has no news. */
  private readonly published = new Map<string, number>();
  private readonly backlog = new Backlog();
  private subscription: Promise<Subscription> | undefined;
  private stopping = false;

  constructor(private readonly options: StatePublisherOptions) {
    this.outlet = new Outlet(options.broker.publisher());
    this.logger = options.logger ?? silentLogger;
    this.meter = options.meter ?? noMeter;
  }

  start(): void {
    const { broker, service } = this.options;
    const { topics } = this;
    if (this.stopping || topics.length === 0) return;
    this.subscription ??= broker.subscribe({
      ...{ group: stateGroup(service), topics, fromBeginning: true, linger: LINGER },
      onBatch: (batch) => this.take(batch),
      onAssigned: (partitions) => this.backlog.keep(partitions),
    });
  }

  /** What waits for this process on the topics of the events, as the broker says where it answers soon. */
  async lag(): Promise<TopicLag[]> {
    const asked = this.subscription?.then((subscription) => subscription.reached());
    if (asked)
      await atMost(
        3000,
        asked.then((reached) => this.backlog.asked(reached)),
      );
    return this.backlog.of(this.topics);
  }

  /** Lets the batch in work end, within about five seconds, and leaves the group. */
  async stop(): Promise<void> {
    this.stopping = true;
    const left = this.subscription?.then((subscription) => subscription.close()) ?? Promise.resolve();
    await atMost(3000, left);
    await this.outlet.close();
    await atMost(2000, left);
  }

  private get topics(): string[] {
    return [...new Set(this.options.states.map(({ events }) => events))];
  }

  private async take(batch: Batch): Promise<void> {
    this.backlog.given(batch);
    const { states, ignored } = newestStates(batch.messages, this.options.service);
    const news = states.filter(({ record, version }) => version >= (this.published.get(record) ?? 0));
    if (ignored.length > 0) this.tell(ignored);
    await this.outlet.send(
      news.map(({ message }) => message),
      () => batch.stopping(),
    );
    this.backlog.taken(batch);
    for (const state of news) this.remember(state);
    this.count(batch, news);
  }

  private remember({ record, version }: NewestState): void {
    this.published.delete(record);
    this.published.set(record, version);
    if (this.published.size <= REMEMBERED) return;
    for (const oldest of this.published.keys()) {
      this.published.delete(oldest);
      return;
    }
  }

  private count({ topic, messages }: Batch, news: readonly NewestState[]): void {
    this.meter.consumed(topic, messages.length);
    const to = new Map<string, number>();
    for (const { message } of news) to.set(message.topic, (to.get(message.topic) ?? 0) + 1);
    for (const [name, count] of to) this.meter.published(name, count);
  }

  private tell(ignored: readonly Ignored[]): void {
    const messages = ignored.slice(0, SHOWN);
    this.logger.warn({ count: ignored.length, messages }, 'Messages that are no events of their noun change no state');
  }
}
