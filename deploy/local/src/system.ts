import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findAdministrator } from './administrator.js';
import { type BrokerChoice, brokerUrl, chooseBroker } from './broker.js';
import { StartFailure } from './failure.js';
import { startKafka } from './kafka.js';
import { anyAnswers } from './kafka-ready.js';
import { type Keys, loadKeys } from './keys.js';
import { lock } from './lock.js';
import { trimLogs } from './logs.js';
import { freePorts, requireFree } from './ports.js';
import { createDatabases, startPostgres } from './postgres.js';
import { endOrphans } from './process.js';
import type { Control, Listener, RunningSystem, SystemOptions } from './running-system.js';
import {
  type ProcessName,
  type ServiceName,
  type Surroundings,
  databaseName,
  databaseUrlOf,
  healthUrl,
  isHealthy,
  metricsPort,
  processNames,
  reachable,
  serviceNames,
  startProcess,
} from './services.js';
import { readState, writeState } from './state.js';
import { Supervised } from './supervised.js';

export type { Control, Listener, RunningSystem, SystemOptions };

const NEEDED_MEGABYTES = 300;
/** All of a stop, with half a second to spare for the last kill. */
const STOP_MS = 9500;
const GRACE_MS = { gateway: 2000, service: 3500, server: 3500 };
const SILENT: Listener = { begin: () => undefined, done: () => undefined, notice: () => undefined };

