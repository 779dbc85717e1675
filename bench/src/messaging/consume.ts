import { LeadCreated } from '@voronka/contracts';
import type { RecordedEvent } from '@voronka/messaging';
import { Partitioners, type Admin } from 'kafkajs';
import type pg from 'pg';
import { monotonic, until } from '../harness/clock.js';
import { cpuEach, cpuOf } from '../harness/cpu.js';
import { bareKafka } from '../harness/bare-kafka.js';
import type { Ground } from '../harness/ground.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { lead, leadRows, type LeadRow } from '../load/leads.js';
import { events, grouped } from '../load/lives.js';
import { messageOf } from '../load/messages.js';
import { committedOf, lengthOf } from './topics.js';

const sizes = {
  full: { events: 200_000, warmUp: 30_000 },
  small: { events: 30_000, warmUp: 10_000 },
  smoke: { events: 600, warmUp: 0 },
};
type S = (typeof sizes)['full'];
const SEED = 3;
const PER_BATCH = 500;

/** How fast a process takes events in. */
export const consume: Scenario<S> = {
  name: 'consume',
  group: 'messaging',
  title: 'Taking events in',
  what:
    'One process of the analytics service, as it is shipped, starts on a topic that holds the events of leads already, and ' +
    'takes them in through event bus, inbox and the projection of leads. Timed by the offsets its group has committed, from ' +
    'the end of a warm-up to the end of the topic. Checked: every row of the projection, an inbox row for every event, ' +
    'nothing parked. The floors are a kafkajs consumer that does nothing with the messages, and `pg` writing the same rows ' +
    '(inbox, progress of the record, projection) with one statement per table for 500 events, on three connections.',
  per: 'event',
  measures: {
    eventsPerSecond: {
      name: 'Kafka to projection, one process',
      unit: 'events/s',
      better: 'more',
      goal: { atLeast: 20_000 },
      floors: ['insert', 'read'],
    },
  },
  floors: {
    insert: { name: 'bare pg, same rows set-based', unit: 'events/s' },
    read: { name: 'bare consumer', unit: 'messages/s' },
  },
  sizes,
  minutes: 15,
  prepare: async (ground, { events: count, warmUp }) => {
    await ground.topics();
    const topic = ground.prefix + LeadCreated.topic;
    await fill(ground, topic, count);
    const databaseUrl = await ground.serviceDatabase('analytics');
    const admin = await ground.admin();
    const group = `${ground.prefix}analytics`;
    const committed = () => committedOf(admin, group, topic);

    return {
      floor: () => floors(ground, topic, { events: count, warmUp }),
      run: async () => {
        const { pid } = await ground.begun('analytics');
        const pids = { analytics: pid, ...ground.servers.pids };
        const warm = await until(
          async () => {
            const done = await committed();
            return done >= warmUp && { done, at: monotonic(), cpu: cpuOf(pids) };
          },
          { within: 120_000, every: 50, otherwise: 'The warm-up was not taken in' },
        );
        await until(async () => (await committed()) >= count, {
          within: 240_000,
          every: 50,
          otherwise: 'The events were not taken in',
        });
        const [left, took] = [count - warm.done, monotonic() - warm.at];
        if (left <= 0) throw new Error('Everything was done with the warm-up.');
        return {
          figures: { eventsPerSecond: (left * 1000) / took },
          cpu: cpuEach(pids, warm.cpu, left),
          notes: { 'events timed': left },
        };
      },
      check: async () => {
        const client = await ground.connect(databaseUrl);
        return [...(await checkRows(client, leadRows(drawn(count)))), ...(await checkInbox(client, admin, topic))];
      },
    } satisfies Prepared;
  },
};

const drawn = (count: number): Generator<RecordedEvent, void> => events(count, SEED, [lead]);

async function fill(ground: Ground, topic: string, count: number): Promise<void> {
  const producer = bareKafka(ground.brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const group of grouped(drawn(count), PER_BATCH))
    await producer.send({ topic, acks: -1, messages: group.map((event) => messageOf(event, 'leads')) });
  await producer.disconnect();
}

async function floors(ground: Ground, topic: string, { events: count, warmUp }: S) {
  const consumer = await ground.worker('bare-consumer', 'bare-consumer', { brokers: ground.brokers });
  const read = await consumer.call<number>('rate', { topic, warmUp, count });
  await consumer.kill();
  const databaseUrl = await ground.database('bench_floor');
  await ground.migrate('analytics', databaseUrl);
  const inserter = await ground.worker('bare-inserter', 'bare-inserter', { databaseUrl });
  const insert = await inserter.call<number>('rate', { count, warmUp, perBatch: PER_BATCH, seed: SEED });
  await inserter.kill();
  return { read, insert };
}

/** Holds the projection against what one works out anew from the events. */
async function checkRows(client: pg.Client, wanted: Map<string, LeadRow>): Promise<string[]> {
  const { rows } = await client.query<LeadRow>(
    `select id, version, status, furthest, owner_id as "ownerId", source, captured_at as "capturedAt",
       converted_at as "convertedAt" from lead`,
  );
  const textOf = (row: LeadRow | undefined) =>
    row &&
    [
      row.id,
      row.version,
      row.status,
      row.furthest,
      row.ownerId,
      row.source,
      +row.capturedAt,
      row.convertedAt && +row.convertedAt,
    ].join();
  const different = rows.filter((row) => textOf(row) !== textOf(wanted.get(row.id))).length;
  return [
    ...(rows.length === wanted.size
      ? []
      : [`The projection has ${rows.length} leads, and ${wanted.size} were announced.`]),
    ...(different === 0 ? [] : [`${different} rows of the projection are not what the events say.`]),
  ];
}

async function checkInbox(client: pg.Client, admin: Admin, topic: string): Promise<string[]> {
  const { rows } = await client.query<{ known: number; parked: number }>(
    'select (select count(*) from inbox)::integer as known, (select count(*) from parked_event)::integer as parked',
  );
  const [{ known, parked } = { known: 0, parked: 0 }] = rows;
  const sent = await lengthOf(admin, topic);
  return [
    ...(known === sent ? [] : [`The inbox knows ${known} events, and ${sent} are on the topic.`]),
    ...(parked === 0 ? [] : [`${parked} events are parked.`]),
  ];
}
