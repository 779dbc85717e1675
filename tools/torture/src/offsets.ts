import { type Admin, Kafka, logLevel } from 'kafkajs';
import { until } from './stage.js';

export interface Position {
  topic: string;
  partition: number;
  offset: string;
}

export const kafkaClient = (brokers: string): Kafka =>
  new Kafka({ brokers: [brokers], clientId: 'torture', logLevel: logLevel.NOTHING, retry: { retries: 8 } });

/**
 * Moves a group whose members are all gone: answers are asked of `to` by what it has committed. Joins the group for a moment
 * to do so, since kafkajs's own `setOffsets` takes five seconds for each topic.
 */
export async function moveOffsets(
  brokers: string,
  group: string,
  to: (admin: Admin, committed: readonly Position[]) => Promise<Position[]>,
): Promise<void> {
  const kafka = kafkaClient(brokers);
  const admin = kafka.admin();
  const member = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  try {
    await admin.connect();
    const state = async () => (await admin.describeGroups([group])).groups[0]?.state;
    await until(async () => (await state()) === 'Empty', 20_000, `The group ${group} is not empty`);
    const committed = (await admin.fetchOffsets({ groupId: group })).flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
    );
    const positions = await to(admin, committed);
    if (positions.length === 0) return;
    const joined = new Promise<void>((resolve) => member.on(member.events.GROUP_JOIN, () => resolve()));
    await member.connect();
    await member.subscribe({ topics: [...new Set(positions.map(({ topic }) => topic))] });
    await member.run({ autoCommit: false, eachBatch: async () => undefined });
    await joined;
    await member.commitOffsets(positions);
    const now = (await admin.fetchOffsets({ groupId: group })).flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => `${topic}/${partition}@${offset}`),
    );
    const astray = positions.find(({ topic, partition, offset }) => !now.includes(`${topic}/${partition}@${offset}`));
    if (astray) throw new Error(`The offsets of ${group} were not moved: ${JSON.stringify(astray)}`);
  } finally {
    await Promise.all([member.disconnect(), admin.disconnect()]);
  }
}
