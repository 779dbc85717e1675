import { connect } from 'node:net';
import { Kafka, type Consumer, type EachBatchPayload, type KafkaConfig } from 'kafkajs';
import type { Place, Reached, Subscription, SubscriptionOptions } from './broker.js';
import { together } from './gathered.js';
import type { KafkaOwner } from './kafka.owner.js';
import { incoming } from './kafka.message.js';
import { KafkaReach } from './kafka.reach.js';
import { Beginnings } from './kafka.beginnings.js';
import { StateLog, type Logger } from './logger.js';
import { atMost, Backoff, Bell } from './pause.js';
import type { Trouble } from './trouble.js';

const HEARTBEAT = 1500;
/** Bytes for which whoever waits for more waits no longer. */
const ENOUGH = 512 * 1024;
/** Milliseconds without an answer from the group after which a reader no longer counts as ready. */
const SILENCE = 6000;
/** Milliseconds without any sign of life of the client library after which its consumer is given up for a new one. */
const STALL = 40_000;
/** Milliseconds that a consumer which is given up may take to leave. */
const LEAVE = 5000;
/** Milliseconds after which a partition that a topic was given is noticed at the latest. */
const METADATA = 30_000;
/** Milliseconds that nothing is fetched after fewer messages than MANY, in which more may come. */
const GATHER = 100;
const MANY = 500;
/** Milliseconds until a partition that could not begin is tried again. */
const AGAIN = 200;

export type KafkaSettings = KafkaConfig & { readonly brokers: string[] };

/**
 * A reader in a consumer group. kafkajs is run under supervision: whenever it gives up, a new consumer is made, so a
 * broker that is away, or topics that are not there yet, end in joining late and never in a dead process.
 */
