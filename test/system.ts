import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client as ClientType } from '../tools/import/src/client.js';
import type * as Ports from '../deploy/local/src/ports.js';
import type * as System from '../deploy/local/src/system.js';

const root = process.cwd();
/** What was built, as `npm start` runs it. */
const built = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(root, path)).href)) as T;

export interface SystemUnderTest {
  readonly system: System.RunningSystem;
  readonly administrator: ClientType;
  readonly dataFolder: string;
  /** Somebody who has signed in. */
  signIn(email: string, password: string): Promise<ClientType>;
  /** Stops everything and starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The whole system as `npm start` starts it, on ports and a data folder of its own, with no demonstration; with a real
 * Kafka unless it is to keep its events in PostgreSQL.
 */
export async function wholeSystem({
  broker,
  environment = {},
}: {
  broker?: 'kafka' | 'postgres';
  /** What the processes are told beside what every start tells them. */
  environment?: Record<string, string>;
} = {}): Promise<SystemUnderTest> {
  Object.assign(process.env, environment);
  const { startSystem } = await built<typeof System>('deploy/local/dist/system.js');
  const { freePorts } = await built<typeof Ports>('deploy/local/dist/ports.js');
  const { Client } = await built<{ Client: typeof ClientType }>('tools/import/dist/client.js');
  const dataFolder = mkdtempSync(join(tmpdir(), 'voronka-e2e-'));
  // Below the ports of outgoing connections, one of which could take a service's while that is being restarted.
  const [gatewayPort = 0, postgresPort = 0, kafkaPort = 0, servicesPort = 0] = await freePorts(
    4,
    randomInt(10_000, 30_000),
  );
  const settings = {
    host: '127.0.0.1',
    gatewayPort,
    postgresPort,
    kafkaPort,
    servicesPort,
    logLevel: 'info',
    dataFolder,
    topicPrefix: '',
    demo: 'none',
  } as const;
  // Data that began on one broker stays with it.
  if (broker === 'postgres') writeFileSync(join(dataFolder, 'state.json'), JSON.stringify({ broker }));
  const start = () => startSystem({ settings, root, requireKafka: broker !== 'postgres', durable: true });

  let system = await start();
  const { email, password } = system.administrator;
  const signIn = async (mail: string, secret: string) => {
    const client = new Client(system.gatewayUrl, mail, secret);
    await client.signIn();
    return client;
  };
  const administrator = await signIn(email ?? '', password ?? '');
  return {
    get system() {
      return system;
    },
    administrator,
    dataFolder,
    signIn,
    restart: async () => {
      await system.stop();
      system = await start();
    },
    stop: async () => {
      await system.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
