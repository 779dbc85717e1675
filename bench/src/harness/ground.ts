import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { allTopics } from '@voronka/contracts';
import { brokerFrom, type Broker } from '@voronka/messaging';
import type { Admin, Kafka } from 'kafkajs';
import pg from 'pg';
import { loadKeys, type Keys } from '../../../deploy/local/dist/keys.js';
import { freePorts } from '../../../deploy/local/dist/ports.js';
import { databaseUrl } from '../../../deploy/local/dist/postgres.js';
import type { Child } from '../../../deploy/local/dist/process.js';
import { run } from '../../../deploy/local/dist/run.js';
import {
  databaseName,
  entry,
  environment,
  memoryFlags,
  serviceNames,
  startProcess,
  type ServiceName,
  type Surroundings,
} from '../../../deploy/local/dist/services.js';
import { bareKafka } from './bare-kafka.js';
import { until } from './clock.js';
import { internalToken } from './identity.js';
import type { Servers } from './servers.js';
import { Worker } from './worker.js';

/** Where one run takes place: databases and topics of its own on the bench's servers, and the processes started for it. */
export class Ground {
  readonly keys: Keys;
  private readonly kafka: Kafka;
  private readonly workers: Worker[] = [];
  private readonly services: Child[] = [];
  private readonly databases = new Set<string>();
  private readonly ends: (() => Promise<unknown>)[] = [];
  private ports: Surroundings['ports'] | undefined;

  constructor(
    readonly servers: Servers,
    /** Put before the names of topics and groups. */
    readonly prefix: string,
  ) {
    this.keys = loadKeys(join(servers.folder, 'keys'));
    this.kafka = bareKafka(servers.brokers);
  }

  get brokers(): string {
    return this.servers.brokers;
  }

  get brokerUrl(): string {
    return `kafka://${this.brokers}`;
  }

  /** Makes an empty database, which is removed after the run; answers its address. */
  async database(name: string): Promise<string> {
    await this.onServer(`drop database if exists "${name}" with (force)`);
    await this.onServer(`create database "${name}"`);
    this.databases.add(name);
    return databaseUrl(this.servers.databaseUrl, name);
  }

  /** The empty database of a service, under the name the service looks for. */
  serviceDatabase(service: ServiceName): Promise<string> {
    return this.database(databaseName(service));
  }

  /** A connection that is closed after the run. */
  async connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: 'bench' });
    client.on('error', () => undefined);
    await client.connect();
    this.ends.push(() => client.end());
    return client;
  }

  /** The port to the broker, as services use it. */
  broker(): Broker {
    const broker = brokerFrom(this.brokerUrl, { clientId: 'bench', topicPrefix: this.prefix });
    this.ends.push(() => broker.close());
    return broker;
  }

  /** kafkajs without anything of ours. */
  async admin(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    this.ends.push(() => admin.disconnect());
    return admin;
  }

  /** Makes every declared topic under this run's prefix. */
  async topics(): Promise<void> {
    await this.broker().ensureTopics(allTopics());
    await this.led(allTopics().map(({ name }) => this.prefix + name));
  }

  /** Makes a topic for a floor; answers its full name. */
  async floorTopic(name: string, partitions = 6): Promise<string> {
    const topic = `${this.prefix}floor.${name}`;
    const admin = await this.admin();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
    await this.led([topic]);
    return topic;
  }

  /** Starts a process of the bench; `flags` are node's. */
  async worker(name: string, file: string, settings: object = {}, flags: readonly string[] = []): Promise<Worker> {
    const logFile = join(this.servers.folder, 'logs', `${name}.log`);
    const worker = await Worker.start(name, file, { settings, logFile, flags });
    this.workers.push(worker);
    return worker;
  }

  /** Starts a service as `npm start` does, on a database made before; resolves when it is ready. */
  async service(name: ServiceName): Promise<{ pid: number; url: string }> {
    const { ready, ...service } = await this.begun(name);
    await ready;
    return service;
  }

  /** The same, at once: it is not `ready` before it has taken in what waits on its topics. */
  async begun(name: ServiceName): Promise<{ pid: number; url: string; ready: Promise<unknown> }> {
    const around = await this.surroundings();
    const { child, ready } = await startProcess(name, around);
    this.services.push(child);
    ready.catch(() => undefined);
    return { pid: child.pid, url: `http://127.0.0.1:${around.ports[name]}/graphql`, ready };
  }

  /** One more instance of a service that may run already, on a port of its own; resolves when it is ready. */
  async instance(name: ServiceName): Promise<{ pid: number }> {
    const around = await this.surroundings();
    const [port = 0] = await freePorts(1, randomInt(10_000, 30_000));
    const { child, ready } = await startProcess(name, { ...around, ports: { ...around.ports, [name]: port } });
    this.services.push(child);
    await ready;
    return { pid: child.pid };
  }

  /** A service inside a process of the bench, with the settings and flags that `npm start` gives it. */
  async serviceInside(name: ServiceName, file: string): Promise<Worker> {
    const around = await this.surroundings();
    const settings = { program: join(entry(name, this.servers.root), '..'), environment: environment(name, around) };
    return this.worker(name, file, settings, memoryFlags(name));
  }

  /** What the gateway would tell a service of who asks; it counts for so long. */
  identity(service: ServiceName, actor: string, life = '60s'): Promise<string> {
    return internalToken(this.keys, service, actor, { life });
  }

  /** Brings a database to a service's schema without starting the service. */
  async migrate(service: ServiceName, url: string): Promise<void> {
    const around = await this.surroundings();
    const env = { ...environment(service, around), DATABASE_URL: url };
    const { code, stderr } = await run(process.execPath, [entry(service, this.servers.root), 'migrate'], { env });
    if (code !== 0) throw new Error(`${service} could not migrate: ${stderr}`);
  }

  /** Ends what was started, and removes the databases and topics. */
  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all(this.services.map((child) => child.stop(5000)));
    const admin = await this.admin();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(this.prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => undefined);
    await Promise.allSettled(this.ends.map((end) => end()));
    for (const name of this.databases) await this.onServer(`drop database if exists "${name}" with (force)`);
  }

  /** Waits until every partition has a leader: the broker says so a moment before it is one. */
  private async led(topics: readonly string[]): Promise<void> {
    const admin = await this.admin();
    const ask = () => Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    await until(ask, { within: 30_000, every: 100, otherwise: 'The topics had no leader' });
  }

  private async surroundings(): Promise<Surroundings> {
    const { root, folder, databaseUrl: serverUrl } = this.servers;
    if (!this.ports) {
      const free = await freePorts(serviceNames.length, randomInt(10_000, 30_000));
      this.ports = Object.fromEntries(serviceNames.map((name, i) => [name, free[i]])) as Surroundings['ports'];
    }
    const settings = {
      host: '127.0.0.1',
      gatewayPort: 0,
      servicesPort: 0,
      postgresPort: 0,
      kafkaPort: 0,
      logLevel: 'info',
      dataFolder: folder,
      topicPrefix: this.prefix,
      demo: 'none' as const,
    };
    mkdirSync(join(folder, 'run'), { recursive: true });
    return { root, settings, keys: this.keys, serverUrl, brokerUrl: this.brokerUrl, ports: this.ports };
  }

  private async onServer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.servers.databaseUrl, application_name: 'bench' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
