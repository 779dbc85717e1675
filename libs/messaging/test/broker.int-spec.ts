import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import { eventually, freshDatabase, freshKafka, type FreshDatabase } from '@voronka/testing';
import {
  brokerFrom,
  type Batch,
  brokerViewFrom,
  NotOwner,
  type Broker,
  type IncomingMessage,
  type OutgoingMessage,
  type Place,
} from '../src/index.js';

jest.setTimeout(45_000);

const topic = (name: string, partitions = 4): TopicDeclaration => ({
  name,
  partitions,
  description: 'A topic of this test.',
  cleanup: 'delete',
  retention: -1,
});
const message = (key: string, n: number, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  topic: 'notes',
  key,
  headers: { n: String(n) },
  value: JSON.stringify({ n }),
  ...more,
});
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const told = (seen: readonly IncomingMessage[], key: string) =>
  seen.filter((m) => m.key === key).map((m) => Number(m.headers.n));

describe.each(['Kafka', 'the log in PostgreSQL'])('a broker on %s', (kind) => {
  let database: FreshDatabase;
  let url: string;
  let round = 0;
  const { url: kafka, topicPrefix } = freshKafka();
  const open: Broker[] = [];
  const connect = (owner?: string) => {
    const broker = brokerFrom(url, {
      clientId: 'test',
      topicPrefix: `${topicPrefix}${round}.`,
      ...(owner && { owner: { groups: ['readers', 'readers.state'], id: () => Promise.resolve(owner) } }),
    });
    open.push(broker);
    return broker;
  };

  beforeAll(async () => {
    database = await freshDatabase();
    url = kind === 'Kafka' ? kafka : database.url;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()));
    round += 1;
  });
  afterAll(() => database.drop());

  async function reader(broker: Broker, group: string, onBatch?: (batch: Batch) => Promise<void>, topics = ['notes']) {
    const seen: IncomingMessage[] = [];
    const subscription = await broker.subscribe({
      group,
      topics,
      fromBeginning: true,
      onBatch: async (batch) => {
        await onBatch?.(batch);
        seen.push(...batch.messages);
      },
    });
    return { seen, subscription };
  }

  it('carries key, headers and value as they were given, also a null value and letters of any alphabet', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes')]);
    const given = [
      message('воронка', 1, { headers: { ce_actor: 'Ирина', n: '1' }, value: '{"имя":"Ирина ☎"}' }),
      message('воронка', 2, { value: null }),
    ];
    await broker.publisher().send(given);
    const { seen } = await reader(broker, 'readers');
    await eventually(() => seen.length === 2, { within: 15_000 });
    expect(seen.map((m) => [m.topic, m.key, m.headers, m.value?.toString() ?? null])).toEqual(
      given.map((m) => ['notes', m.key, m.headers, m.value]),
    );
  });

  it('makes topics that are missing and leaves those that are there alone, also when several processes ask at once', async () => {
    const brokers = [connect(), connect(), connect()];
    await Promise.all(brokers.map((broker) => broker.ensureTopics([topic('notes'), topic('others', 1)])));
    await brokers[0]!.publisher().send([message('a', 1)]);
    await brokers[1]!.ensureTopics([topic('notes'), topic('others', 1), topic('third')]);
    const { seen } = await reader(brokers[2]!, 'readers', undefined, ['notes', 'others', 'third']);
    await eventually(() => seen.length === 1, { within: 15_000 });
    expect(seen[0]).toMatchObject({ topic: 'notes', key: 'a' });
  });

  it('keeps the order of each key, whoever publishes beside', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes')]);
    const { seen } = await reader(broker, 'readers');
    await Promise.all(
      range(4).map(async (writer) => {
        const publisher = broker.publisher();
        for (const n of range(25)) await publisher.send(range(8).map((k) => message(`${writer}-${k}`, n)));
      }),
    );
    await eventually(() => seen.length >= 800, { within: 15_000 });
    const orders = range(4).flatMap((writer) => range(8).map((k) => told(seen, `${writer}-${k}`)));
    expect(orders).toEqual(orders.map(() => range(25)));
    const places = new Set(seen.map((m) => `${m.partition}/${m.offset}`));
    expect(places.size).toBe(800);
  });

  it('gives every group everything from the beginning', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes')]);
    await broker.publisher().send(range(10).map((n) => message(`k${n}`, n)));
    const first = await reader(broker, 'first');
    await eventually(() => first.seen.length === 10, { within: 15_000 });
    const second = await reader(broker, 'second');
    await eventually(() => second.seen.length === 10, { within: 15_000 });
    const places = (seen: IncomingMessage[]) => seen.map((m) => `${m.partition}/${m.offset} ${m.key}`).sort();
    expect(places(second.seen)).toEqual(places(first.seen));
  });

  it('brings a batch again that failed, and nothing of its partition before it', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 1)]);
    let failures = 0;
    const { seen } = await reader(broker, 'readers', async (batch) => {
      const poisoned = batch.messages.some((m) => m.headers.n === '3');
      if (poisoned && failures < 3) {
        failures += 1;
        throw new Error('Not yet.');
      }
    });
    const publisher = broker.publisher();
    for (const n of range(6)) await publisher.send([message('a', n)]);
    await eventually(() => seen.length >= 6, { within: 15_000 });
    expect(failures).toBe(3);
    expect(told(seen, 'a')).toEqual(range(6));
  });

  it('tells a reader which partitions are its own, where a batch and its partition end, and since when messages wait', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 2)]);
    const before = Date.now();
    await broker.publisher().send(range(6).map((n) => message(`k${n}`, n)));
    const batches: Batch[] = [];
    let mine: readonly Place[] = [];
    const subscription = await broker.subscribe({
      ...{ group: 'readers', topics: ['notes'], fromBeginning: true },
      onBatch: async (batch) => void batches.push(batch),
      onAssigned: (partitions) => (mine = partitions),
    });
    const all = () => batches.flatMap(({ messages }) => messages);
    await eventually(() => all().length === 6, { within: 15_000 });
    expect([...mine].sort((a, b) => a.partition - b.partition)).toEqual([
      { topic: 'notes', partition: 0 },
      { topic: 'notes', partition: 1 },
    ]);
    const placed = async () => [...(await subscription.reached())].sort((a, b) => a.partition - b.partition);
    const sizes = [0, 1].map((partition) => all().filter((one) => one.partition === partition).length);
    await eventually(async () => (await placed()).every(({ next, end }) => next === end));
    expect((await placed()).map(({ topic, end }) => [topic, end])).toEqual(sizes.map((size) => ['notes', size]));
    for (const { messages, next, end } of batches) expect([next, end]).toEqual([messages.at(-1)!.offset + 1, next]);
    const ages = all().map(({ appendedAt }) => appendedAt! - before);
    expect(Math.min(...ages)).toBeGreaterThan(-1000);
    expect(Math.max(...ages)).toBeLessThan(45_000);
  });

  it('brings fewer and larger batches to a reader that is in no hurry, and nothing less', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 1)]);
    const batches: Batch[] = [];
    const onBatch = async (batch: Batch) => void batches.push(batch);
    const options = { group: 'readers', topics: ['notes'], fromBeginning: true, linger: 500, onBatch } as const;
    const subscription = await broker.subscribe(options);
    await eventually(() => subscription.ready(), { within: 15_000 });
    const publisher = broker.publisher();
    for (const n of range(100)) await publisher.send([message('a', n)]);
    const all = () => batches.flatMap(({ messages }) => messages);
    await eventually(() => all().length === 100, { within: 15_000 });
    expect(told(all(), 'a')).toEqual(range(100));
    expect(batches.length).toBeLessThan(25);
  });

  it('says how far a reader is that is stuck, with what it was not given because of that', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 2)]);
    let letGo = () => {};
    const stuck = new Promise<void>((resolve) => (letGo = resolve));
    let given = 0;
    const { subscription } = await reader(broker, 'readers', () => {
      given += 1;
      return stuck;
    });
    const publisher = broker.publisher();
    await publisher.send([message('a', 0)]);
    await eventually(() => given > 0, { within: 15_000 });
    await publisher.send(range(20).map((n) => message(`k${n}`, n)));
    const waiting = async () => (await subscription.reached()).reduce((sum, { next, end }) => sum + end - next, 0);
    await eventually(async () => (await waiting()) === 21).finally(letGo);
    await eventually(async () => (await waiting()) === 0, { within: 15_000 });
  });

  it('goes on where its group committed, and repeats only what was in work', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 1)]);
    const publisher = broker.publisher();
    await publisher.send(range(5).map((n) => message('a', n)));
    const before = await reader(broker, 'readers');
    await eventually(() => before.seen.length === 5, { within: 15_000 });
    await before.subscription.close();
    await publisher.send(range(5).map((n) => message('a', n + 5)));
    const after = await reader(broker, 'readers');
    await eventually(() => after.seen.length >= 5, { within: 15_000 });
    expect(told(after.seen, 'a')).toEqual([5, 6, 7, 8, 9]);
    expect(before.seen).toHaveLength(5);
  });

  it('shares partitions between two readers of a group, and the one that stays takes over from the one that leaves', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes', 6)]);
    const one = await reader(broker, 'readers');
    await eventually(() => one.subscription.ready(), { within: 15_000 });
    const two = await reader(connect(), 'readers');
    const publisher = broker.publisher();
    let sent = 0;
    const send = () => publisher.send(range(24).map((k) => message(`k${k}`, sent++)));
    await eventually(
      async () => {
        await send();
        return one.seen.length > 0 && two.seen.length > 0;
      },
      { within: 20_000, every: 200 },
    );
    await two.subscription.close();
    const until = two.seen.length;
    await send();
    const numbers = () => new Set([...one.seen, ...two.seen].map((m) => m.headers.n));
    await eventually(() => numbers().size === sent, { within: 20_000 });
    expect(two.seen).toHaveLength(until);
  });

  it('lets a reader wait for topics that are not made yet, and says when it is ready', async () => {
    const broker = connect();
    const { seen, subscription } = await reader(broker, 'readers');
    expect(subscription.ready()).toBe(false);
    await connect().ensureTopics([topic('notes')]);
    await eventually(() => subscription.ready(), { within: 15_000 });
    await broker.publisher().send([message('a', 1)]);
    await eventually(() => seen.length === 1, { within: 15_000 });
    expect(told(seen, 'a')).toEqual([1]);
  });

  it('refuses to publish to a topic that was never made', async () => {
    const broker = connect();
    await broker.ensureTopics([topic('notes')]);
    await expect(broker.publisher().send([message('a', 1, { topic: 'unheard-of' })])).rejects.toThrow();
  });

  it.each(['readers', 'readers.state'])(
    'of which %s has read for one database lets no other read or write',
    async (group) => {
      const ours = connect('ours');
      await ours.ensureTopics([topic('notes')]);
      await ours.publisher().send([message('a', 1)]);
      const here = await reader(ours, group);
      await eventually(() => here.seen.length === 1, { within: 15_000 });
      await here.subscription.close();
      const again = connect('ours');
      await again.ensureTopics([topic('notes')]);
      expect(again.trouble).toBeNull();

      const others = connect('others');
      let made = false;
      void others.ensureTopics([topic('notes')]).then(() => (made = true));
      const there = await reader(others, 'readers');
      const isNotOwner = ({ trouble }: { trouble: { error: unknown } | null }) => trouble?.error instanceof NotOwner;
      await eventually(() => isNotOwner(others) && isNotOwner(there.subscription), { within: 15_000 });
      expect([made, there.subscription.ready(), there.seen]).toEqual([false, false, []]);
      expect((others.trouble!.error as Error).message).toContain(`${topicPrefix}${round}.${group}`);

      const view = brokerViewFrom(url, { clientId: 'test', topicPrefix: `${topicPrefix}${round}.` });
      for (const one of ['readers', 'readers.state']) await view.forget(one);
      await view.close();
      await eventually(() => made && there.seen.length === 1, { within: 15_000 });
      expect([others.trouble, there.subscription.trouble]).toEqual([null, null]);
    },
  );

  it('keeps two prefixes on one broker apart', async () => {
    const ours = connect();
    await ours.ensureTopics([topic('notes')]);
    round += 1;
    const theirs = connect();
    await theirs.ensureTopics([topic('notes')]);
    const here = await reader(ours, 'readers');
    const there = await reader(theirs, 'readers');
    await ours.publisher().send([message('a', 1)]);
    await theirs.publisher().send([message('a', 2)]);
    await eventually(() => here.seen.length === 1 && there.seen.length === 1, { within: 15_000 });
    expect([...told(here.seen, 'a'), ...told(there.seen, 'a')]).toEqual([1, 2]);
  });
});
