import { randomBytes, randomUUID } from 'node:crypto';
import { Partitioners, type Message } from 'kafkajs';
import pg from 'pg';
import { monotonic } from '../harness/clock.js';
import { bareKafka } from '../harness/bare-kafka.js';
import { serve, settingsOf } from './serve.js';

/** kafkajs alone: how fast messages get into Kafka when nothing else is done. One send outstanding. */
const { brokers } = settingsOf<{ brokers: string }>();
const PER_SEND = 500;
const WARM_UP = 30;

async function send(topic: string, sends: number, messages: (n: number) => Message[]): Promise<number> {
  const producer = bareKafka(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let n = 0; n < Math.min(WARM_UP, sends); n++) await producer.send({ topic, acks: -1, messages: messages(n) });
  const began = monotonic();
  for (let n = 0; n < sends; n++) await producer.send({ topic, acks: -1, messages: messages(n) });
  const took = monotonic() - began;
  await producer.disconnect();
  return (sends * PER_SEND * 1000) / took;
}

serve({
  /** Messages of 600 bytes with three headers; answers messages a second. */
  plain: ({ topic, count }: { topic: string; count: number }) => {
    const headers = { ce_id: randomUUID(), ce_type: 'crm.lead.updated', ce_subject: randomUUID() };
    const pool = Array.from({ length: 20 * PER_SEND }, () => ({
      key: randomUUID(),
      value: randomBytes(300).toString('hex'),
      headers,
    }));
    return send(topic, Math.ceil(count / PER_SEND), (n) => slice(pool, n));
  },
  /** What stands in an outbox: the same keys, headers and values, without reading and deleting the rows. */
  same: async ({ topic, count, databaseUrl }: { topic: string; count: number; databaseUrl: string }) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ key: string; value: string; headers: Record<string, string> }>(
      `select key, value, headers from outbox order by id limit ${20 * PER_SEND}`,
    );
    await client.end();
    return send(topic, Math.ceil(count / PER_SEND), (n) => slice(rows, n));
  },
});

/** The `n`th send's share of a pool that is gone through again and again. */
function slice(pool: readonly Message[], n: number): Message[] {
  const groups = Math.max(1, Math.floor(pool.length / PER_SEND));
  const from = (n % groups) * PER_SEND;
  const group = pool.slice(from, from + PER_SEND);
  // A pool smaller than a send, in the tests.
  return Array.from({ length: PER_SEND }, (_, i) => group[i % group.length] as Message);
}
