import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@voronka/testing';
import { Database } from '../src/index.js';
import { RebuildSchema } from '../src/rebuild-schema.js';
import { RebuildSession } from '../src/rebuild-session.js';
import { RebuildSwitch } from '../src/rebuild-switch.js';
import { house, type House } from './house.js';

jest.setTimeout(60_000);

let home: House;
let session: RebuildSession;
let schema: RebuildSchema;
let turn: RebuildSwitch;
/** What a running service and its reports are: a pool whose connections have prepared their statements. */
let service: Database;

beforeAll(async () => {
  home = await house();
  service = new Database({ url: home.url, max: 6, applicationName: 'the service' });
  home.later(() => service.close());
  session = await RebuildSession.open(home.database);
  home.later(() => session.close());
});
afterAll(() => home.close());
beforeEach(async () => {
  await home.database.query({
    text: `drop schema if exists rebuild cascade; drop view if exists seen; drop table if exists single, twofold;
      truncate inbox, record_progress, parked_event;
      create table single (id int primary key, n int not null); create table twofold (id int primary key, n int not null)`,
  });
  schema = new RebuildSchema(session, ['single', 'twofold']);
  await schema.make();
  turn = new RebuildSwitch(session, schema, ['notes'], { sweep: fill, quiet: (work) => work() });
});

/** One event of a record as the service takes it: both tables come to hold its number, one of them twice. */
const take = (record: number) =>
  service.transaction(async () => {
    const named = (name: string, text: string, ...values: unknown[]) => service.query({ name, text, values });
    await named('inbox', 'insert into inbox (event_id) values (gen_random_uuid())');
    for (const [table, step] of [
      ['single', 1],
      ['twofold', 2],
    ] as const) {
      await named(
        table,
        `insert into ${table} as t (id, n) values ($1, ${step}) on conflict (id) do update set n = t.n + ${step}`,
        record,
      );
    }
    await named(
      'progress',
      `insert into record_progress as p (record, version, seen) values ($1, 1, 1)
       on conflict (record) do update set version = p.version + 1, seen = p.seen + 1`,
      `notes/${record}`,
    );
  });

/** Fills the copies from the tables, in place of a rebuild that reads the topics: with one state of both. */
async function fill(): Promise<void> {
  await home.database.query({
    text: `
      with s as (insert into rebuild.single select * from single on conflict (id) do update set n = excluded.n),
        t as (insert into rebuild.twofold select * from twofold on conflict (id) do update set n = excluded.n)
      insert into rebuild.record_progress select * from record_progress
      on conflict (record) do update set version = excluded.version, seen = excluded.seen`,
  });
}

interface Sums {
  single: number;
  twofold: number;
}
/** A report as the services run theirs: several statements on one state, whose first reads no table. */
const report = (meanwhile?: () => Promise<unknown>): Promise<Sums> =>
  service.transaction(async () => {
    await service.query({ text: 'set transaction isolation level repeatable read, read only' });
    await service.query({ text: `select set_config('plan_cache_mode', 'force_custom_plan', true)` });
    await meanwhile?.();
    const sum = async (table: string) =>
      (await service.query<{ n: number }>({ name: `sum-${table}`, text: `select sum(n) as n from ${table}` })).rows[0]!
        .n;
    const single = await sum('single');
    return { single, twofold: await sum('twofold') };
  });

const oids = () =>
  home.rows<{ oid: number }>(`select 'single'::regclass::oid as oid, 'twofold'::regclass::oid as oid2`);

async function switched(): Promise<number> {
  return eventually(
    async () => {
      const outcome = await turn.attempt();
      if (typeof outcome === 'string') throw new Error(outcome);
      return outcome + 1;
    },
    { within: 20_000 },
  );
}

