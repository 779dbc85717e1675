import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { allTopics } from '@voronka/contracts';
import { brokerFrom, brokerViewFrom, Database, type IncomingMessage } from '@voronka/messaging';
import { freshDatabase, type FreshDatabase } from '@voronka/testing';
import { backup, restore } from '../src/backup.js';
import { loadDatabase, saveDatabase } from '../src/backup-database.js';
import { System } from '../src/system.js';
import { History } from './history.js';
import { build, start } from './process.js';

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'voronka-backup-'));
const around = { environment: process.env, out: () => {}, complain: () => {} };
const names = ['old', 'new', 'damaged', 'counting', 'counted', 'oldLog', 'newLog'] as const;
const databases = new Map<(typeof names)[number], FreshDatabase>();
const urlOf = (name: (typeof names)[number]) => databases.get(name)!.url;
const systems: System[] = [];

/** A system whose identity has that database, and whose broker is that log. */
function systemOf(database: (typeof names)[number], log: (typeof names)[number]): System {
  const elsewhere = { identity: urlOf(database) };
  const system = new System({ databaseUrl: urlOf('old'), elsewhere, brokerUrl: urlOf(log), topicPrefix: '' });
  systems.push(system);
  return system;
}

async function run<R>(name: (typeof names)[number], text: string): Promise<R[]> {
  const database = new Database({ url: urlOf(name), max: 1 });
  try {
    return (await database.query<R>({ text })).rows;
  } finally {
    await database.close();
  }
}

async function messagesOn(name: (typeof names)[number]): Promise<object[]> {
  const view = brokerViewFrom(urlOf(name), { clientId: 'test' });
  const messages: object[] = [];
  const topics = allTopics().flatMap(({ cleanup, name: topic }) => (cleanup === 'delete' ? topic : []));
  const plain = ({ topic, partition, key, headers, value }: IncomingMessage) =>
    messages.push({ topic, partition, key, headers, value: String(value) });
  await view.read(await view.extents(topics), plain);
  await view.close();
  return messages;
}

const content = (name: (typeof names)[number]) =>
  run(
    name,
    `select (select json_agg(u order by id) from "user" u) as users, (select json_agg(t order by id) from team t) as teams,
      (select json_agg(a) from audit_entry a) as entries, (select json_agg(o) from outbox o) as outbox`,
  );

beforeAll(async () => {
  build('identity');
  for (const name of names) databases.set(name, await freshDatabase());
  const migrated = await start('identity', 'migrate', { DATABASE_URL: urlOf('old') }).ended;
  if (migrated !== 0) throw new Error('identity could not make its tables');
  await run(
    'old',
    `with u as (insert into "user" (id, version, created_at, updated_at, name, email, role_ids, active, password_hash, team_id)
        values ('01930000-0000-7000-8000-000000000001', 3, now(), now(), E'Tab\\t, back\\\\slash\\nand line', 'a@example.com', '{}',
          true, null, '01930000-0000-7000-8000-000000000002'))
      insert into team (id, version, created_at, updated_at, name, head_id)
        values ('01930000-0000-7000-8000-000000000002', 1, now(), now(), 'Sales', '01930000-0000-7000-8000-000000000001')`,
  );
  // In this order as they lie there; given them again, PostgreSQL puts short ones where longer ones left room.
  await run(
    'old',
    `insert into team (id, version, created_at, updated_at, name)
      select uuidv7(), 1, now(), now(), repeat('n', n * 7919 % 1500)
      from generate_series(1, 3000) n`,
  );
  await run('old', 'cluster team using team_pkey');
  await run('old', `select audit_entry_keep(array['2026-01-01'::date])`);
  await run(
    'old',
    `insert into audit_entry (id, at, service, action)
      values ('01930000-0000-7000-8000-000000000003', '2026-01-15', 'identity', 'SIGNED_IN')`,
  );
  await run(
    'old',
    `insert into outbox (topic, key, headers, value) values ('crm.user.events', 'k', '{"a": "b"}', 'v')`,
  );
  const broker = brokerFrom(urlOf('oldLog'), { clientId: 'test' });
  await broker.ensureTopics(allTopics());
  await broker.publisher().send(new History().next(600));
  await broker.close();
});
afterAll(async () => {
  for (const system of systems) await system.close();
  for (const database of databases.values()) await database.drop();
  rmSync(folder, { recursive: true });
});

