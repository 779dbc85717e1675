import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import pg from 'pg';
import { Random } from './random.js';

/**
 * `node mistaken-relay.js <database> <brokers> <two-relays|overlapping-sends>`: carries an outbox to Kafka in ways that look
 * right and break the order per record. The harness runs it in the place of the relay that holds the lock, to see that the
 * checker tells; it is no part of the product.
 *
 * - `two-relays`: two that share the outbox without a lock and keep out of each other's rows by `for update skip locked`,
 *   each deleting what was acknowledged. While one is slow, the other overtakes it.
 * - `overlapping-sends`: one that holds the lock and does not wait for a batch before it sends the next, by another connection;
 *   a batch that failed is sent again while later ones go on.
 */
const [, , databaseUrl = '', brokers = '', mode = ''] = process.argv;
const LOCK = 0x766f726f;
const ROWS = 2;
const IN_FLIGHT = 4;

interface Row {
  id: string;
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: string | null;
}

const random = new Random(1, mode);
const kafka = new Kafka({ brokers: [brokers], clientId: 'mistaken-relay', logLevel: logLevel.NOTHING });

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => process.exit(1));
  await client.connect();
  return client;
}

async function producer(): Promise<Producer> {
  const made = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
  await made.connect();
  return made;
}

async function send(by: Producer, rows: readonly Row[]): Promise<void> {
  for (const { topic, key, headers, value } of rows) await by.send({ topic, messages: [{ key, headers, value }] });
}

/** Waits for the lock, and puts an end to whoever holds it: from now on the true relay keeps out. */
async function takeLock(): Promise<void> {
  const client = await connected();
  const other = await connected();
  const mine = client.query('select pg_advisory_lock($1)', [LOCK]);
  await sleep(200);
  await other.query(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and granted and objid = $1 and database = (select oid from pg_database where datname = current_database())`,
    [LOCK],
  );
  await mine;
  await other.end();
}

const head = `select id, topic, key, headers, value from outbox where id <> all($1::bigint[]) order by id limit ${ROWS}`;
const remove = 'delete from outbox where id = any($1::bigint[])';
const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);

async function unlocked(): Promise<void> {
  const [client, by] = await Promise.all([connected(), producer()]);
  for (;;) {
    await client.query('begin');
    const { rows } = await client.query<Row>(`${head} for update skip locked`, [[]]);
    if (rows.length > 0) {
      // Now and then it stands still for a while, as a process does that is short of memory or of its turn.
      if (random.chance(0.25)) await sleep(random.between(1_000, 3_000));
      await send(by, rows);
      await client.query(remove, [ids(rows)]);
    }
    await client.query('commit');
    if (rows.length === 0) await sleep(20);
  }
}

async function overlapping(): Promise<void> {
  const client = await connected();
  const free = await Promise.all(Array.from({ length: IN_FLIGHT }, producer));
  const flying = new Set<string>();
  for (;;) {
    const by = free.pop();
    const { rows } = by ? await client.query<Row>(head, [[...flying]]) : { rows: [] };
    if (!by || rows.length === 0) {
      if (by) free.push(by);
      await sleep(20);
      continue;
    }
    for (const id of ids(rows)) flying.add(id);
    void (async () => {
      // The first try of some gets lost, as when a connection breaks.
      if (random.chance(0.2)) await sleep(300);
      await sleep(random.between(0, 100));
      await send(by, rows);
      await client.query(remove, [ids(rows)]);
      for (const id of ids(rows)) flying.delete(id);
      free.push(by);
    })();
  }
}

process.on('unhandledRejection', () => process.exit(1));
await takeLock();
await (mode === 'two-relays' ? Promise.all([unlocked(), unlocked()]) : overlapping());
