import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * What the `int` suites stand on: TEST_DATABASE_URL (a PostgreSQL server on which tests make databases of their own) and
 * TEST_KAFKA_BROKERS. They are DATABASE_URL and KAFKA_BROKERS where those are set, else servers of this run alone.
 */
export default async function setUp(globalConfig) {
  const { DATABASE_URL, KAFKA_BROKERS } = process.env;
  if (DATABASE_URL) process.env.TEST_DATABASE_URL = DATABASE_URL;
  if (KAFKA_BROKERS) process.env.TEST_KAFKA_BROKERS = KAFKA_BROKERS;
  const wanted = {
    postgres: !DATABASE_URL,
    kafka: !KAFKA_BROKERS && someSuiteNeedsKafka(globalConfig.testPathPatterns?.patterns ?? []),
  };

  const built = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'deploy/local'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`deploy/local does not compile:\n${built.stdout}`);
  const { startThrowaway } = await import('../deploy/local/dist/throwaway.js');
  const servers = await startThrowaway({ ...wanted, cacheFolder: join(root, '.local/cache') });
  process.env.TEST_DATABASE_URL ??= servers.databaseUrl;
  if (servers.brokers) process.env.TEST_KAFKA_BROKERS = servers.brokers;

  globalThis.stopTestServers = servers.stop;
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => servers.stop().finally(() => process.exit(1)));
}

function someSuiteNeedsKafka(patterns) {
  const selected = new RegExp(patterns.map((pattern) => `(?:${pattern})`).join('|'), 'i');
  return ['libs', 'services', 'gateway', 'deploy', 'tools'].some((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((file) => file.endsWith('.int-spec.ts') && selected.test(join(root, folder, file)))
      .some((file) => /kafka/i.test(readFileSync(join(root, folder, file), 'utf8'))),
  );
}
