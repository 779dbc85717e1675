import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { monotonic } from './clock.js';
import { distributionOf } from './latency.js';
import { kafkaVersion, type Servers } from './servers.js';

/** What the figures were taken on and with: figures of two machines are not to be compared. */
export interface Conditions {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
];

export async function conditionsOf(servers: Servers): Promise<Conditions> {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  try {
    const { rows: version } = await client.query<{ server_version: string }>('show server_version');
    const { rows: settings } = await client.query<{ name: string; setting: string }>(
      'select name, current_setting(name) as setting from pg_settings where name = any($1) order by name',
      [SETTINGS],
    );
    return {
      machine: {
        cores: cpus().length,
        cpu: cpus()[0]?.model ?? 'unknown',
        'memory, GiB': Math.round(totalmem() / 2 ** 30),
        system: `${type()} ${release()}`,
        'fdatasync of 8 KiB, p50 ms': syncMs(servers.folder),
      },
      versions: {
        commit: commitOf(servers.root),
        node: process.versions.node,
        postgresql: version[0]?.server_version ?? 'unknown',
        kafka: kafkaVersion,
        kafkajs: versionOf(servers.root, 'kafkajs'),
        pg: versionOf(servers.root, 'pg'),
      },
      settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
    };
  } finally {
    await client.end();
  }
}

/** How long the disk under the data takes to keep a page: what every commit waits for. */
function syncMs(folder: string): number {
  const path = join(folder, 'sync-probe');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(8192, 1);
  const took = Array.from({ length: 200 }, () => {
    const began = monotonic();
    writeSync(file, page);
    fdatasyncSync(file);
    return monotonic() - began;
  });
  closeSync(file);
  rmSync(path);
  return distributionOf(took).p50;
}

function commitOf(root: string): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed ? ' with changes' : ''}`;
}

const versionOf = (root: string, name: string): string =>
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
