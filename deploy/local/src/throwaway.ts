import { randomBytes } from 'node:crypto';
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

  const [postgresPort = 0, kafkaPort = 0] = await freePorts(2);
  const started = await Promise.allSettled([
    wanted.postgres
      ? startPostgres({
          folder: join(folder, 'postgres'),
          port: postgresPort,
          password: randomBytes(12).toString('hex'),
          logFile: join(folder, 'postgres.log'),
          runFolder,
          durable: false,
        })
      : undefined,
    wanted.kafka
      ? kafkaProgram(wanted.cacheFolder)
          .then((program) =>
            startKafka({
              ...program,
              folder: join(folder, 'kafka'),
              port: kafkaPort,
              logFile: join(folder, 'kafka.log'),
              runFolder,
            }),
          )
          .then(async (kafka) => kafka.ready.then(() => kafka))
      : undefined,
  ] as const);
  const [postgres, kafka] = started;
  if (postgres.status === 'rejected' || kafka.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (kafka as PromiseRejectedResult).reason;
  }
  return { databaseUrl: postgres.value?.url, brokers: kafka.value?.broker, stop };
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
