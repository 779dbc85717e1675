import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicDeclaration } from '@voronka/contracts';
import type { Admin } from 'kafkajs';

const DAY = 24 * 3600 * 1000;
/** Milliseconds that new topics may take to be known. */
const PATIENCE = 10_000;

/**
 * How a topic is kept, said with the topic: what it leaves to the broker may be deleted there after a week. Compacted
 * topics forget a tombstone after a week, long enough for every reader to have seen it. What was replaced is gone when it
 * is a fifth of the log, so that a new reader has little to read in vain, and after a week in any case, since it may be
 * personal; the segment that is written to is not compacted, and therefore closed each day.
 */
export const keeping = ({ cleanup, retention }: TopicDeclaration): Record<string, string> => ({
  'cleanup.policy': cleanup,
  'retention.ms': String(retention),
  'retention.bytes': '-1',
  ...(cleanup === 'compact' && {
    'delete.retention.ms': String(7 * DAY),
    'min.cleanable.dirty.ratio': '0.2',
    'max.compaction.lag.ms': String(7 * DAY),
    'segment.ms': String(DAY),
  }),
});

/** Of a topic that has fewer partitions than are declared: what follows, and how it gets them. */
export function fewerPartitions({ name, partitions, cleanup }: TopicDeclaration, there: number): string {
  const more =
    cleanup === 'compact'
      ? `Nothing is lost by it; for more, stop its service, delete the topic, and npm run ops -- states refill`
      : `No more than ${there} instances share its events; give it more in order: npm run ops -- topics raise ${name} --partitions ${Math.ceil(partitions / there) * there}`;
  return `Topic ${name} has ${there} partitions, and ${partitions} are declared. ${more}`;
}

/** What Kafka is asked for when a topic is made. */
const topicSettings = (prefix: string, declaration: TopicDeclaration) => ({
  topic: prefix + declaration.name,
  numPartitions: declaration.partitions,
  replicationFactor: -1,
  configEntries: Object.entries(keeping(declaration)).map(([name, value]) => ({ name, value })),
});

/**
 * Makes topics, and resolves when messages can be sent to them. Each broker learns of them in its own time, and answers until
 * then that there is no such topic: the library's own waiting takes that for a failure.
 */
export async function createTopics(admin: Admin, prefix: string, topics: readonly TopicDeclaration[]): Promise<void> {
  if (topics.length === 0) return;
  const settings = topics.map((topic) => topicSettings(prefix, topic));
  await admin.createTopics({ waitForLeaders: false, topics: settings });
  for (const until = performance.now() + PATIENCE; ; await sleep(50)) {
    try {
      await admin.fetchTopicMetadata({ topics: settings.map(({ topic }) => topic) });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}
