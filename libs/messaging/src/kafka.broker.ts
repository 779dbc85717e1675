import type { TopicDeclaration } from '@voronka/contracts';
import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import type { KafkaAddress } from './kafka.address.js';
import type { Broker, BrokerOptions, OutgoingMessage, Publisher, Subscription, SubscriptionOptions } from './broker.js';
import { takeOverDecoding } from './kafka.decoder.js';
import { takeOverEncoding } from './kafka.encoder.js';
import { kafkaLog } from './kafka.log.js';
import { KafkaOwner } from './kafka.owner.js';
import { takeOverQueue } from './kafka.queue.js';
import { partitionByKey } from './kafka.partitioner.js';
import { makeError, sendError } from './kafka.refusal.js';
import { KafkaSubscription, type KafkaSettings } from './kafka.subscription.js';
import { createTopics, fewerPartitions } from './kafka.topic.js';
import { silentLogger, type Logger } from './logger.js';
import { TopicMaking } from './topic-making.js';
import type { Trouble } from './trouble.js';

/** Apache Kafka through kafkajs. The only files that know it begin with `kafka.`. */
export class KafkaBroker implements Broker {
  private readonly settings: KafkaSettings;
  private readonly kafka: Kafka;
  private readonly prefix: string;
  private readonly logger: Logger;
  private readonly open = new Set<{ close(): Promise<void> }>();
  private readonly making: TopicMaking;
  private readonly owner: KafkaOwner;

  constructor(
    { brokers, ...access }: KafkaAddress,
    { clientId, topicPrefix = '', logger = silentLogger, owner }: BrokerOptions,
  ) {
    takeOverEncoding();
    takeOverDecoding();
    takeOverQueue();
    this.prefix = topicPrefix;
    this.logger = logger;
    this.settings = {
      clientId,
      brokers: [...brokers],
      ...access,
      connectionTimeout: 2000,
      requestTimeout: 10_000,
      // Short: whoever calls tries again for ever, and must notice soon that the broker is back.
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 5 },
      logLevel: logLevel.INFO,
      logCreator: kafkaLog(logger),
    };
    this.kafka = new Kafka(this.settings);
    this.making = new TopicMaking(logger);
    this.owner = new KafkaOwner(this.kafka, topicPrefix, owner);
  }

  get trouble(): Trouble | null {
    return this.making.trouble;
  }

  ensureTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    return this.making.until(async () => {
      await this.makeTopics(topics);
      await this.owner.require();
    });
  }

  async makeTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const there = new Set(await admin.listTopics());
      const missing = topics.filter((topic) => !there.has(this.prefix + topic.name));
      await createTopics(admin, this.prefix, missing);
      await this.tellFewer(
        admin,
        topics.filter((topic) => !missing.includes(topic)),
      );
    } catch (error) {
      throw makeError(error);
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }

  publisher(): Publisher {
    const publisher = new KafkaPublisher(() => this.producer(), this.prefix);
    this.open.add(publisher);
    return publisher;
  }

  async subscribe(options: SubscriptionOptions): Promise<Subscription> {
    const subscription = new KafkaSubscription(this.settings, this.prefix, options, this.logger, this.owner);
    subscription.start();
    this.open.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    this.making.stop();
    await Promise.all([...this.open].map((part) => part.close()));
  }

  private async tellFewer(admin: Admin, topics: readonly TopicDeclaration[]): Promise<void> {
    if (topics.length === 0) return;
    const found = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => this.prefix + name) });
    for (const topic of topics) {
      const there = found.topics.find(({ name }) => name === this.prefix + topic.name)?.partitions.length;
      if (there !== undefined && there < topic.partitions)
        this.logger.warn({ topic: topic.name }, fewerPartitions(topic, there));
    }
  }

  private producer(): Producer {
    return this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: partitionByKey,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 3 },
    });
  }
}

/**
 * One send outstanding at a time: kafkajs 2.2.4 with overlapping idempotent sends and one lost response uses a sequence
 * number twice. After any failure the next send begins with a new producer, so what was sent before may come twice.
 */
class KafkaPublisher implements Publisher {
  private producer: Producer | undefined;
  private sending = false;

  constructor(
    private readonly create: () => Producer,
    private readonly prefix: string,
  ) {}

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.sending) throw new Error('One send at a time.');
    this.sending = true;
    try {
      this.producer ??= await this.connected();
      const byTopic = new Map<string, OutgoingMessage[]>();
      for (const message of messages) {
        const list = byTopic.get(message.topic);
        if (list) list.push(message);
        else byTopic.set(message.topic, [message]);
      }
      await this.producer.sendBatch({
        acks: -1,
        topicMessages: [...byTopic].map(([topic, list]) => ({ topic: this.prefix + topic, messages: list })),
      });
    } catch (error) {
      await this.close();
      throw sendError(error);
    } finally {
      this.sending = false;
    }
  }

  async close(): Promise<void> {
    const producer = this.producer;
    this.producer = undefined;
    await producer?.disconnect().catch(() => {});
  }

  private async connected(): Promise<Producer> {
    const producer = this.create();
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw error;
    }
  }
}
