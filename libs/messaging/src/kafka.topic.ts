import type { TopicDeclaration } from '@voronka/contracts';

/**
 * How a topic is kept, said with the topic: what it leaves to the broker may be deleted there after a week. Compacted
 * topics forget a tombstone after a week, long enough for every reader to have seen it.
 */
export const keeping = ({ cleanup, retention }: TopicDeclaration): Record<string, string> => ({
  'cleanup.policy': cleanup,
  'retention.ms': String(retention),
  'retention.bytes': '-1',
  ...(cleanup === 'compact' && { 'delete.retention.ms': String(7 * 24 * 3600 * 1000) }),
});

/** What Kafka is asked for when a topic is made. */
export const topicSettings = (prefix: string, declaration: TopicDeclaration) => ({
  topic: prefix + declaration.name,
  numPartitions: declaration.partitions,
  replicationFactor: -1,
  configEntries: Object.entries(keeping(declaration)).map(([name, value]) => ({ name, value })),
});
