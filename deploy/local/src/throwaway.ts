import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from './kafka.js';
import { kafkaProgram } from './kafka-jars.js';
import { freePorts } from './ports.js';
import { startPostgres } from './postgres.js';
import { birth, endOrphans } from './process.js';

const PREFIX = 'voronka-test-';

export interface Throwaway {
  databaseUrl?: string;
  brokers?: string;
  /** Ends the servers and removes their data. */
  stop(): Promise<void>;
}

/** A PostgreSQL and, when asked for, a Kafka of their own for one run of tests: free ports, a temporary folder, no waiting for the disk. */
export async function startThrowaway(wanted: {
  postgres: boolean;
  kafka: boolean;
  cacheFolder: string;
}): Promise<Throwaway> {
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  const runFolder = join(folder, 'run');
  mkdirSync(runFolder);
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, born: birth(process.pid) }));
  const stop = async (): Promise<void> => {
    await endOrphans(runFolder);
    rmSync(folder, { recursive: true, force: true });
  };

  // Below the ports of outgoing connections, which could take one before it is listened on.
  const [postgresPort = 0, kafkaPort = 0] = await freePorts(2, randomInt(10_000, 30_000));
  const postgres = async (): Promise<string> => {
    const server = await startPostgres({
      folder: join(folder, 'postgres'),
      port: postgresPort,
      password: randomBytes(12).toString('hex'),
      logFile: join(folder, 'postgres.log'),
      runFolder,
      durable: false,
    });
    await server.ready;
    return server.url;
  };
  const kafka = async (): Promise<string> => {
    const program = await kafkaProgram(wanted.cacheFolder);
    const server = await startKafka({
      ...program,
      folder: join(folder, 'kafka'),
      port: kafkaPort,
      logFile: join(folder, 'kafka.log'),
      runFolder,
    });
    await server.ready;
    return server.broker;
  };
  const started = await Promise.allSettled([
    wanted.postgres ? postgres() : undefined,
    wanted.kafka ? kafka() : undefined,
  ]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [databaseUrl, brokers] = started.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  return { ...(databaseUrl === undefined ? {} : { databaseUrl }), ...(brokers === undefined ? {} : { brokers }), stop };
}

/** Ends and removes what a run of tests that was killed has left behind. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    try {
      const owner = JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')) as { pid: number; born: string };
      if (birth(owner.pid) === owner.born) continue;
      await endOrphans(join(folder, 'run'));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Just being made, or being removed, by another run.
    }
  }
}
