import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { serviceNames, type Stage } from './stage.js';

/** What still moves in the system, as sentences; none when it is quiet. */
export async function unrest(stage: Stage): Promise<string[]> {
  const moving: string[] = [];
  for (const name of serviceNames) {
    const client = new pg.Client({ connectionString: stage.system.databaseUrl(name), connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ outbox: string; parked: string }>(
        `select (select count(*) from outbox) as outbox, (select count(*) from parked_event where status in ('retrying', 'waiting')) as parked`,
      );
      if (rows[0]?.outbox !== '0') moving.push(`${name}: ${rows[0]?.outbox} in the outbox`);
      if (rows[0]?.parked !== '0') moving.push(`${name}: ${rows[0]?.parked} parked for a repeat`);
      if (name !== 'leads') continue;
      const running = await client.query(`select id from conversion where status in ('RUNNING', 'UNDOING')`);
      if (running.rows.length > 0) moving.push(`leads: ${running.rows.length} conversions under way`);
    } catch (error) {
      moving.push(`${name}: ${(error as Error).message}`);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return [...moving, ...(await lags(stage.brokers).catch((error: Error) => [`Kafka: ${error.message}`]))];
}

/** How many messages each group has not read yet. */
async function lags(brokers: string): Promise<string[]> {
  const admin = new Kafka({
    brokers: [brokers],
    clientId: 'torture',
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  }).admin();
  await admin.connect();
  try {
    const behind = new Map<string, number>();
    const ends = new Map<string, Promise<Map<number, number>>>();
    const endsOf = async (topic: string) =>
      new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
    for (const groupId of serviceNames) {
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId })) {
        if (!ends.has(topic)) ends.set(topic, endsOf(topic));
        const high = await ends.get(topic);
        for (const { partition, offset } of partitions) {
          const left = (high?.get(partition) ?? 0) - Math.max(0, Number(offset));
          if (left > 0) behind.set(groupId, (behind.get(groupId) ?? 0) + left);
        }
      }
    }
    return [...behind].map(([group, messages]) => `${group}: ${messages} messages behind`);
  } finally {
    await admin.disconnect();
  }
}
