import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka } from '../../../deploy/local/dist/kafka.js';
import { kafkaProgram } from '../../../deploy/local/dist/kafka-jars.js';
import { loadKeys } from '../../../deploy/local/dist/keys.js';
import { freePorts } from '../../../deploy/local/dist/ports.js';
import { startPostgres } from '../../../deploy/local/dist/postgres.js';
import { type Child, launch } from '../../../deploy/local/dist/process.js';
import {
  type ProcessName,
  type ServiceName,
  entry,
  environment,
  isHealthy,
  serviceNames,
} from '../../../deploy/local/dist/services.js';
import { Supervised } from '../../../deploy/local/dist/supervised.js';
import { type RunningSystem, startSystem } from '../../../deploy/local/dist/system.js';
import { Disk, unmountOrphans } from './disk.js';
import { Link } from './link.js';
import { claimPorts, WIDTH, type Slot } from './ports.js';

export { serviceNames, type ProcessName, type ServiceName };
/** Where in the slot of ports the services begin, and where second instances. */
const SERVICES = 8;
const SECONDS = 18;
/** Within which everything must be healthy again. */
const HEAL_MS = 60_000;

export const processNames: readonly ProcessName[] = [...serviceNames, 'gateway'];

/** A server of the system, behind a link that can be hurt. */
export interface Server {
  readonly supervised: Supervised;
  readonly link: Link;
  /** Undefined where this user may not mount one. */
  readonly disk: Disk | undefined;
}

/** The whole system as it is built, on a Kafka and a PostgreSQL of its own behind faulty links, in a temporary folder. */
export class Stage {
  readonly password = 'a password for torture';
  private readonly seconds = new Set<Child>();
  private readonly helpers = new Set<Child>();
  private secondPort = 0;

  private constructor(
    readonly folder: string,
    readonly root: string,
    readonly system: RunningSystem,
    readonly kafka: Server,
    readonly postgres: Server,
    private readonly settings: Parameters<typeof startSystem>[0]['settings'],
    private readonly notices: string[],
    private readonly slot: Slot,
  ) {}

  /** Rejects, leaving nothing running, when it does not come up or is called off. */
  static async set(root: string, say: (sentence: string) => void, calledOff: AbortSignal): Promise<Stage> {
    const program = await kafkaProgram(join(root, '.local', 'cache'), {
      onFetch: () => say('Maven fetches Kafka, this once'),
      signal: calledOff,
    });
    const folder = mkdtempSync(join(tmpdir(), 'voronka-torture-'));
    const notices: string[] = [];
    const notice = (sentence: string): void => void notices.push(sentence);
    const slot = await claimPorts();
    const [gatewayPort = 0, postgresPort = 0, kafkaPort = 0, postgresLink = 0, kafkaLink = 0] = await freePorts(
      5,
      slot.base,
    );
    const servicesPort = slot.base + SERVICES;
    const runFolder = join(folder, 'run-servers');
    mkdirSync(runFolder);
    mkdirSync(join(folder, 'clocks'));
    // For every process of the system, since they are given what we have.
    process.env['TORTURE_CLOCKS'] = join(folder, 'clocks');
    process.env['NODE_OPTIONS'] = `--import=${new URL('clock.js', import.meta.url).href}`;
    unmountOrphans();
    const disks = {
      kafka: Disk.mount(join(folder, 'disk-kafka')),
      postgres: Disk.mount(join(folder, 'disk-postgres')),
    };
    const keys = loadKeys(join(folder, 'keys'));
    const postgres = new Supervised(
      'PostgreSQL',
      () =>
        startPostgres({
          folder: join(disks.postgres?.folder ?? folder, 'postgres'),
          port: postgresPort,
          password: keys.postgresPassword,
          logFile: join(folder, 'logs', 'postgres.log'),
          runFolder,
        }),
      notice,
    );
    const kafka = new Supervised(
      'Kafka',
      () =>
        startKafka({
          ...program,
          folder: join(disks.kafka?.folder ?? folder, 'kafka'),
          port: kafkaPort,
          advertisedPort: kafkaLink,
          logFile: join(folder, 'logs', 'kafka.log'),
          runFolder,
        }),
      notice,
    );
    const servers = {
      kafka: { supervised: kafka, link: new Link(kafkaLink, kafkaPort), disk: disks.kafka },
      postgres: { supervised: postgres, link: new Link(postgresLink, postgresPort), disk: disks.postgres },
    };
    try {
      await Promise.all([postgres.start(), kafka.start(), servers.kafka.link.open(), servers.postgres.link.open()]);
      const settings = {
        host: '127.0.0.1',
        databaseUrl: `postgres://voronka:${keys.postgresPassword}@127.0.0.1:${postgresLink}/postgres`,
        kafkaBrokers: `127.0.0.1:${kafkaLink}`,
        ...{ gatewayPort, postgresPort, kafkaPort, servicesPort },
        logLevel: 'info',
        dataFolder: folder,
        topicPrefix: '',
        demo: 'none' as const,
      };
      const listener = { begin: () => undefined, done: () => undefined, notice };
      const system = await startSystem({ settings, root, listener, requireKafka: true, signal: calledOff });
      return new Stage(folder, root, system, servers.kafka, servers.postgres, settings, notices, slot);
    } catch (error) {
      await Promise.all([postgres.stop(3000), kafka.stop(3000)]);
      slot.release();
      for (const disk of Object.values(disks)) disk?.unmount();
      throw error;
    }
  }