it('what was saved is there again where there was nothing, and is the same', async () => {
  const saved = await backup(systemOf('old', 'oldLog'), join(folder, 'whole'), { of: ['identity'] });
  expect(saved.topics.reduce((sum, { messages }) => sum + messages, 0)).toBeGreaterThanOrEqual(600);
  const system = systemOf('new', 'newLog');
  await restore(system, join(folder, 'whole'), around, { of: ['identity'], topics: true });
  expect(await content('new')).toEqual(await content('old'));
  expect(await messagesOn('newLog')).toEqual(await messagesOn('oldLog'));

  await expect(run('new', 'truncate audit_entry_2026_01')).rejects.toThrow('is added to and never changed');

  // What is written next does not get a number that was given before.
  const next = `insert into outbox (topic, key, headers, value) values ('crm.user.events', 'k', '{}', 'v') returning id`;
  expect(await run('new', next)).toEqual(await run('old', next));

  const into = restore(system, join(folder, 'whole'), around, { of: ['identity'], topics: false });
  await expect(into).rejects.toThrow(
    'The database of identity has tables: drop it, or name another in IDENTITY_DATABASE_URL.',
  );
  const onto = restore(system, join(folder, 'whole'), around, { of: [], topics: true });
  await expect(onto).rejects.toThrow(/is not empty: a backup is restored to a broker that has nothing yet\.$/);
});

it('what is no whole backup is refused, and leaves no rows behind', async () => {
  const damaged = join(folder, 'damaged');
  await backup(systemOf('old', 'oldLog'), damaged, { of: ['identity'], topics: false });
  await expect(backup(systemOf('old', 'oldLog'), damaged)).rejects.toThrow('holds a backup already');
  const columns = `01930000-0000-7000-8000-000000000003\t2026-01-16\tidentity\tSIGNED_IN${'\t\\N'.repeat(11)}\n`;
  writeFileSync(join(damaged, 'databases', 'identity', 'audit_entry.copy.gz'), gzipSync(columns));
  const into = restore(systemOf('damaged', 'newLog'), damaged, around, { of: ['identity'], topics: false });
  await expect(into).rejects.toThrow('audit_entry has 1 rows that are not the 1 of the backup: the file is damaged.');
  expect(await content('damaged')).toMatchObject([{ users: null, entries: null }]);
  const nothing = restore(systemOf('damaged', 'newLog'), folder, around, { of: [], topics: true });
  await expect(nothing).rejects.toThrow('There is no backup in');
});

it('what triggers keep comes from the backup, and is not kept a second time', async () => {
  for (const name of ['counting', 'counted'] as const) {
    await run(name, 'create table migration (id integer primary key, timestamp bigint, name text)');
    await run(name, 'create table a_sum (n integer)');
    await run(name, 'create table note (id integer primary key)');
    await run(
      name,
      `create function count_notes() returns trigger language plpgsql as
        'begin insert into a_sum select count(*) from came; return null; end'`,
    );
    await run(
      name,
      `create trigger count_notes after insert on note referencing new table as came
        for each statement execute function count_notes()`,
    );
  }
  await run('counting', 'insert into note select generate_series(1, 3)');
  const kept = join(folder, 'counting');
  mkdirSync(kept);
  await loadDatabase(urlOf('counted'), kept, await saveDatabase(urlOf('counting'), kept));
  expect(await run('counted', 'select n from a_sum')).toEqual([{ n: 3 }]);
  await run('counted', 'insert into note values (4)');
  expect(await run('counted', 'select n from a_sum')).toEqual([{ n: 3 }, { n: 1 }]);
});