export class KafkaSubscription implements Subscription {
  private running: Promise<void> | undefined;
  private joined = false;
  private heardAt = -Infinity;
  private signAt = 0;
  /** By how much the clock was ahead of the one that nobody sets, at the last heartbeat. */
  private clockAt = 0;
  /** The consumer that is in charge; another one that still runs is let go of and must handle nothing. */
  private current: Consumer | undefined;
  private closing = false;
  private assigned: readonly Place[] = [];
  private readonly reach: KafkaReach;
  private readonly bell = new Bell();
  private readonly asked: Promise<void>;
  private ask: () => void = () => {};
  private readonly reading: StateLog;
  private readonly handling: StateLog;
  private readonly beginnings: Beginnings;
  /** Said with each position that is committed. */
  private metadata: string | null = null;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly prefix: string,
    private readonly options: SubscriptionOptions,
    private readonly logger: Logger,
    private readonly owner: KafkaOwner,
  ) {
    this.asked = new Promise((resolve) => (this.ask = resolve));
    const group = prefix + options.group;
    this.reach = new KafkaReach(settings, prefix, group);
    this.reading = new StateLog(logger, `Group ${group} cannot read; trying again`, `Group ${group} reads again`);
    this.handling = new StateLog(logger, `Group ${group} cannot take a batch; trying again`, `Group ${group} goes on`);
    this.beginnings = new Beginnings(settings, group);
  }

  start(): void {
    this.running = this.supervise();
  }

  ready(): boolean {
    return this.joined && performance.now() - this.heardAt < SILENCE;
  }

  get trouble(): Trouble | null {
    return this.reading.trouble;
  }

  reached(): Promise<Reached[]> {
    return this.ready() ? this.reach.of(this.assigned) : Promise.resolve([]);
  }

  async close(): Promise<void> {
    this.closing = true;
    this.ask();
    this.bell.wake();
    await this.running;
    await Promise.all([this.beginnings.close(), this.reach.close()]);
  }

  private async supervise(): Promise<void> {
    const backoff = new Backoff(100, 1000);
    while (!this.closing) {
      const consumer = this.create();
      this.current = consumer;
      this.signAt = performance.now();
      this.clockAt = clock();
      try {
        const error = await Promise.race([this.read(consumer, backoff), this.stalled(consumer), this.asked]);
        if (error) throw error;
      } catch (error) {
        this.reading.failed(error);
      } finally {
        this.joined = false;
        this.current = undefined;
        const left = consumer
          .disconnect()
          .catch((error: Error) => this.logger.debug({ err: error }, 'Left the group badly'));
        await atMost(LEAVE, left);
      }
      if (!this.closing) await this.bell.wait(backoff.next());
    }
  }

  /** Resolves with why the consumer gave up; it may also throw while it joins. */
  private async read(consumer: Consumer, backoff: Backoff): Promise<Error> {
    const crashed = new Promise<Error>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (this.current !== consumer) return;
      this.joined = true;
      backoff.reset();
      this.heard();
      this.logger.debug({ group: payload.groupId, partitions: payload.memberAssignment }, 'Joined the group');
      this.assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic: topic.slice(this.prefix.length), partition })),
      );
      this.options.onAssigned?.(this.assigned);
    });
    consumer.on(consumer.events.HEARTBEAT, () => this.current === consumer && this.heard());
    this.metadata = await this.owner.require();
    if (this.current !== consumer) throw new Error('It was let go of before it joined.');
    await consumer.connect();
    await consumer.subscribe({ topics: this.options.topics.map((t) => this.prefix + t), fromBeginning: true });
    const commit = together<Taken>((all) => this.commit(all));
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // So many may rest, or wait for their turn.
      partitionsConsumedConcurrently: 100,
      eachBatch: (payload) => this.take(payload, consumer, commit),
    });
    return crashed;
  }

  /**
   * Resolves when the consumer has given no sign of life for too long: a promise of the library that never settles. Also
   * when the clock was set back, for by that the library reckons when its next heartbeat is due: as late as the clock is set.
   */
  private async stalled(consumer: Consumer): Promise<Error | undefined> {
    while (this.current === consumer) {
      const back = this.clockAt - clock();
      if (back > HEARTBEAT) return new Error(`The clock was set back by ${Math.round(back)} ms.`);
      await Promise.race([sleep(1000), this.asked]);
      if (this.closing) return undefined;
      if (performance.now() - this.signAt > STALL) return new Error(`Nothing was heard of the group for ${STALL} ms.`);
    }
    return undefined;
  }

  private create(): Consumer {
    const kafka = new Kafka({ ...this.settings, brokers: () => this.reachable() });
    return kafka.consumer({
      groupId: this.prefix + this.options.group,
      sessionTimeout: 6000, // the least a broker takes by default: so long a reader that died keeps its partitions
      rebalanceTimeout: 20_000,
      heartbeatInterval: HEARTBEAT,
      metadataMaxAge: METADATA,
      // The broker answers at the first byte, so the wait costs an event nothing; under load batches grow by themselves.
      maxWaitTimeInMs: this.options.linger ?? 500,
      minBytes: this.options.linger === undefined ? 1 : ENOUGH,
      maxBytesPerPartition: 1024 * 1024,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 6, restartOnFailure: async () => false },
    });
  }

  private heard(): void {
    this.heardAt = this.signAt = performance.now();
    this.clockAt = clock();
    this.reading.worked();
  }

  /**
   * The brokers, once one of them takes connections. kafkajs asks for them after each failed connection, and so it waits
   * here instead of giving up: it keeps its membership and goes on at once when the broker is back.
   */
  private async reachable(): Promise<string[]> {
    const { brokers } = this.settings;
    while (!this.closing) {
      const answers = await Promise.all(brokers.map(answering));
      if (answers.includes(true)) break;
      this.heardAt = -Infinity;
      this.signAt = performance.now();
      this.reading.failed(new Error(`Nothing answers at ${brokers.join(', ')}.`));
      await Promise.race([sleep(200), this.asked]);
    }
    return brokers;
  }

  /**
   * Errors of the handler stay here: kafkajs would restart on the same offset for ever, with all its partitions. Only
   * what the group itself says (a rebalance, an unknown member) goes back to kafkajs, which knows what to do.
   */
  private async take(
    payload: EachBatchPayload,
    consumer: Consumer,
    commit: (taken: Taken) => Promise<void>,
  ): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const name = topic.slice(this.prefix.length);
    const [first] = batch.messages;
    if (first?.offset === '0' && !(await this.beginnings.mayBegin(topic, partition, Number(first.timestamp)))) {
      setTimeout(payload.pause(), AGAIN);
      return;
    }
    const messages = batch.messages.map((message) => incoming(message, name, partition));
    const last = batch.lastOffset();
    const next = Number(last) + 1;
    const end = Number(batch.highWatermark);
    let lost: unknown;
    const heartbeat = async () => {
      await payload.heartbeat().catch((error: unknown) => (lost ??= error));
    };
    const stopping = () =>
      this.closing || this.current !== consumer || lost !== undefined || !payload.isRunning() || payload.isStale();
    const pulse = setInterval(() => void heartbeat(), HEARTBEAT / 2);
    const backoff = new Backoff(100, 2000);
    try {
      while (!stopping()) {
        try {
          await this.options.onBatch({ topic: name, partition, messages, next, end, stopping });
        } catch (error) {
          if (stopping()) break;
          this.handling.failed(error);
          const pause = backoff.next();
          for (let waited = 0; waited < pause && !stopping(); waited += 100) await sleep(100);
          continue;
        }
        this.handling.worked();
        await commit({ payload, offset: String(next) });
        payload.resolveOffset(last);
        break;
      }
    } finally {
      clearInterval(pulse);
    }
    if (lost) throw lost;
    await payload.heartbeat();
  }

  /** Tells the group in one request how far all of them are. kafkajs types no metadata, and sends it. */
  private async commit(all: readonly Taken[]): Promise<void> {
    const topics = new Map<string, { partition: number; offset: string; metadata: string | null }[]>();
    let messages = 0;
    for (const { payload, offset } of all) {
      const { topic, partition } = payload.batch;
      messages += payload.batch.messages.length;
      topics.set(topic, [...(topics.get(topic) ?? []), { partition, offset, metadata: this.metadata }]);
    }
    const positions = [...topics].map(([topic, partitions]) => ({ topic, partitions }));
    await all[0]!.payload.commitOffsetsIfNecessary({ topics: positions });
    // More is likely to be on its way, and costs little more at once. Who lingers has waited for it already.
    if (messages < MANY && this.options.linger === undefined) await sleep(GATHER);
  }
}

/** A partition's batch that was handled. */
interface Taken {
  readonly payload: EachBatchPayload;
  /** The first that was not. */
  readonly offset: string;
}

const clock = () => Date.now() - performance.now();
const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Whether something takes a connection at host:port, within a second. */
const answering = (address: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = connect({ host: hostname, port: Number(port), timeout: 1000 });
    const answer = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
