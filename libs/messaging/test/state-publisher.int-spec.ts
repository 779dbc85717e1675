import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { allStates, allTopics, noun, type EventDeclaration } from '@voronka/contracts';
import { eventually, freshDatabase, freshKafka, type FreshDatabase } from '@voronka/testing';
import { z } from 'zod';
import {
  brokerFrom,
  brokerViewFrom,
  headersOf,
  StatePublisher,
  stateGroup,
  type Broker,
  type IncomingMessage,
  type OutgoingMessage,
} from '../src/index.js';
import { newId } from './house.js';

jest.setTimeout(90_000);

const poem = noun('poem', 'Poems of these tests.', z.object({ id: z.string(), n: z.number() }), { partitions: 3 });
const Written = poem.event('written', 'A poem was written.');
const Burnt = poem.event('burnt', 'It is gone.', {}, { erases: true });
const topics = allTopics().filter(({ name }) => name.startsWith('crm.poem.'));
const states = allStates().filter((state) => state.noun === 'poem');
const [eventTopic] = topics;

const ctx = { correlationId: 'c', causationId: null, traceparent: null, actor: 'system:test' };
function event(recordId: string, version: number, declaration: EventDeclaration = Written): OutgoingMessage {
  const at = new Date('2026-03-01T10:00:00Z');
  const data = { poem: { id: recordId, n: version } };
  const told = { declaration, recordId, version, data, occurredAt: at, recordedAt: at, actor: 'system:test' };
  return {
    topic: poem.topic,
    key: recordId,
    headers: headersOf(newId(), told, 'poets', ctx),
    value: JSON.stringify(data),
  };
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe.each(['Kafka', 'the log in PostgreSQL'])('the states of records, on %s', (kind) => {
  const { url: kafka, topicPrefix } = freshKafka();
  let database: FreshDatabase;
  let url: string;
  let round = 0;
  const open: { stop(): Promise<unknown> }[] = [];
  const options = () => ({ clientId: 'test', topicPrefix: `${topicPrefix}${round}.` });
  const connect = () => {
    const broker = brokerFrom(url, options());
    open.push({ stop: () => broker.close() });
    return broker;
  };
  const publish = (broker: Broker) => {
    const publisher = new StatePublisher({ service: 'poets', states, broker });
    open.push(publisher);
    publisher.start();
    return publisher;
  };
  /** Reads the topic of states alone, as somebody new to it would: of each key what has the highest version. */
  async function reader(broker: Broker) {
    const seen: IncomingMessage[] = [];
    await broker.subscribe({
      ...{ group: newId(), topics: ['crm.poem.state'], fromBeginning: true },
      onBatch: async ({ messages }) => void seen.push(...messages),
    });
    const told = new Map<string, { version: number; n: number | null }>();
    return {
      seen,
      told: () => {
        for (const { key, headers, value } of seen) {
          const version = Number(headers['ce_aggregateversion']);
          const state = value && (JSON.parse(value.toString()) as { n: number });
          if (version >= (told.get(key!)?.version ?? 0)) told.set(key!, { version, n: state && state.n });
        }
        return Object.fromEntries([...told].map(([key, { n }]) => [key, n]));
      },
    };
  }

  beforeAll(async () => {
    database = await freshDatabase();
    url = kind === 'Kafka' ? kafka : database.url;
  });
  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.stop();
    round += 1;
  });
  afterAll(() => database.drop());

  it('are on a topic of their own, whose new reader learns what is and nothing of what was erased', async () => {
    const broker = connect();
    await broker.ensureTopics(topics);
    publish(broker);
    const [kept, changed, gone] = [newId(), newId(), newId()];
    await broker.publisher().send([event(kept, 1), event(changed, 1), event(gone, 1)]);
    const { told, seen } = await reader(broker);
    await eventually(() => Object.keys(told()).length === 3, { within: 20_000 });
    await broker.publisher().send([event(changed, 2), event(gone, 2, Burnt), event(changed, 3)]);
    await eventually(() => told()[changed] === 3 && told()[gone] === null, { within: 20_000 });
    expect(told()).toEqual({ [kept]: 1, [changed]: 3, [gone]: null });
    const tombstone = seen.find(({ key, value }) => key === gone && value === null);
    expect(tombstone?.headers).toMatchObject({ ce_type: 'crm.poem.state', ce_aggregateversion: '2', ce_subject: gone });
  });

  it('are filled from the history of events, of which a record with many leaves few', async () => {
    const broker = connect();
    await broker.ensureTopics(topics);
    const records = range(20).map(() => newId());
    for (const n of range(40)) await broker.publisher().send(records.map((record) => event(record, n)));
    publish(broker);
    const { told, seen } = await reader(broker);
    await eventually(() => records.every((record) => told()[record] === 40), { within: 40_000 });
    expect(Object.keys(told())).toHaveLength(20);
    expect(seen.length).toBeLessThan(400);
  });

  it('pass over what is no event, and over an old one that comes again', async () => {
    const broker = connect();
    await broker.ensureTopics(topics);
    publish(broker);
    const record = newId();
    const bent = (headers: Record<string, string>, value = '{}') => ({
      ...{ topic: poem.topic, key: record, headers: { ...event(record, 9).headers, ...headers }, value },
    });
    const publisher = broker.publisher();
    const { told, seen } = await reader(broker);
    for (const n of [1, 2]) {
      await publisher.send([bent({}, 'junk'), bent({ ce_type: 'crm.lead.created' }), bent({ ce_id: 'x' }, 'x')]);
      await publisher.send([event(record, n)]);
      await eventually(() => told()[record] === n, { within: 20_000 });
    }
    await publisher.send([event(record, 1), event(newId(), 7)]);
    await eventually(() => Object.values(told()).includes(7), { within: 20_000 });
    await publisher.send([event(record, 3)]);
    await eventually(() => told()[record] === 3, { within: 20_000 });
    const versions = seen.filter(({ key }) => key === record).map(({ headers }) => headers['ce_aggregateversion']);
    expect(versions).toEqual(['1', '2', '3']);
  });

  it('catch up when their topic was away, and the events have waited meanwhile', async () => {
    const broker = connect();
    await broker.ensureTopics([eventTopic!]);
    const publisher = publish(broker);
    const record = newId();
    await broker.publisher().send(range(3).map((n) => event(record, n)));
    const waiting = async () => (await publisher.lag())[0]?.messages;
    await eventually(async () => (await waiting()) === 3, { within: 20_000 });
    await connect().ensureTopics(topics);
    const { told } = await reader(broker);
    await eventually(() => told()[record] === 3, { within: 40_000 });
    await eventually(async () => (await waiting()) === 0);
  });

  it('are handed over by a publisher that leaves to the one that stays, and lag is seen by an operator', async () => {
    const broker = connect();
    await broker.ensureTopics(topics);
    const first = publish(broker);
    publish(connect());
    const records = range(30).map(() => newId());
    const { told } = await reader(broker);
    const all = (n: number) => () => records.every((record) => told()[record] === n);
    await broker.publisher().send(records.map((record) => event(record, 1)));
    await eventually(all(1), { within: 40_000 });
    await broker.publisher().send(records.map((record) => event(record, 2)));
    await first.stop();
    await broker.publisher().send(records.map((record) => event(record, 3)));
    await eventually(all(3), { within: 40_000 });

    const view = brokerViewFrom(url, options());
    open.push({ stop: () => view.close() });
    const lag = await eventually(async () => {
      const lags = await view.lag([stateGroup('poets')]);
      return lags.every(({ messages, reading }) => messages === 0 && reading) && lags;
    });
    expect(lag.map(({ group, topic, partition }) => [group, topic, partition])).toEqual(
      [0, 1, 2].map((partition) => ['poets.state', poem.topic, partition]),
    );
  });
});
