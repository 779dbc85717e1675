import { createHash, hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { OpsFailure } from './failure.js';

/** A table as it lies in a backup. */
export interface SavedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** SHA-256 of its rows as PostgreSQL copies them out, before they are packed. */
  readonly sha256: string;
}

/** A database as it lies in a backup: as it was at one moment. */
export interface SavedDatabase {
  /** When that moment was. */
  readonly at: string;
  /** What had been done to its schema, in order: rows go into that schema and no other. */
  readonly migrations: readonly string[];
  /** Parts of tables, which are made while a service runs. */
  readonly parts: readonly {
    readonly name: string;
    readonly of: string;
    readonly bound: string;
    /** Those of its own. */
    readonly triggers: readonly string[];
  }[];
  /** In an order in which what a row names is there before it. */
  readonly tables: readonly SavedTable[];
  /** The last value that each sequence gave. */
  readonly sequences: Readonly<Record<string, number>>;
}

const MIGRATIONS = 'migration';
const tablesThere = `
  select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns,
    (select array_agg(distinct f.confrelid::regclass::text) from pg_constraint f
      where f.conrelid = c.oid and f.contype = 'f' and not f.condeferrable and f.confrelid <> c.oid) as needs
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  group by c.oid, c.relname order by c.relname`;
const partsThere = `
  select c.relname as name, i.inhparent::regclass::text as of, pg_get_expr(c.relpartbound, c.oid) as bound,
    (select coalesce(json_agg(pg_get_triggerdef(t.oid)), '[]') from pg_trigger t
      where t.tgrelid = c.oid and not t.tgisinternal and t.tgparentid = 0) as triggers
  from pg_class c join pg_inherits i on i.inhrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relispartition order by c.relname`;
const sequencesThere = `
  select sequencename as name, last_value as value from pg_sequences where schemaname = 'public' and last_value is not null`;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const fileOf = (folder: string, { name }: Pick<SavedTable, 'name'>) => join(folder, `${name}.copy.gz`);
const copiedOut = ({ name, columns }: Pick<SavedTable, 'name' | 'columns'>) =>
  `copy (select ${columns.map(quoted).join(', ')} from ${quoted(name)}) to stdout`;

/** Copies a database into a folder, all of its tables as they are at one moment. Nobody waits for it. */
export function saveDatabase(url: string, folder: string): Promise<SavedDatabase> {
  return connected(url, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const { rows: moment } = await client.query<{ at: Date }>('select now() as at');
    const migrations = await migrationsOf(client);
    const { rows: parts } = await client.query<SavedDatabase['parts'][number]>(partsThere);
    const tables: SavedTable[] = [];
    for (const table of await inOrder(client)) {
      const { rows, sha256 } = await copyOut(client, table, createGzip(), createWriteStream(fileOf(folder, table)));
      tables.push({ ...table, rows, sha256 });
    }
    // Not of that moment: what was given since then must not be given again.
    const { rows: sequences } = await client.query<{ name: string; value: string }>(sequencesThere);
    await client.query('commit');
    return {
      ...{ at: moment[0]!.at.toISOString(), migrations, parts, tables },
      sequences: Object.fromEntries(sequences.map(({ name, value }) => [name, Number(value)])),
    };
  });
}

/**
 * Brings a backup into a database that has its schema and nothing else, as one transaction, and compares what is there then
 * with what was saved. Throws OpsFailure where the schema is another, a file is not whole or something differs.
 */
export function loadDatabase(url: string, folder: string, saved: SavedDatabase): Promise<void> {
  return connected(url, async (client) => {
    const migrations = await migrationsOf(client);
    if (migrations.join() !== saved.migrations.join())
      throw new OpsFailure(
        `The backup is of a schema with ${saved.migrations.length} migrations, up to ${saved.migrations.at(-1)}; this build makes one with ${migrations.length}, up to ${migrations.at(-1)}. Restore with the build of that time, and upgrade then.`,
      );
    await client.query('begin');
    await client.query('set constraints all deferred');
    const there = new Set((await client.query<{ name: string }>(partsThere)).rows.map(({ name }) => name));
    for (const { name, of, bound, triggers } of saved.parts) {
      if (there.has(name)) continue;
      await client.query(`create table ${quoted(name)} partition of ${quoted(of)} ${bound}`);
      for (const trigger of triggers) await client.query(trigger);
    }
    const tables = saved.tables.filter(({ name }) => name !== MIGRATIONS);
    await empty(client, tables);
    // What they keep in other tables is in the backup itself.
    const filling = (await client.query<{ of: string; trigger: string }>(triggersOfFilling)).rows;
    for (const { of, trigger } of filling)
      await client.query(`alter table ${quoted(of)} disable trigger ${quoted(trigger)}`);
    const brought = new Map<string, string>();
    for (const table of tables) {
      const columns = table.columns.map(quoted).join(', ');
      const into = client.query(copyFrom(`copy ${quoted(table.name)} (${columns}) from stdin`));
      const sums = new Sums();
      const file = createReadStream(fileOf(folder, table));
      await pipeline(file, createGunzip(), sums.through, into).catch((error: unknown) => {
        throw new OpsFailure(`${fileOf(folder, table)} cannot be brought in: ${(error as Error).message}.`);
      });
      if (sums.sha256() !== table.sha256)
        throw new OpsFailure(
          `${table.name} has ${into.rowCount} rows that are not the ${table.rows} of the backup: the file is damaged. Nothing was changed.`,
        );
      brought.set(table.name, sums.inAnyOrder());
    }
    for (const table of tables) {
      const { inAnyOrder } = await copyOut(client, table);
      if (inAnyOrder !== brought.get(table.name))
        throw new OpsFailure(
          `${table.name} has not the rows that were brought in: something on this server changes them. Nothing was changed.`,
        );
    }
    for (const { of, trigger } of filling)
      await client.query(`alter table ${quoted(of)} enable trigger ${quoted(trigger)}`);
    for (const [name, value] of Object.entries(saved.sequences))
      await client.query('select setval($1::regclass, $2)', [quoted(name), value]);
    await client.query('commit');
    await client.query('analyze');
  });
}

