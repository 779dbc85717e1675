import { randomUUID } from 'node:crypto';
import type { Consumer } from 'kafkajs';
import { monotonic } from '../harness/clock.js';
import { bareKafka } from '../harness/bare-kafka.js';
import { writeKey } from '../messaging/writes.js';
import { serve, settingsOf } from './serve.js';

/** An independent reader of a topic: notes when each event could be read. */
const { brokers, topic } = settingsOf<{ brokers: string; topic: string }>();

export interface Sighting {
  /** The record and its version. */
  readonly key: string;
  /** On the monotonic clock. */
  readonly at: number;
  /** The same by the wall clock, in milliseconds. */
  readonly wall: number;
}

const sightings: Sighting[] = [];
let consumer: Consumer | undefined;

serve({
  /** Resolves once everything that comes from now on will be seen. */
  start: async () => {
    consumer = bareKafka(brokers).consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 500, minBytes: 1 });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise<void>((resolve) => consumer?.on(consumer.events.GROUP_JOIN, () => resolve()));
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: ({ batch }) => {
        const [at, wall] = [monotonic(), performance.timeOrigin + performance.now()];
        for (const { key, headers } of batch.messages) {
          const header = (name: string): string => headers?.[name]?.toString() ?? '';
          sightings.push({
            key: writeKey(key?.toString() ?? '', Number(header('ce_aggregateversion'))),
            at,
            wall,
          });
        }
        return Promise.resolve();
      },
    });
    await joined;
  },
  seen: () => sightings.length,
  stop: async () => {
    await consumer?.disconnect();
    return sightings;
  },
});