describe('the switch', () => {
  it('loses nothing of a service that writes all the while, and refuses nobody', async () => {
    let going = true;
    let taken = 0;
    const reports: Sums[] = [];
    const writers = [1, 2, 3].map(async () => {
      while (going) {
        await take(taken++ % 50);
        if (taken % 20 === 0) reports.push(await report());
      }
    });
    await eventually(() => taken > 200, { within: 30_000 });
    for (let round = 0; round < 3; round++) {
      const before = await oids();
      await switched();
      expect(await oids()).not.toEqual(before);
      const sofar = taken;
      await eventually(() => taken > sofar + 100, { within: 30_000 });
      await schema.drop();
      await schema.make();
    }
    going = false;
    await Promise.all(writers);
    expect(await report()).toEqual({ single: taken, twofold: 2 * taken });
    expect(reports.length).toBeGreaterThan(10);
    for (const { single, twofold } of reports) expect(twofold).toBe(2 * single);
  });

  it('waits for a report that has begun, and the report sees one state', async () => {
    for (let n = 0; n < 10; n++) await take(n);
    const seen = report(async () => {
      expect(await turn.attempt()).toMatch(/^a transaction of the service \(PostgreSQL process \d+\) to end$/);
      await service.outside(() => take(3));
    });
    expect(await seen).toEqual({ single: 10, twofold: 20 });
    await switched();
    expect(await report()).toEqual({ single: 11, twofold: 22 });
  });

  it('waits for a report in the midst of a statement', async () => {
    await take(1);
    const slow = service.query({ text: 'select n, pg_sleep(3) from single' });
    await eventually(async () => {
      const [found] = await home.rows(`select from pg_stat_activity where query like '%pg_sleep(3) from single'`);
      return found !== undefined;
    });
    const [outcome] = await Promise.all([switched(), slow]);
    expect((await slow).rows).toMatchObject([{ n: 1 }]);
    expect(outcome).toBeGreaterThan(0);
  });

  it('gives up when a lock is not to be had in time, says who has it, and lets everybody go on', async () => {
    await take(1);
    const client = await service.dedicated();
    await client.query('begin; lock table twofold in access share mode');
    const began = Date.now();
    expect(await turn.attempt()).toMatch(/^a lock on twofold, which the service \(PostgreSQL process \d+\) holds$/);
    expect(Date.now() - began).toBeLessThan(5000);
    await take(1);
    // Next time that one is locked first, and waited for longer: what PostgreSQL does in the background gives way after a second.
    const again = turn.attempt();
    await eventually(async () => {
      const [found] = await home.rows(
        `select from pg_locks where relation = 'twofold'::regclass and not granted and mode = 'AccessExclusiveLock'`,
      );
      return found !== undefined;
    });
    await client.query('commit');
    expect(typeof (await again)).toBe('number');
    await client.end();
    expect(await report()).toEqual({ single: 2, twofold: 4 });
  });

  it('does not happen while the service is at a batch, nor while it tries a parked event again', async () => {
    const client = await service.dedicated();
    await client.query('begin');
    await client.query('insert into inbox (event_id) values (gen_random_uuid())');
    expect(await turn.attempt()).toMatch(/^a lock on inbox, parked_event, record_progress, which the service /);
    await client.query('rollback');
    await client.query(`insert into parked_event (topic, partition, "offset", record, headers, status, attempts)
      values ('notes', 0, 0, 'notes/1', '{}', 'retrying', 3)`);
    await client.query('begin');
    await client.query(`select from parked_event where record = 'notes/1' for update`);
    expect(await turn.attempt()).toMatch(/^a lock on inbox, parked_event, record_progress, which the service /);
    await client.query('rollback');
    await client.end();
    await switched();
  });

  it('does not happen while the copies lack what the service has seen', async () => {
    await take(1);
    turn = new RebuildSwitch(session, schema, ['notes'], { sweep: async () => {}, quiet: (work) => work() });
    expect(await turn.attempt()).toBe('the copies to catch up with the service');
    expect(await turn.behind(10)).toEqual([{ record: 'notes/1', seen: 1 }]);
    await fill();
    expect(await turn.behind(10)).toEqual([]);
    expect(typeof (await turn.attempt())).toBe('number');
  });

  it('does not happen to a table that was altered, or that something hangs on', async () => {
    await home.database.query({ text: 'create view seen as select n from single' });
    await expect(turn.attempt()).rejects.toThrow(
      /^Something came to hang on the tables while their copies were filled \(view seen/,
    );
    await home.database.query({ text: 'drop view seen; alter table single add column more int' });
    await expect(turn.attempt()).rejects.toThrow(/^A table was altered while its copy was filled/);
  });
});
