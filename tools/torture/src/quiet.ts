import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import pg from 'pg';
import { serviceNames, type ServiceName, type Stage } from './stage.js';

/** Waits until nothing moves; answers what still does when the time is over. Twice seen at rest in a row is at rest. */
export async function rest(stage: Stage, since: number, withinSeconds: number): Promise<string[]> {
  for (let quiet = 0; ;) {
    const moving = await unrest(stage);
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (quiet === 2) return [];
    if (Date.now() - since > withinSeconds * 1000)
      return moving.map((what) => `not at rest after ${withinSeconds} s: ${what}`);
    await sleep(100);
  }
}

/** What still moves in the system, as sentences; none when it is quiet. */
async function unrest(stage: Stage): Promise<string[]> {
  const databases = serviceNames.map((name) =>
    waiting(name, stage.system.databaseUrl(name)).catch((error: Error) => [`${name}: ${error.message}`]),
  );
  const groups = lags(stage.brokers).catch((error: Error) => [`Kafka: ${error.message}`]);
  return (await Promise.all([...databases, groups])).flat();
}

async function waiting(name: ServiceName, connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const moving: string[] = [];
    const { rows } = await client.query<{ outbox: string; parked: string }>(
      `select (select count(*) from outbox) as outbox, (select count(*) from parked_event where status in ('retrying', 'waiting')) as parked`,
    );
    if (rows[0]?.outbox !== '0') moving.push(`${name}: ${rows[0]?.outbox} in the outbox`);
    if (rows[0]?.parked !== '0') moving.push(`${name}: ${rows[0]?.parked} parked for a repeat`);
    if (name !== 'leads') return moving;
    const running = await client.query(`select id from conversion where status in ('RUNNING', 'UNDOING')`);
    if (running.rows.length > 0) moving.push(`leads: ${running.rows.length} conversions under way`);
    return moving;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A service's readers, and whatever else it runs under a name of its own. */
const GROUPS = new RegExp(`^(${serviceNames.join('|')})(\\.state)?$`);

/** Which groups have no readers, and how many messages each has not read yet. */
async function lags(brokers: string): Promise<string[]> {
  const admin = new Kafka({
    brokers: [brokers],
    clientId: 'torture',
    logLevel: logLevel.NOTHING,
    requestTimeout: 5000,
    retry: { retries: 2 },
  }).admin();
  await admin.connect();
  try {
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => GROUPS.test(id));
    const read = await Promise.all(groups.map((groupId) => admin.fetchOffsets({ groupId })));
    const events = (await admin.listTopics()).filter((topic) => topic.endsWith('.events'));
    const topics = [...new Set([...events, ...read.flat().map(({ topic }) => topic)])];
    const ends = new Map<string, number>();
    await Promise.all(
      topics.map(async (topic) => {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic))
          ends.set(`${topic}/${partition}`, Number(high));
      }),
    );
    const behind = groups.flatMap((group, index) => {
      const left = (read[index] ?? []).flatMap(({ topic, partitions }) =>
        partitions.map(
          ({ partition, offset }) => (ends.get(`${topic}/${partition}`) ?? 0) - Math.max(0, Number(offset)),
        ),
      );
      const messages = left.reduce((sum, more) => sum + Math.max(0, more), 0);
      return messages > 0 ? [`${group}: ${messages} messages behind`] : [];
    });
    const states = (await admin.describeGroups(groups)).groups;
    const away = states.filter(({ state, members }) => state !== 'Stable' || members.length === 0);
    return [
      ...away.map(({ groupId, state }) => `${groupId}: its readers are not in the group (${state})`),
      ...behind,
      ...withoutState(events, ends, read.filter((_, index) => groups[index]?.endsWith('.state')).flat()),
    ];
  } finally {
    await admin.disconnect();
  }
}

type Offsets = Awaited<ReturnType<Admin['fetchOffsets']>>;

/** Topics of events of which a partition has never been come to by a publisher of states: it has committed nothing there. */
function withoutState(events: string[], ends: Map<string, number>, read: Offsets): string[] {
  const reached = new Set(
    read.flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, offset }) => (Number(offset) > 0 ? [`${topic}/${partition}`] : [])),
    ),
  );
  return events.flatMap((topic) => {
    const never = [...ends].filter(([place, end]) => place.startsWith(`${topic}/`) && end > 0 && !reached.has(place));
    return never.length > 0 ? [`${topic}: ${never.length} partitions without states`] : [];
  });
}
