import { Database, outboxInsert } from '@voronka/messaging';
import { LeadCreated, DealCreated } from '@voronka/contracts';
import type { Admin } from 'kafkajs';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import type { Ground } from '../harness/ground.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { deal } from '../load/deals.js';
import { lead } from '../load/leads.js';
import { events, grouped } from '../load/lives.js';
import { TopicCheck } from './topic-check.js';
import { lengthOf, readTopics } from './topics.js';

const sizes = {
  full: { events: 200_000, warmUp: 20_000, floor: 100_000 },
  small: { events: 30_000, warmUp: 10_000, floor: 20_000 },
  smoke: { events: 400, warmUp: 100, floor: 1_000 },
};
type S = (typeof sizes)['full'];
const PER_INSERT = 500;
const TOPICS = [LeadCreated.topic, DealCreated.topic];

/** How fast a backlog in the outbox gets to Kafka. */
export const outboxDrain: Scenario<S> = {
  name: 'outbox-drain',
  group: 'messaging',
  title: 'Draining the outbox',
  what:
    'A backlog of events of leads and deals, made with `outboxInsert` and committed 500 at a time while no relay runs, is ' +
    'carried to Kafka by one `OutboxRelay` in a process of its own, which has carried a smaller one before. Timed from the ' +
    "relay's start to the moment Kafka holds every event. Checked: every event is on its topic, in the order of its record, " +
    'with its content, and the outbox is empty. The floors are one kafkajs producer that sends 500 messages at a time, one ' +
    'send outstanding: with 600 bytes and three headers, and with the very messages and headers of the outbox.',
  per: 'event',
  measures: {
    eventsPerSecond: {
      name: 'outbox to Kafka',
      unit: 'events/s',
      better: 'more',
      goal: { atLeast: 20_000 },
      floors: ['same', 'plain'],
    },
  },
  floors: {
    same: { name: 'bare producer, same messages', unit: 'messages/s' },
    plain: { name: 'bare producer, 600 bytes, 3 headers', unit: 'messages/s' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { events: count, warmUp, floor }) => {
    const databaseUrl = await ground.serviceDatabase('leads');
    await ground.migrate('leads', databaseUrl);
    await ground.topics();
    const database = new Database({ url: databaseUrl, max: 2 });
    const relay = await ground.worker('relay', 'relay', {
      ...{ databaseUrl, brokerUrl: ground.brokerUrl, topicPrefix: ground.prefix, name: 'bench-relay' },
    });
    const admin = await ground.admin();
    const topics = TOPICS.map((topic) => ground.prefix + topic);
    const there = () => lengthOfAll(admin, topics);

    await fill(database, warmUp, 1);
    await relay.call('start');
    await until(async () => (await there()) >= warmUp, patience('The warm-up did not get to Kafka'));
    await relay.call('stop');
    const bytes = await fill(database, count, 2);

    return {
      floor: () => floors(ground, databaseUrl, floor),
      run: async () => {
        const pids = { relay: relay.pid, ...ground.servers.pids };
        const before = await there();
        const mark = cpuOf(pids);
        const began = monotonic();
        await relay.call('start');
        await until(async () => (await there()) >= before + count, patience('The outbox was not drained', 20));
        const took = monotonic() - began;
        return { figures: { eventsPerSecond: (count * 1000) / took }, cpu: cpuEach(pids, mark, count), notes: bytes };
      },
      check: async () => {
        const empty = await until(
          async () => (await database.query({ text: 'select from outbox limit 1' })).rowCount === 0,
          patience('The outbox is not empty', 50),
        ).catch((error: Error) => error.message);
        await relay.call('stop');
        await database.close();
        return [...(empty === true ? [] : [empty]), ...(await checkTopics(ground.brokers, topics, [warmUp, count]))];
      },
    } satisfies Prepared;
  },
};

const patience = (otherwise: string, every = 50) => ({ within: 180_000, every, otherwise });
const drawn = (count: number, seed: number) => events(count, seed, [lead, deal]);

async function lengthOfAll(admin: Admin, topics: readonly string[]): Promise<number> {
  const lengths = await Promise.all(topics.map((topic) => lengthOf(admin, topic)));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Writes events to the outbox as services do, many in a transaction; answers how large they are on average. */
async function fill(database: Database, count: number, seed: number): Promise<Record<string, number>> {
  for (const group of grouped(drawn(count, seed), PER_INSERT))
    await database.transaction(() => database.query(outboxInsert(group, 'leads')));
  await database.query({ text: 'analyze outbox' });
  const { rows } = await database.query<{ value: number; headers: number }>({
    text: `select round(avg(octet_length(value)))::integer as value, round(avg(octet_length(headers::text)))::integer as headers
           from outbox`,
  });
  return { 'bytes of an event': rows[0]?.value ?? 0, 'and of its headers, as JSON': rows[0]?.headers ?? 0 };
}

async function floors(ground: Ground, databaseUrl: string, count: number) {
  const producer = await ground.worker('bare-producer', 'bare-producer', { brokers: ground.brokers });
  const same = await producer.call<number>('same', { topic: await ground.floorTopic('same'), count, databaseUrl });
  const plain = await producer.call<number>('plain', { topic: await ground.floorTopic('plain'), count });
  await producer.kill();
  return { same, plain };
}

async function checkTopics(brokers: string, topics: readonly string[], counts: readonly number[]): Promise<string[]> {
  const check = new TopicCheck();
  counts.forEach((count, i) => {
    for (const event of drawn(count, i + 1)) check.want(event);
  });
  await readTopics(brokers, topics, (_, message) => check.see(message));
  // They would have ended the time before all events were there.
  return [
    ...check.findings(),
    ...(check.repeats > 0 ? [`${check.repeats} events came twice: the time is not that of all.`] : []),
  ];
}
