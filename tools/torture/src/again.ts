import { randomUUID } from 'node:crypto';
import { type Admin, type IHeaders, Kafka, logLevel } from 'kafkajs';
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

/** Sets a group's offsets back, as if it had died before it committed them. */
export function rewind(brokers: string, group: string, back: number): Promise<void> {
  return moveOffsets(brokers, group, async (_, committed) =>
    committed.map((position) => ({ ...position, offset: String(Math.max(0, Number(position.offset) - back)) })),
  );
}

/** Puts the last events of a topic on it again as they were, as a producer that had no answer would. */
export async function sendAgain(brokers: string, topic: string, many: number): Promise<void> {
  const kafka = kafkaClient(brokers);
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  const groupId = `torture-again-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId });
  try {
    await admin.connect();
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map((end) => [end.partition, Number(end.high)]));
    const left = new Set([...ends].filter(([, high]) => high > 0).map(([partition]) => partition));
    if (left.size === 0) return;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const again: { partition: number; key: Buffer | null; value: Buffer | null; headers: IHeaders }[] = [];
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, headers = {}, offset } }) => {
        const end = ends.get(partition) ?? 0;
        const place = Number(offset);
        if (place >= end - many && place < end) again.push({ partition, key, value, headers });
        if (place >= end - 1) left.delete(partition);
      },
    });
    await until(() => left.size === 0, 15_000, `${topic} could not be read`);
    await producer.connect();
    await producer.send({ topic, messages: again });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}