/** Triggers of ours that fire where rows come in. */
const triggersOfFilling = `select c.relname as of, t.tgname as trigger from pg_trigger t
  join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and not t.tgisinternal and t.tgparentid = 0 and t.tgtype & 4 <> 0`;

/** Whether there is anything of ours in a database, or the database at all. */
export async function isThere(url: string): Promise<boolean> {
  const { pathname } = new URL(url);
  return connected(serverOf(url), async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [pathname.slice(1)]);
    if (found.rowCount === 0) return false;
    return connected(url, async (own) => (await own.query(tablesThere)).rowCount !== 0);
  });
}

/** Makes a database where there is none of the name. */
export async function makeDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await connected(serverOf(url), async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${quoted(name)}`);
  });
}

function serverOf(url: string): string {
  const server = new URL(url);
  server.pathname = '/postgres';
  return server.href;
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'voronka-ops' });
  client.on('error', () => {});
  await client.connect();
  try {
    // A row is the same text on every server.
    await client.query(`set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'`);
    return await work(client);
  } finally {
    await client.end();
  }
}

async function migrationsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATIONS} order by id`);
  return rows.map(({ name }) => name).sort();
}

type Named = Pick<SavedTable, 'name' | 'columns'>;

/** Tables, those first that others name in a way that is checked row by row. */
async function inOrder(client: pg.Client): Promise<Named[]> {
  const { rows } = await client.query<Named & { needs: string[] | null }>(tablesThere);
  const placed = new Map<string, Named>();
  const place = ({ name, columns, needs }: (typeof rows)[number]): void => {
    if (placed.has(name)) return;
    for (const needed of needs ?? []) {
      const table = rows.find((other) => quoted(other.name) === needed || other.name === needed);
      if (table) place(table);
    }
    placed.set(name, { name, columns });
  };
  rows.forEach(place);
  return [...placed.values()];
}

/** What a migration has put in; a log that may not be emptied is empty. */
async function empty(client: pg.Client, tables: readonly Named[]): Promise<void> {
  const filled: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await client.query(`select from ${quoted(name)} limit 1`);
    if (rowCount) filled.push(quoted(name));
  }
  if (filled.length > 0) await client.query(`truncate ${filled.join(', ')} cascade`);
}

async function copyOut(client: pg.Client, table: Named, ...to: (Writable | NodeJS.ReadWriteStream)[]) {
  const rows = client.query(copyTo(copiedOut(table)));
  const sums = new Sums();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline([rows, sums.through, ...(to.length > 0 ? to : [nowhere])] as never);
  return { rows: rows.rowCount, sha256: sums.sha256(), inAnyOrder: sums.inAnyOrder() };
}

/** What rows come to while they pass, a line each. PostgreSQL keeps none in the order in which it was given them. */
class Sums {
  readonly through = new PassThrough().on('data', (chunk: Buffer) => this.take(chunk));
  private readonly file = createHash('sha256');
  /** The digests of all rows, added up. */
  private readonly all = new BigUint64Array(4);
  private rest = Buffer.alloc(0);

  sha256(): string {
    return this.file.digest('hex');
  }

  inAnyOrder(): string {
    return this.all.join();
  }

  private take(chunk: Buffer): void {
    this.file.update(chunk);
    let lines = Buffer.concat([this.rest, chunk]);
    for (let end = lines.indexOf('\n'); end >= 0; end = lines.indexOf('\n')) {
      const digest = hash('sha256', lines.subarray(0, end), 'buffer');
      for (const i of this.all.keys()) this.all[i]! += digest.readBigUInt64LE(8 * i);
      lines = lines.subarray(end + 1);
    }
    this.rest = lines;
  }
}
