import { randomInt } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@voronka/testing';
import pg from 'pg';
import { freePorts } from '../src/ports.js';
import { birth } from '../src/process.js';
import type { Settings } from '../src/settings.js';
import { type RunningSystem, type SystemOptions, startSystem } from '../src/system.js';
import { layOutTinyRoot } from './tiny-root.js';

jest.setTimeout(60_000);

let root: string;
let settings: Settings;
let running: RunningSystem[];
let said: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'voronka-tiny-'));
  layOutTinyRoot(root);
  const [gatewayPort = 0, postgresPort = 0, kafkaPort = 0, servicesPort = 0] = await freePorts(
    4,
    randomInt(10_000, 30_000),
  );
  settings = {
    host: '127.0.0.1',
    gatewayPort,
    postgresPort,
    kafkaPort,
    servicesPort,
    logLevel: 'info',
    dataFolder: join(root, 'data'),
    topicPrefix: '',
    demo: 'none',
    kafkaBrokers: process.env.TEST_KAFKA_BROKERS ?? '',
  };
  running = [];
  said = [];
});

afterEach(async () => {
  await Promise.all(running.map((system) => system.stop()));
  for (const name of ['DEAF', 'BROKEN', 'JAVA_HOME']) delete process.env[name];
  rmSync(root, { recursive: true });
});

async function start(options: Partial<SystemOptions> = {}): Promise<RunningSystem> {
  const listener = {
    begin: () => undefined,
    done: () => undefined,
    notice: (sentence: string) => void said.push(sentence),
  };
  const system = await startSystem({ settings, root, durable: false, listener, ...options });
  running.push(system);
  return system;
}

/** The processes that are noted down as running. */
function noted(): { pid: number; born: string }[] {
  const folder = join(settings.dataFolder, 'run');
  return readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { pid: number; born: string },
  );
}
const alive = (processes: { pid: number; born: string }[]) => processes.filter(({ pid, born }) => birth(pid) === born);
const log = (name: string) => readFileSync(join(settings.dataFolder, 'logs', `${name}.log`), 'utf8');

describe('a running system', () => {
  it('has a database for each service, and tells the first administrator once', async () => {
    const system = await start();
    const client = new pg.Client({ connectionString: system.databaseUrl('deals') });
    await client.connect();
    const { rows } = await client.query("select datname from pg_database where datname like 'voronka_%' order by 1");
    await client.end();
    expect(rows).toHaveLength(6);
    expect(system.administrator).toEqual({ email: 'first@example.org', password: 'told once' });

    await system.stop();
    const again = await start();
    expect(again.administrator).toEqual({ email: 'first@example.org', password: null });
  });

  it('starts a killed process again and says so', async () => {
    const system = await start();
    const before = system.process('deals').pid;
    await system.process('deals').kill();
    await eventually(() => said.includes('deals is back'), { within: 10_000 });
    expect(system.process('deals').pid).not.toBe(before);
    expect(said[0]).toBe('deals ended (SIGKILL); it is started again in 0.5 s');
  });

  it('leaves a process alone that was stopped on purpose, until it is started again', async () => {
    const system = await start();
    await system.process('leads').stop();
    expect(system.process('leads').pid).toBeNull();
    await system.process('leads').start();
    await system.healthy('leads');
    expect(said).toEqual([]);
  });

  it('keeps what was committed when PostgreSQL is killed', async () => {
    const system = await start({ durable: true });
    const query = async (text: string) => {
      const client = new pg.Client({ connectionString: system.databaseUrl('leads') });
      client.on('error', () => undefined);
      await client.connect();
      return client.query(text).finally(() => client.end());
    };
    await query('create table kept as select 1 as one');
    await system.postgres?.kill();
    await eventually(() => said.includes('PostgreSQL is back'), { within: 20_000 });
    const { rows } = await query('select one from kept');
    expect(rows).toEqual([{ one: 1 }]);
  });

  it('is not started a second time on the same data', async () => {
    await start();
    await expect(start()).rejects.toThrow(/running on .* already .*VORONKA_DATA/);
  });
});

