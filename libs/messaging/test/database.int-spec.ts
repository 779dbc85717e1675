import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, freshDatabase, type FreshDatabase } from '@voronka/testing';
import { Database } from '../src/index.js';

jest.setTimeout(30_000);

describe('the database', () => {
  let fresh: FreshDatabase;
  let database: Database;
  const insert = (n: number) => database.query({ text: 'insert into t values ($1)', values: [n] });
  const all = async () =>
    (await database.query<{ n: number }>({ text: 'select n from t order by n' })).rows.map((r) => r.n);

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = new Database({ url: fresh.url, max: 4 });
    await database.query({ text: 'create table t (n int unique deferrable)' });
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });

  it('puts whatever is called inside a transaction on its connection, and rolls all of it back together', async () => {
    const deep = async () => {
      await insert(1);
      expect(await all()).toEqual([1]);
      throw new Error('No.');
    };
    await expect(database.transaction(() => deep())).rejects.toThrow('No.');
    expect(await all()).toEqual([]);
  });

  it('gives each of its sessions settings of its own, and those it is told', async () => {
    const { rows } = await database.query({
      text: `select current_setting('TimeZone') as zone, current_setting('gin_pending_list_limit') as gathered`,
    });
    expect(rows).toEqual([{ zone: 'UTC', gathered: '256kB' }]);

    await database.query({ text: 'create schema first; create table first.t (n int); insert into first.t values (7)' });
    const other = new Database({ url: fresh.url, max: 1, settings: { search_path: 'first,public' } });
    expect((await other.query({ text: 'select n from t' })).rows).toEqual([{ n: 7 }]);
    const own = await other.dedicated();
    expect((await own.query('select n from t')).rows).toEqual([{ n: 7 }]);
    await own.end();
    await other.close();
    expect(await all()).toEqual([]);
  });

  it('lets statements of one transaction be asked at once', async () => {
    const seen = await database.transaction(() =>
      Promise.all([1, 2, 3].map((n) => database.query<{ n: number }>({ text: 'select $1::int as n', values: [n] }))),
    );
    expect(seen.map((result) => result.rows[0]?.n)).toEqual([1, 2, 3]);
  });

  it('lets those who want the same turn go one after the other, and each see what the one before has committed', async () => {
    const counted = () =>
      database.transaction(async () => {
        await database.turn('counting');
        const { rows } = await database.query<{ n: number }>({ text: 'select count(*)::int as n from turns' });
        await database.query({ text: 'insert into turns default values' });
        return rows[0]?.n;
      });
    await database.query({ text: 'create table turns (at timestamptz default now())' });
    expect((await Promise.all(Array.from({ length: 4 }, counted))).sort()).toEqual([0, 1, 2, 3]);
    await expect(database.turn('counting')).rejects.toThrow('A turn is taken in a transaction.');
  });

  it('undoes a savepoint alone', async () => {
    await database.transaction(async () => {
      await insert(10);
      await database.savepoint(() => insert(11));
      await expect(database.savepoint(() => insert(11).then(() => insert(11)))).rejects.toMatchObject({
        code: '23505',
      });
      await database.savepoint(async () => {
        await insert(12);
        await database.savepoint(() => insert(13));
      });
    });
    expect(await all()).toEqual([10, 11, 12, 13]);
  });

  it('refuses two savepoints beside each other, a transaction in a transaction, and a savepoint without one', async () => {
    await expect(
      database.transaction(() =>
        Promise.all([database.savepoint(() => insert(20)), database.savepoint(() => insert(21))]),
      ),
    ).rejects.toThrow('Another savepoint is open');
    await expect(database.transaction(() => database.transaction(() => insert(22)))).rejects.toThrow('open already');
    await expect(database.savepoint(() => insert(23))).rejects.toThrow('needs an open transaction');
    expect(await all()).toEqual([10, 11, 12, 13]);
  });

  it('does not call a transaction committed in which a failed statement was ignored', async () => {
    const swallowing = database.transaction(async () => {
      await insert(30);
      await database.query({ text: 'select 1/0' }).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow('ignored');
    expect(await all()).not.toContain(30);
  });

  it('commits what nobody waited for, or fails with what of it failed first', async () => {
    const sent = (n: number) => database.send({ text: 'insert into t values ($1)', values: [n] });
    await database.transaction(async () => {
      await insert(31);
      sent(32);
    });
    expect(await all()).toEqual([10, 11, 12, 13, 31, 32]);
    const failing = database.transaction(async () => {
      sent(33);
      database.send({ text: 'select 1/0' });
      sent(31);
      await insert(34);
    });
    await expect(failing).rejects.toThrow('division by zero');
    await database.transaction(async () => {
      await expect(database.savepoint(async () => sent(32))).rejects.toMatchObject({ code: '23505' });
      const asking = () => database.savepoint(async () => (sent(32), await all()));
      await expect(asking()).rejects.toMatchObject({ code: '23505' });
      sent(35);
    });
    expect(await all()).toEqual([10, 11, 12, 13, 31, 32, 35]);
    expect(() => sent(36)).toThrow('in a transaction');
    await database.query({ text: 'delete from t where n > 30' });
  });

  it('runs what was left for after the commit then, and not at all without one', async () => {
    const heard: string[] = [];
    database.afterCommit(() => heard.push('at once'));
    await database.transaction(async () => {
      database.afterCommit(() => heard.push(`committed, open: ${database.inTransaction}`));
      await database
        .savepoint(async () => {
          database.afterCommit(() => heard.push('never'));
          throw new Error('No.');
        })
        .catch(() => {});
      heard.push('inside');
    });
    const failing = database.transaction(async () => {
      database.afterCommit(() => heard.push('never'));
      throw new Error('No.');
    });
    await expect(failing).rejects.toThrow('No.');
    expect(heard).toEqual(['at once', 'inside', 'committed, open: false']);
  });

  it('refuses a statement that comes after its transaction has ended', async () => {
    let late: Promise<unknown> = Promise.resolve();
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    await database.transaction(async () => {
      late = gate.then(() => insert(40));
      late.catch(() => {});
    });
    go();
    await expect(late).rejects.toThrow('was not awaited');
  });

  it('gives whole numbers as numbers, days as text, instants as dates', async () => {
    const { rows } = await database.query({
      text: `select 5::bigint as big, array[1,null]::bigint[] as bigs, date '2026-03-01' as day, array[date '2026-03-01'] as days,
        timestamptz '2026-03-01T10:00:00+03' as at, 1.50::numeric as exact`,
    });
    expect(rows[0]).toEqual({
      big: 5,
      bigs: [1, null],
      day: '2026-03-01',
      days: ['2026-03-01'],
      at: new Date('2026-03-01T07:00:00Z'),
      exact: '1.50',
    });
  });

  it('survives a server that ends its connections, idle ones and those in a transaction', async () => {
    const end = () =>
      database.query({
        text: `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      });
    await Promise.all([1, 2, 3].map(() => database.query({ text: 'select pg_sleep(0.02)' })));
    await end();
    const cut = database.transaction(async () => {
      await insert(50);
      await database.outside(end);
      await eventually(() =>
        insert(51).then(
          () => false,
          () => true,
        ),
      );
      await insert(52);
    });
    await expect(cut).rejects.toThrow();
    await eventually(async () => (await all()).length === 4);
  });
});
