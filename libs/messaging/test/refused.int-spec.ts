import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TopicDeclaration } from '@voronka/contracts';
import { eventually, freshKafka } from '@voronka/testing';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { brokerFrom, OutboxRelay, outboxMessages, silentLogger, type OutgoingMessage } from '../src/index.js';
import { house, newId, topics, type House } from './house.js';
import { message } from './message.js';

jest.setTimeout(120_000);

const notes = topics[0]!;

describe('what Kafka refuses', () => {
  let home: House;
  let seen: OutgoingMessage[];
  let kafka: Kafka;
  let prefix: string;
  let warnings: { topic?: string; key?: string }[];

  beforeEach(async () => {
    const { url, topicPrefix } = freshKafka();
    prefix = topicPrefix;
    kafka = new Kafka({ brokers: [url.slice('kafka://'.length)], logLevel: logLevel.NOTHING });
    home = await house(url, topicPrefix);
    seen = [];
    warnings = [];
    await listen(notes.name);
    const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts) };
    const relay = new OutboxRelay({ database: home.database, broker: home.broker, logger });
    home.later(() => relay.stop());
    relay.start();
  });
  afterEach(() => home.close());

  const listen = async (topic: string) => {
    const onBatch = async ({ messages }: { messages: readonly object[] }) =>
      void seen.push(...(messages as OutgoingMessage[]));
    const subscription = await home.broker.subscribe({
      group: `w-${topic}`,
      topics: [topic],
      fromBeginning: true,
      onBatch,
    });
    home.later(() => subscription.close());
  };
  const write = (...messages: OutgoingMessage[]) =>
    home.database.transaction(async () => void (await home.database.query(outboxMessages(messages))));
  const versions = (id: string, topic = notes.name) =>
    seen.filter((m) => m.key === id && m.topic === topic).map(({ headers }) => Number(headers['ce_aggregateversion']));
  const waiting = async () =>
    (
      await home.rows<{ topic: string; key: string; n: number }>(
        'select topic, key, count(*) as n from outbox group by topic, key order by topic, key',
      )
    ).map(({ topic, key, n }) => [topic, key, n]);
  const flows = async (id: string, last: number, topic?: string) => {
    await eventually(() => versions(id, topic).includes(last), { within: 60_000 });
    const inOrder = [...new Set(versions(id, topic))];
    expect(inOrder).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  };
  const to = (topic: string, sent: OutgoingMessage): OutgoingMessage => ({ ...sent, topic });
  const limit = async (bytes: number) => {
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: prefix + notes.name, configEntries }] });
    await admin.disconnect();
  };

  it('waits, if it is a topic that is not there, while the others flow, and follows in order once it is', async () => {
    const [id, other] = [newId(), newId()];
    const absent: TopicDeclaration = { ...notes, name: 'crm.absent.events' };
    await write(...[1, 2].flatMap((n) => [to(absent.name, message(id, n)), message(other, n)]));
    await flows(other, 2);
    await write(to(absent.name, message(id, 3)), message(other, 3));
    await flows(other, 3);
    await eventually(async () => (await waiting()).length === 1);
    expect(await waiting()).toEqual([[absent.name, id, 3]]);
    expect(warnings.map(({ topic, key }) => [topic, key])).toEqual([[absent.name, undefined]]);
    await home.broker.ensureTopics([absent]);
    await listen(absent.name);
    await flows(id, 3, absent.name);
    await eventually(async () => (await waiting()).length === 0);
  });

  it('waits, if it is a topic for dead letters that the broker does not make, while the others flow', async () => {
    const other = newId();
    const letters = 'crm.note.events.no such name.dlq';
    await write(to(letters, message(newId(), 1)), message(other, 1));
    await flows(other, 1);
    await write(message(other, 2));
    await flows(other, 2);
    await eventually(async () => (await waiting()).length === 1);
    expect((await waiting())[0]?.[0]).toBe(letters);
    expect(warnings.map(({ topic }) => topic)).toEqual([letters]);
  });

  it('waits, if it is an event that is too large, with the later ones of its record, while the other records flow', async () => {
    await limit(20_000);
    const [id, other] = [newId(), newId()];
    const large = { value: JSON.stringify({ note: { id, n: 2 }, by: 'x'.repeat(30_000) }) };
    await write(message(id, 1), message(id, 2, large), message(id, 3), message(other, 1), message(other, 2));
    await flows(other, 2);
    await eventually(() => versions(id).includes(1), { within: 20_000 });
    await write(message(other, 3), message(id, 4));
    await flows(other, 3);
    await eventually(async () => (await waiting()).length === 1);
    expect(await waiting()).toEqual([[notes.name, id, 3]]);
    expect(warnings.map(({ topic, key }) => [topic, key])).toEqual([[notes.name, id]]);
    await limit(1_000_000);
    await flows(id, 4);
  });

  it('is not a topic with fewer partitions than are declared: it is used, and named with the mend', async () => {
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => void said.push(message) };
    const broker = brokerFrom(freshKafka().url, { clientId: 'test', topicPrefix: prefix, logger });
    home.later(() => broker.close());
    await broker.ensureTopics([{ ...notes, partitions: 6 }]);
    expect(said).toEqual([expect.stringContaining('npm run ops -- topics raise crm.note.events --partitions 6')]);
    said.length = 0;
    await broker.ensureTopics([notes]);
    expect(said).toEqual([]);
  });

  it('goes in smaller parts, if only so many at once are too much', async () => {
    await limit(20_000);
    const ids = Array.from({ length: 3 }, newId);
    await write(...Array.from({ length: 100 }, (_, n) => ids.map((id) => message(id, n + 1))).flat());
    for (const id of ids) await flows(id, 100);
    await eventually(async () => (await waiting()).length === 0);
    expect(warnings).toEqual([]);
  });
});
