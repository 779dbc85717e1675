import type { TopicDeclaration } from '@voronka/contracts';
import { NotOwner, Refused } from './broker.js';
import type {
  Broker,
  BrokerOptions,
  OutgoingMessage,
  Owner,
  Publisher,
  Subscription,
  SubscriptionOptions,
} from './broker.js';
import { Database } from './database.js';
import { silentLogger, type Logger } from './logger.js';
import { Compactor } from './postgres.compactor.js';
import { append, makingTopics, others, own, tables } from './postgres.sql.js';
import { PostgresSubscription } from './postgres.subscription.js';
import { TopicMaking } from './topic-making.js';
import type { Trouble } from './trouble.js';

export const CHANNEL = 'voronka_bus';

/** A log in PostgreSQL, for one small machine where no Kafka can run. It makes its own tables in the database of its URL. */
export class PostgresBroker implements Broker {
  private readonly database: Database;
  private readonly prefix: string;
  private readonly logger: Logger;
  private readonly subscriptions = new Set<Subscription>();
  private readonly compactor: Compactor;
  private readonly making: TopicMaking;
  private readonly owner: Owner | undefined;
  private prepared: Promise<void> | undefined;
  private closed = false;

  constructor(url: string, { clientId, topicPrefix = '', logger = silentLogger, owner }: BrokerOptions) {
    this.owner = owner;
    this.making = new TopicMaking(logger);
    this.prefix = topicPrefix;
    this.logger = logger;
    this.database = new Database({ url, max: 4, applicationName: `${clientId} bus` });
    this.compactor = new Compactor(this.database, logger);
  }

  get trouble(): Trouble | null {
    return this.making.trouble;
  }

  ensureTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    return this.making.until(async () => {
      await this.makeTopics(topics);
      await this.requireOwn();
    });
  }

  async makeTopics(topics: readonly TopicDeclaration[]): Promise<void> {
    await this.prepare();
    await this.database.query(makingTopics(this.prefix, topics));
    if (topics.some(({ cleanup }) => cleanup === 'compact')) this.compactor.start();
  }

  publisher(): Publisher {
    return {
      send: (messages) => this.database.outside(() => this.send(messages)),
      close: async () => {},
    };
  }

  async subscribe(options: SubscriptionOptions): Promise<Subscription> {
    const subscription = new PostgresSubscription(
      this.database,
      async () => {
        await this.prepare();
        await this.requireOwn();
      },
      this.prefix,
      options,
      this.logger,
    );
    subscription.start();
    this.subscriptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.making.stop();
    await Promise.all([this.compactor.stop(), ...[...this.subscriptions].map((subscription) => subscription.close())]);
    await this.database.close();
  }

  private async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.prepare();
    const topics = messages.map((message) => this.prefix + message.topic);
    await this.database.transaction(async () => {
      const { rowCount } = await this.database.query({
        name: 'bus-append',
        text: append,
        values: [
          topics,
          messages.map((message) => message.key),
          messages.map((message) => JSON.stringify(message.headers)),
          messages.map((message) => message.value),
        ],
      });
      if (rowCount !== messages.length)
        throw new Refused(`A topic is missing among ${[...new Set(topics)].join(', ')}.`, false);
    });
    // Apart from the append: NOTIFY makes commits queue behind each other.
    await this.database.query({ name: 'bus-call', text: `select pg_notify('${CHANNEL}', '')` }).catch(() => {});
  }

  private async requireOwn(): Promise<void> {
    if (!this.owner) return;
    const values = [this.owner.groups.map((group) => this.prefix + group), await this.owner.id()];
    await this.database.query({ text: own, values });
    const { rows } = await this.database.query<{ reader: string }>({ text: others, values });
    if (rows.length > 0) throw new NotOwner(rows.map(({ reader }) => reader));
  }

  /** `create table if not exists` of two processes at once can collide, hence the lock. */
  private prepare(): Promise<void> {
    this.prepared ??= this.database
      .transaction(async () => {
        await this.database.turn(CHANNEL);
        await this.database.query({ text: tables });
      })
      .catch((error: unknown) => {
        this.prepared = undefined;
        throw error;
      });
    return this.prepared;
  }
}
