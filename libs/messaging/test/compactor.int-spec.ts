import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import { eventually, freshDatabase, type FreshDatabase } from '@voronka/testing';
import { brokerFrom, Database, silentLogger, type Broker, type IncomingMessage } from '../src/index.js';
import { Compactor } from '../src/postgres.compactor.js';

const topic = (name: string, cleanup: 'delete' | 'compact'): TopicDeclaration => ({
  name,
  description: 'A topic of this test.',
  partitions: 1,
  cleanup,
  retention: -1,
});

describe('the compactor of the log in PostgreSQL', () => {
  let own: FreshDatabase;
  let database: Database;
  let broker: Broker;
  let compactor: Compactor;
  let name: string;
  let round = 0;

  const send = (...entries: [key: string, value: string | null][]) =>
    broker.publisher().send(entries.map(([key, value]) => ({ topic: name, key, headers: {}, value })));
  const kept = async (of = name) => {
    const { rows } = await database.query<{ offset: number; key: string; value: string | null }>({
      text: 'select "offset", key, value from bus_message where topic = $1 order by "offset"',
      values: [of],
    });
    return rows.map(({ offset, key, value }) => [offset, key, value]);
  };
  const make = async (cleanup: 'delete' | 'compact' = 'compact') => {
    name = `${cleanup}-${(round += 1)}`;
    await broker.ensureTopics([topic(name, cleanup)]);
  };

  beforeAll(async () => {
    own = await freshDatabase();
    database = new Database({ url: own.url });
    broker = brokerFrom(own.url, { clientId: 'test' });
    compactor = new Compactor(database, silentLogger);
  });
  afterAll(async () => {
    await broker.close();
    await database.close();
    await own.drop();
  });

  it('leaves the last message of each key at its offset, and everything on topics that are not compacted', async () => {
    await make('delete');
    await send(['a', '1'], ['a', '2']);
    const whole = name;
    await make();
    await send(['a', '1'], ['b', '1'], ['a', '2'], ['c', '1'], ['a', '3'], ['b', null]);
    expect(await compactor.compact()).toBe(3);
    expect(await kept()).toEqual([
      [3, 'c', '1'],
      [4, 'a', '3'],
      [5, 'b', null],
    ]);
    expect(await kept(whole)).toHaveLength(2);
  });

  it('waits until enough has come, and is due at the latest after a day', async () => {
    await make();
    await send(...Array.from({ length: 20 }, (_, i): [string, string] => [`k${i}`, '1']));
    expect(await compactor.compact()).toBe(0);
    await send(['k1', '2'], ['k2', '2'], ['k3', '2']);
    expect(await compactor.compact()).toBe(0);
    await send(['k1', '3']);
    expect(await compactor.compact()).toBe(4);
    await send(['k1', '4']);
    expect(await compactor.compact()).toBe(0);
    await database.query({ text: `update bus_compact set compacted_at = now() - interval '25 hours'` });
    expect(await compactor.compact()).toBe(1);
    expect(await kept()).toHaveLength(20);
  });

  it('forgets a tombstone when readers had their time, but not the last message of a partition', async () => {
    await make();
    await send(['a', '1'], ['b', '1'], ['a', null], ['b', null]);
    expect(await compactor.compact()).toBe(2);
    await send(['c', '1'], ['c', null]);
    expect(await compactor.compact(0)).toBe(3);
    expect(await kept()).toEqual([[5, 'c', null]]);
  });

  it('disturbs no reader: one that is behind goes on with what is left, and reaches the end', async () => {
    await make();
    await send(...Array.from({ length: 1200 }, (_, i): [string, string] => [`k${i % 3}`, String(i)]));
    const seen: IncomingMessage[] = [];
    let proceed: () => void = () => {};
    const held = new Promise<void>((resolve) => (proceed = resolve));
    const subscription = await broker.subscribe({
      ...{ group: 'behind', topics: [name], fromBeginning: true },
      onBatch: async ({ messages }) => {
        seen.push(...messages);
        await held;
      },
    });
    await eventually(() => seen.length === 500);
    expect(await compactor.compact()).toBe(1197);
    proceed();
    await eventually(() => seen.length === 503);
    expect(seen.slice(-3).map(({ offset, value }) => [offset, value?.toString()])).toEqual([
      [1197, '1197'],
      [1198, '1198'],
      [1199, '1199'],
    ]);
    await subscription.close();
  });

  it('leaves a partition to another process that is at it', async () => {
    await make();
    await send(['a', '1'], ['a', '2']);
    await database.transaction(async () => {
      await database.query({ text: 'select from bus_compact where topic = $1 for update', values: [name] });
      expect(await database.outside(() => compactor.compact())).toBe(0);
    });
    expect(await compactor.compact()).toBe(1);
  });
});
