import type { Admin } from 'kafkajs';
import type pg from 'pg';
import type { Ground } from '../harness/ground.js';
import type { Prepared, Scenario } from '../harness/scenario.js';
import { leadRows, type LeadRow } from '../load/leads.js';
import { historyOf, PER_BATCH, sizes, type Size } from './history.js';
import { lengthOf } from './topics.js';

const SEED = 3;

/** How fast a process takes events in. */
export const consume: Scenario<Size> = {
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
  prepare: async (ground, size) => {
    const history = await historyOf(ground, size, SEED);
    const databaseUrl = await ground.serviceDatabase('analytics');

    return {
      floor: async () => ({ read: await history.bareRead(), insert: await bareInsert(ground, size) }),
      run: async () => {
        const { perSecond, timed, cpu } = await history.takenIn('analytics', 'analytics');
        return { figures: { eventsPerSecond: perSecond }, cpu, notes: { 'events timed': timed } };
      },
      check: async () => {
        const client = await ground.connect(databaseUrl);
        return [
          ...(await checkRows(client, leadRows(history.drawn()))),
          ...(await checkInbox(client, history.admin, history.topic)),
        ];
      },
    } satisfies Prepared;
  },
};

async function bareInsert(ground: Ground, { events: count, warmUp }: Size): Promise<number> {
  const databaseUrl = await ground.database('bench_floor');
  await ground.migrate('analytics', databaseUrl);
  const inserter = await ground.worker('bare-inserter', 'bare-inserter', { databaseUrl });
  const insert = await inserter.call<number>('rate', { count, warmUp, perBatch: PER_BATCH, seed: SEED });
  await inserter.kill();
  return insert;
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