  get brokers(): string {
    return this.settings.kafkaBrokers ?? '';
  }

  /** What the supervisor had to say since it was last asked. */
  news(): string[] {
    return this.notices.splice(0);
  }

  /** Another instance of a service comes; answers when it is ready, or after `withinMs`. */
  async second(name: ServiceName, withinMs: number): Promise<Child> {
    const port = this.slot.base + SECONDS + (this.secondPort++ % (WIDTH - SECONDS - 1));
    const ports = Object.fromEntries(serviceNames.map((service) => [service, port])) as Record<ServiceName, number>;
    const { settings, root } = this;
    const keys = loadKeys(join(this.folder, 'keys'));
    const serverUrl = settings.databaseUrl ?? '';
    const around = { root, settings, keys, serverUrl, ports, brokerUrl: `kafka://${this.brokers}` };
    const child = await launch({
      name: `${name}-second`,
      file: process.execPath,
      args: [entry(name, root)],
      env: environment(name, around),
      logFile: join(this.folder, 'logs', `${name}-second.log`),
      runFolder: join(this.folder, 'run'),
    });
    this.seconds.add(child);
    const until = Date.now() + withinMs;
    while (Date.now() < until && !(await isHealthy(`http://127.0.0.1:${port}/health/ready`))) await sleep(100);
    return child;
  }

  /** Starts a program of ours beside the system, for as long as that stands. */
  async helper(name: string, args: readonly string[]): Promise<void> {
    const child = await launch({
      name,
      file: process.execPath,
      args,
      env: process.env,
      logFile: join(this.folder, 'logs', `${name}.log`),
      runFolder: join(this.folder, 'run'),
    });
    this.helpers.add(child);
  }

  /** Brings back what a fault took away; answers what did not come back. */
  async heal(): Promise<string[]> {
    this.thaw();
    for (const child of this.seconds) await child.stop(4000);
    this.seconds.clear();
    for (const { supervised, link } of [this.kafka, this.postgres]) {
      await link.open();
      await supervised.start();
    }
    for (const name of processNames) await this.system.process(name).start();
    const names = processNames.map((name) =>
      this.system.healthy(name, HEAL_MS).then(
        () => [],
        () => [`${name} is not healthy ${HEAL_MS / 1000} s after healing`],
      ),
    );
    return (await Promise.all(names)).flat();
  }

  /** By how many milliseconds the clock of a process is off, from now on. */
  shiftClock(name: ProcessName, ms: number): void {
    writeFileSync(join(this.folder, 'clocks', name), String(ms));
    signal(this.system.process(name).pid, 'SIGUSR2');
  }

  private thaw(): void {
    for (const name of processNames) signal(this.system.process(name).pid, 'SIGCONT');
    for (const pid of family(this.postgres.supervised.pid)) signal(pid, 'SIGCONT');
    signal(this.kafka.supervised.pid, 'SIGCONT');
  }

  /** Ends everything; `atOnce` asks nobody to leave in peace. */
  async end({ keep, atOnce }: { keep: boolean; atOnce: boolean }): Promise<void> {
    this.thaw();
    if (atOnce) for (const name of processNames) signal(this.system.process(name).pid, 'SIGKILL');
    const grace = atOnce ? 0 : 8000;
    for (const child of [...this.seconds, ...this.helpers]) await child.stop(atOnce ? 0 : 2000);
    await this.system.stop();
    await Promise.all([this.kafka.link.close(), this.postgres.link.close()]);
    await Promise.all([this.kafka.supervised.stop(grace), this.postgres.supervised.stop(grace)]);
    this.slot.release();
    for (const [name, { disk }] of Object.entries({ kafka: this.kafka, postgres: this.postgres }))
      disk?.unmount(keep ? join(this.folder, `kept-${name}`) : undefined);
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number | null, name: NodeJS.Signals): void {
  if (pid === null) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}

/** A process and those that it started. */
export function family(pid: number | null): number[] {
  if (pid === null) return [];
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return [pid, ...all.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []))];
}

/** Waits for a condition; rejects with the sentence when it does not come true. */
export async function until(is: () => boolean | Promise<boolean>, withinMs: number, otherwise: string): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`${otherwise} within ${withinMs / 1000} s`);
    await sleep(100);
  }
}
