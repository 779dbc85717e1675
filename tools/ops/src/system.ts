import {
  brokerViewFrom,
  Database,
  partitionRaiserFrom,
  type BrokerView,
  type PartitionRaiser,
} from '@voronka/messaging';
import { OpsFailure } from './failure.js';
import { databaseOn, type Settings } from './settings.js';

export const services = ['identity', 'leads', 'accounts', 'deals', 'tasks', 'analytics'] as const;
export type Service = (typeof services)[number];

/** A system at work, as its operator reaches it: the databases of the services, and the broker. Nothing is opened before it is needed. */
export class System {
  private readonly databases = new Map<Service, Database>();
  private view: BrokerView | undefined;
  private raiser: PartitionRaiser | undefined;

  constructor(
    readonly settings: Settings,
    readonly urlOf = (service: Service) =>
      settings.elsewhere?.[service] ?? databaseOn(settings.databaseUrl, `voronka_${service}`),
  ) {}

  database(service: Service): Database {
    const open = this.databases.get(service);
    if (open) return open;
    const database = new Database({ url: this.urlOf(service), max: 2, applicationName: 'voronka-ops' });
    this.databases.set(service, database);
    return database;
  }

  /** The setting that says where a service's database is. */
  settingOf(service: Service): string {
    return this.settings.elsewhere?.[service] ? `${service.toUpperCase()}_DATABASE_URL` : 'DATABASE_URL';
  }

  /** Asks a service's database; throws OpsFailure naming its setting where that does not answer. */
  async ask<T>(service: Service, question: (database: Database) => Promise<T>): Promise<T> {
    const { hostname, port, pathname } = new URL(this.urlOf(service));
    const database = this.database(service);
    await database.query({ text: 'select 1' }).catch((error: unknown) => {
      throw new OpsFailure(
        `The database ${pathname.slice(1)} on ${hostname}:${port || 5432} does not answer (${reasonOf(error)}): see that it runs and that ${this.settingOf(service)} is right.`,
      );
    });
    return question(database).catch((error: unknown) => {
      const sentence = sentences[(error as { code?: string }).code ?? ''];
      if (sentence === undefined) throw error;
      throw new OpsFailure(`voronka_${service} ${sentence} (${reasonOf(error)}).`);
    });
  }

  /** Asks the broker; throws OpsFailure naming BROKER_URL where it does not answer. */
  async askBroker<T>(question: (view: BrokerView) => Promise<T>): Promise<T> {
    const { brokerUrl, topicPrefix } = this.settings;
    this.view ??= brokerViewFrom(brokerUrl, { clientId: 'voronka-ops', topicPrefix });
    return question(this.view).catch((error: unknown) => this.failed(error));
  }

  /** The same about partitions; throws OpsFailure as well for the log in PostgreSQL. */
  async askRaiser<T>(question: (raiser: PartitionRaiser) => Promise<T>): Promise<T> {
    const { brokerUrl, topicPrefix } = this.settings;
    this.raiser ??= partitionRaiserFrom(brokerUrl, { clientId: 'voronka-ops', topicPrefix });
    if (!this.raiser)
      throw new OpsFailure(
        'The log in PostgreSQL keeps the partitions it was made with; those of Kafka can be raised.',
      );
    return question(this.raiser).catch((error: unknown) => this.failed(error));
  }

  async close(): Promise<void> {
    const databases = [...this.databases.values()].map((database) => database.close());
    await Promise.all([...databases, this.view?.close(), this.raiser?.close()]);
  }

  private failed(error: unknown): never {
    if (error instanceof OpsFailure) throw error;
    const address = this.settings.brokerUrl.replace(/^[a-z]+:\/\/([^@/]*@)?/, '');
    throw new OpsFailure(
      `The broker at ${address} does not answer as it should (${reasonOf(error)}): see that it runs and that BROKER_URL is right.`,
    );
  }
}

const AWAY = 'does not answer any more: what was not said to be done may be done or not; ask again';
/** What an operator can mend, by SQLSTATE or the code of a connection that broke. */
const sentences: Record<string, string> = {
  '42P01': 'has no tables of ours yet: start the service once, it makes them',
  '42501': 'does not let this user do that: name one in DATABASE_URL who may, such as the service’s own',
  '25006': 'is open for reading only: name in DATABASE_URL the server that is written to',
  ...Object.fromEntries(['57P01', '57P02', '57P03', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE'].map((code) => [code, AWAY])),
};

/** Node names a connection that was refused by its code alone. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return (message || code || String(error)).replace(/\.$/, '');
}