/** Starts the whole system and resolves when all of it is healthy. When something fails, nothing is left running and it rejects with a StartFailure. */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const { settings, listener = SILENT } = options;
  mkdirSync(join(settings.dataFolder, 'run'), { recursive: true });
  requireRoom(settings.dataFolder);
  const unlock = lock(settings.dataFolder, 'first');
  const system = new System(options, listener, unlock);
  try {
    await system.bringUp();
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

class System implements RunningSystem {
  administrator: RunningSystem['administrator'] = { email: null, password: null };
  broker: BrokerChoice['kind'] = 'postgres';
  #kafka: Supervised | null = null;
  #brokerAnswers: Promise<void> = Promise.resolve();
  #postgres: Supervised | null = null;
  readonly #processes = new Map<ProcessName, Supervised>();
  /** Aborted when the start is called off or fails: whatever is under way then ends. */
  readonly #ending = new AbortController();
  readonly #signal = this.#ending.signal;
  #around!: Surroundings;
  #trimming: NodeJS.Timeout;

  constructor(
    private readonly options: SystemOptions,
    private readonly listener: Listener,
    private readonly unlock: () => void,
  ) {
    options.signal?.addEventListener('abort', () => this.#callOff());
    if (options.signal?.aborted) this.#callOff();
    this.#trimming = setInterval(() => trimLogs(this.#path('logs')), 30_000).unref();
  }

  get gatewayUrl(): string {
    const { host, gatewayPort } = this.options.settings;
    return `http://${reachable(host)}:${gatewayPort}/graphql`;
  }

  get brokers(): string | null {
    return this.broker === 'postgres' ? null : this.#around.brokerUrl.slice('kafka://'.length);
  }

  get kafka(): Control | null {
    return this.#kafka && control(this.#kafka, GRACE_MS.server);
  }

  get postgres(): Control | null {
    return this.#postgres && control(this.#postgres, GRACE_MS.server);
  }

  databaseUrl(of: ServiceName | 'bus'): string {
    return databaseUrlOf(of, this.#around);
  }

  serviceUrl(of: ServiceName): string {
    return `http://127.0.0.1:${this.#around.ports[of]}/graphql`;
  }

  process(name: ProcessName): Control {
    const found = this.#processes.get(name);
    if (!found) throw new Error(`There is no process ${name}`);
    return control(found, GRACE_MS.service);
  }

  async healthy(name: ProcessName, withinMs = 30_000): Promise<void> {
    const until = Date.now() + withinMs;
    while (!(await isHealthy(healthUrl(name, this.#around)))) {
      if (Date.now() > until) throw new Error(`${name} was not healthy within ${withinMs} ms`);
      await delay(50);
    }
  }

  async bringUp(): Promise<void> {
    const { settings, root } = this.options;
    const ended = await endOrphans(this.#path('run'));
    if (ended.length > 0) this.listener.notice(`Ended what an earlier run had left running: ${ended.join(', ')}`);
    const ports = await this.#ports();
    const keys = loadKeys(this.#path('keys'));

    const [serverUrl, choice] = await this.#together([this.#startPostgres(keys), this.#choose()]);
    this.broker = choice.kind;
    this.#around = { root, settings, keys, serverUrl, ports, brokerUrl: brokerUrl(choice, settings, serverUrl) };
    if (choice.kind === 'postgres') await createDatabases(serverUrl, [databaseName('bus')]);
    const processes = [...serviceNames, 'gateway' as const].map((name) => this.#startProcess(name));
    const administrator = findAdministrator(this.#around, this.#signal);
    [this.administrator] = await this.#together([administrator, this.#brokerAnswers, ...processes]);
  }

  async stop(): Promise<void> {
    clearInterval(this.#trimming);
    this.#ending.abort();
    await this.#stopProcesses();
    await this.#brokerAnswers.catch(() => undefined);
    this.unlock();
  }

  /** Waits for all of it; when one part fails the others are called off, and have ended before this rejects. */
  async #together<const T extends readonly Promise<unknown>[]>(
    parts: T,
  ): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
    try {
      return await Promise.all(parts);
    } catch (error) {
      this.#callOff();
      await Promise.allSettled(parts);
      throw error;
    }
  }

  #callOff(): void {
    this.#ending.abort();
    void this.#stopProcesses();
  }

  async #stopProcesses(): Promise<void> {
    const until = Date.now() + STOP_MS;
    await this.#processes.get('gateway')?.stop(GRACE_MS.gateway);
    await Promise.all([...this.#processes.values()].map((service) => service.stop(GRACE_MS.service)));
    const left = until - Date.now();
    await Promise.all([this.#kafka?.stop(left), this.#postgres?.stop(left)]);
  }

  async #ports(): Promise<Surroundings['ports']> {
    const {
      host,
      gatewayPort,
      postgresPort,
      kafkaPort,
      databaseUrl: server,
      kafkaBrokers,
      servicesPort,
    } = this.options.settings;
    const metrics = processNames.flatMap((name) => metricsPort(name, this.options.settings) || []);
    if (new Set([gatewayPort, postgresPort, kafkaPort]).size < 3)
      throw new StartFailure(
        'GATEWAY_PORT, POSTGRES_PORT and KAFKA_PORT have to differ: set one of them to another port.',
      );
    await requireFree('GATEWAY_PORT', host, gatewayPort);
    if (server === undefined) await requireFree('POSTGRES_PORT', '127.0.0.1', postgresPort);
    if (kafkaBrokers === undefined) await requireFree('KAFKA_PORT', '127.0.0.1', kafkaPort);
    for (const port of metrics) await requireFree('METRICS_PORT', '127.0.0.1', port);
    const spokenFor = [gatewayPort, postgresPort, kafkaPort, ...metrics];
    const ports = await freePorts(serviceNames.length, servicesPort, spokenFor);
    return Object.fromEntries(serviceNames.map((name, index) => [name, ports[index]])) as Surroundings['ports'];
  }

  async #startPostgres(keys: Keys): Promise<string> {
    const { settings, durable = true } = this.options;
    const { elsewhere = {} } = settings;
    const names = serviceNames.filter((name) => !elsewhere[name]).map(databaseName);
    if (settings.databaseUrl !== undefined) {
      await createDatabases(settings.databaseUrl, names);
      this.listener.done('PostgreSQL', 'given by DATABASE_URL');
      return settings.databaseUrl;
    }
    this.#signal.throwIfAborted();
    this.listener.begin('PostgreSQL');
    let url = '';
    this.#postgres = this.#supervised('PostgreSQL', async () => {
      const started = await startPostgres({
        folder: this.#path('postgres'),
        port: settings.postgresPort,
        password: keys.postgresPassword,
        logFile: this.#path('logs', 'postgres.log'),
        runFolder: this.#path('run'),
        durable,
        signal: this.#signal,
      });
      url = started.url;
      return started;
    });
    await this.#postgres.start();
    await createDatabases(url, names);
    this.listener.done('PostgreSQL', `127.0.0.1:${settings.postgresPort}`);
    return url;
  }

  /** Chooses the broker and sets a Kafka of our own going, without waiting for it. */
  async #choose(): Promise<BrokerChoice> {
    const { settings, requireKafka, root } = this.options;
    const { dataFolder } = settings;
    const choice = await chooseBroker(settings, readState(dataFolder), {
      cacheFolder: join(root, '.local', 'cache'),
      onFetch: () => this.listener.begin('Kafka, which Maven fetches this once'),
      signal: this.#signal,
    });
    this.#signal.throwIfAborted();
    if (choice.kind === 'postgres' && requireKafka) throw new StartFailure(choice.because);
    writeState(dataFolder, { ...readState(dataFolder), broker: choice.kind });
    this.#brokerAnswers = this.#startBroker(choice);
    this.#brokerAnswers.catch(() => undefined);
    return choice;
  }

  async #startBroker(choice: BrokerChoice): Promise<void> {
    const { settings } = this.options;
    if (choice.kind === 'postgres')
      return this.listener.notice(`Events are kept in PostgreSQL instead of Kafka: ${choice.because}`);
    this.listener.begin('Kafka');
    if (choice.kind === 'given') {
      const until = Date.now() + 15_000;
      while (!(await anyAnswers(choice.brokers))) {
        this.#signal.throwIfAborted();
        if (Date.now() > until)
          throw new StartFailure(
            `No Kafka answers at ${choice.brokers}: start it, or set KAFKA_BROKERS to where it is.`,
          );
        await delay(200);
      }
      return this.listener.done('Kafka', 'given by KAFKA_BROKERS');
    }
    this.#kafka = this.#supervised('Kafka', () =>
      startKafka({
        ...choice.program,
        folder: this.#path('kafka'),
        port: settings.kafkaPort,
        logFile: this.#path('logs', 'kafka.log'),
        runFolder: this.#path('run'),
        signal: this.#signal,
      }),
    );
    await this.#kafka.start();
    this.listener.done('Kafka', `127.0.0.1:${settings.kafkaPort}`);
  }

  async #startProcess(name: ProcessName): Promise<void> {
    this.#signal.throwIfAborted();
    this.listener.begin(name);
    const supervised = this.#supervised(name, () => startProcess(name, this.#around));
    this.#processes.set(name, supervised);
    await supervised.start();
    this.listener.done(name);
  }

  #supervised(name: string, launch: ConstructorParameters<typeof Supervised>[1]): Supervised {
    return new Supervised(name, launch, (sentence) => this.listener.notice(sentence));
  }

  #path(...parts: string[]): string {
    return join(this.options.settings.dataFolder, ...parts);
  }
}

function control(supervised: Supervised, graceMs: number): Control {
  return {
    get pid() {
      return supervised.pid;
    },
    stop: () => supervised.stop(graceMs),
    start: () => supervised.start(),
    kill: () => supervised.kill(),
  };
}

function requireRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 2 ** 20);
  if (megabytes < NEEDED_MEGABYTES)
    throw new StartFailure(
      `There are ${megabytes} MB free on the disk of ${folder}, and ${NEEDED_MEGABYTES} are needed: free some, or set VORONKA_DATA to a folder on another disk.`,
    );
}
