import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { eventually, freshDatabase, freshKafka, type FreshDatabase } from '@voronka/testing';
import { brokerFrom, brokerViewFrom, type Broker, type BrokerView, type IncomingMessage } from '../src/index.js';

jest.setTimeout(45_000);

const HOUR = 3_600_000;
const topic = (name: string, more: Partial<TopicDeclaration> = {}): TopicDeclaration => ({
  name,
  partitions: 2,
  description: 'A topic of this test.',
  cleanup: 'delete',
  retention: -1,
  ...more,
});
const message = (key: string) => ({ topic: 'notes', key, headers: {}, value: key });

describe.each(['Kafka', 'the log in PostgreSQL'])('the view of a broker on %s', (kind) => {
  const { url: kafka, topicPrefix } = freshKafka();
  let database: FreshDatabase;
  let broker: Broker;
  let view: BrokerView;

  beforeAll(async () => {
    database = await freshDatabase();
    const url = kind === 'Kafka' ? kafka : database.url;
    broker = brokerFrom(url, { clientId: 'test', topicPrefix });
    view = brokerViewFrom(url, { clientId: 'test view', topicPrefix });
    await broker.ensureTopics([topic('notes')]);
  });
  afterAll(async () => {
    await view.close();
    await broker.close();
    await database.drop();
  });

  it('counts what a group has not taken, also where it stands still, and knows who reads', async () => {
    const publisher = broker.publisher();
    await publisher.send(['a', 'b', 'c', 'd', 'e', 'f'].map(message));
    const taken: string[] = [];
    let stuck = false;
    const subscription = await broker.subscribe({
      group: 'readers',
      topics: ['notes'],
      fromBeginning: true,
      onBatch: (batch) => {
        if (stuck) return Promise.reject(new Error('Not now.'));
        taken.push(...batch.messages.map(({ key }) => String(key)));
        return Promise.resolve();
      },
    });
    await eventually(() => taken.length === 6, { within: 15_000 });
    const caughtUp = await eventually(async () => {
      const lags = await view.lag(['readers', 'nobody']);
      return lags.every(({ messages }) => messages === 0) && lags;
    });
    expect(caughtUp).toEqual(
      [0, 1].map((partition) => ({
        group: 'readers',
        topic: 'notes',
        partition,
        messages: 0,
        seconds: null,
        reading: true,
      })),
    );

    stuck = true;
    await publisher.send(['a', 'a', 'a'].map(message));
    const behind = (await view.lag(['readers'])).filter(({ messages }) => messages > 0);
    expect(behind).toMatchObject([{ messages: 3, reading: true }]);
    expect(behind[0]?.seconds).toBeLessThan(30);

    await subscription.close();
    const left = await eventually(async () => {
      const lags = await view.lag(['readers']);
      return lags.every(({ reading }) => !reading) && lags;
    });
    expect(left.map(({ messages }) => messages).sort()).toEqual([0, 3]);
  });

  it('reads what is asked for, from beginning to end or in the middle', async () => {
    const extents = async () => view.extents(['letters', 'absent']);
    await broker.ensureTopics([topic('letters')]);
    const keys = Array.from({ length: 40 }, (_, n) => `k${n}`);
    await broker.publisher().send(keys.map((key) => ({ ...message(key), topic: 'letters', headers: { x: key } })));
    const all = await extents();
    expect(all.map(({ partition, from }) => [partition, from])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(all.reduce((sum, { to }) => sum + to, 0)).toBe(40);

    const seen: IncomingMessage[] = [];
    await view.read(all, (one) => seen.push(one));
    expect(seen.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(seen.every(({ key, value, headers }) => value?.toString() === key && headers['x'] === key)).toBe(true);

    const middle = { ...all[1]!, from: all[1]!.from + 3, to: all[1]!.from + 5 };
    const some: IncomingMessage[] = [];
    await view.read([middle, { ...middle, from: 9, to: 9 }], (one) => some.push(one));
    expect(some).toEqual(seen.filter((one) => one.partition === 1).slice(3, 5));
    expect(await view.read([], () => some.push())).toBeUndefined();
  });

  it('forgets a group once nobody reads in it, and then that group begins anew', async () => {
    await broker.ensureTopics([topic('pages')]);
    await broker.publisher().send([{ ...message('a'), topic: 'pages' }]);
    const read = async () => {
      const keys: unknown[] = [];
      const subscription = await broker.subscribe({
        group: 'brief',
        topics: ['pages'],
        fromBeginning: true,
        onBatch: ({ messages }) => Promise.resolve(void keys.push(...messages.map(({ key }) => key))),
      });
      await eventually(() => subscription.ready(), { within: 15_000 });
      return { keys, subscription };
    };
    const first = await read();
    await eventually(() => first.keys.length === 1, { within: 15_000 });
    await eventually(async () => (await view.lag(['brief'])).every(({ messages }) => messages === 0));
    await expect(view.forget('brief')).rejects.toThrow();
    await first.subscription.close();
    await view.forget('brief');
    expect(await view.lag(['brief'])).toEqual([]);
    const again = await read();
    await eventually(() => again.keys.length === 1, { within: 15_000 });
    await again.subscription.close();
    await view.forget('brief');
    expect(await view.forget('never was')).toBeUndefined();
  });

  it('shows the topics that are there, and makes others', async () => {
    expect((await view.topics(['notes', 'absent'])).map(({ name, partitions }) => [name, partitions])).toEqual([
      ['notes', 2],
    ]);
    await view.create([topic('made', { partitions: 3 })]);
    expect((await view.topics(['made'])).map(({ name, partitions }) => [name, partitions])).toEqual([['made', 3]]);
  });
});

describe('the view of Kafka', () => {
  const { url, topicPrefix } = freshKafka();
  const broker = brokerFrom(url, { clientId: 'test', topicPrefix });
  const view = brokerViewFrom(url, { clientId: 'test view', topicPrefix });
  afterAll(async () => {
    await view.close();
    await broker.close();
  });

  it('finds topics kept as they were declared: events for ever, whatever the broker would do by itself', async () => {
    await broker.ensureTopics([
      topic('kept'),
      topic('brief', { retention: HOUR }),
      topic('state', { cleanup: 'compact' }),
    ]);
    expect(await view.topics(['kept', 'brief', 'state'])).toEqual([
      { name: 'brief', partitions: 2, cleanup: 'delete', retention: HOUR },
      { name: 'kept', partitions: 2, cleanup: 'delete', retention: -1 },
      { name: 'state', partitions: 2, cleanup: 'compact', retention: -1 },
    ]);
  });

  it('gives a topic its declared retention and says nothing for topics beside it', async () => {
    await view.create([topic('short', { retention: HOUR }), topic('other', { retention: HOUR })]);
    await view.keepAsDeclared([topic('short')]);
    expect((await view.topics(['other', 'short'])).map(({ name, retention }) => [name, retention])).toEqual([
      ['other', HOUR],
      ['short', -1],
    ]);
  });

  it('reads without leaving a group behind', async () => {
    const admin = new Kafka({ brokers: [url.slice('kafka://'.length)], logLevel: logLevel.NOTHING }).admin();
    await broker.ensureTopics([topic('notes')]);
    await broker.publisher().send([message('a')]);
    const keys: unknown[] = [];
    await view.read(await view.extents(['notes']), ({ key }) => keys.push(key));
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(keys).toEqual(['a']);
    expect(groups.filter(({ groupId }) => groupId.startsWith(topicPrefix))).toEqual([]);
  });

  it('rejects where nothing answers', async () => {
    const nowhere = brokerViewFrom('kafka://127.0.0.1:1', { clientId: 'test' });
    await expect(nowhere.topics(['notes'])).rejects.toThrow(/127\.0\.0\.1:1/);
  });
});