describe('a stop', () => {
  it('lets every process end by itself, and leaves none', async () => {
    const system = await start();
    const processes = noted();
    await system.stop();
    expect(processes).toHaveLength(8);
    expect(alive(processes)).toEqual([]);
    expect(log('leads')).toContain('stopped as told');
    expect(log('postgres')).toContain('database system is shut down');
  });

  it('kills what does not listen, within ten seconds', async () => {
    process.env.DEAF = 'tasks';
    const system = await start();
    const processes = noted();
    const began = Date.now();
    await system.stop();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(alive(processes)).toEqual([]);
  });

  it('that comes during the start ends what had been started', async () => {
    const calledOff = new AbortController();
    const starting = startSystem({ settings, root, durable: false, signal: calledOff.signal });
    const processes = await eventually(() => alive(noted()).length > 0 && noted(), { within: 20_000 });
    calledOff.abort();
    await expect(starting).rejects.toThrow();
    expect(alive(processes)).toEqual([]);
    expect(noted()).toEqual([]);
  });
});

describe('a start that fails', () => {
  it('says which service it was and why, and leaves nothing running', async () => {
    process.env.BROKEN = 'accounts';
    await expect(start()).rejects.toThrow(/^accounts did not start \(.*it is broken\): see .*accounts\.log\.$/);
    expect(noted()).toEqual([]);
  });

  it('names the setting of a port in use', async () => {
    const other = createServer().listen(settings.gatewayPort, '127.0.0.1');
    await expect(start()).rejects.toThrow(
      `Port ${settings.gatewayPort} is in use: stop what listens on it, or set GATEWAY_PORT`,
    );
    await new Promise((resolve) => other.close(resolve));
  });

  it('names DATABASE_URL when that server does not answer', async () => {
    const [port] = await freePorts(1);
    settings.databaseUrl = `postgres://me:pw@127.0.0.1:${port}/postgres`;
    await expect(start()).rejects.toThrow(/ECONNREFUSED.*set DATABASE_URL to a server that runs/);
  });

  it('can be tried again on the same data', async () => {
    process.env.BROKEN = 'accounts';
    await expect(start()).rejects.toThrow('accounts did not start');
    delete process.env.BROKEN;
    const system = await start();
    await system.healthy('accounts');
    expect(alive(noted())).toHaveLength(8);
  });
});

describe('what a killed supervisor left running', () => {
  it('is ended by the next start', async () => {
    const script = `
      import { startSystem } from ${JSON.stringify(join(process.cwd(), 'deploy/local/dist/system.js'))};
      await startSystem({ settings: ${JSON.stringify(settings)}, root: ${JSON.stringify(root)}, durable: false });
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    const orphans = alive(noted());

    await start();
    expect(orphans).toHaveLength(8);
    expect(alive(orphans)).toEqual([]);
    expect(said[0]).toMatch(/^Ended what an earlier run had left running: accounts, /);
  });
});

describe('without Java', () => {
  beforeEach(() => {
    delete settings.kafkaBrokers;
    process.env.JAVA_HOME = '/nowhere';
  });

  it('the events are kept in PostgreSQL, and one line says so and how to get Kafka', async () => {
    const system = await start();
    const health = await fetch(new URL('/health/ready', system.gatewayUrl));
    expect(health.ok).toBe(true);
    expect(system.broker).toBe('postgres');
    expect(log('postgres')).toContain('ready to accept connections');
    expect(said).toEqual([
      expect.stringMatching(/^Events are kept in PostgreSQL instead of Kafka: Java is missing: install Java 17/),
    ]);
  });

  it('data that began so stays so when Java comes', async () => {
    await (await start()).stop();
    delete process.env.JAVA_HOME;
    const system = await start();
    expect(system.broker).toBe('postgres');
    expect(said.at(-1)).toContain('npm run reset begins anew');
  });

  it('a start that needs Kafka is refused', async () => {
    await expect(start({ requireKafka: true })).rejects.toThrow('Java is missing');
  });
});
