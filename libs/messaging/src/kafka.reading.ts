import type { Consumer, Kafka } from 'kafkajs';
import type { IncomingMessage, Place } from './broker.js';
import type { Stretch } from './broker-view.js';
import { incoming } from './kafka.message.js';

/** Milliseconds without any progress after which reading is given up. */
const STALL = 30_000;

/** Reads stretches of topics, in the order of each partition, as the only member of a group; commits nothing. */
export async function readStretches(
  kafka: Kafka,
  { groupId, prefix }: { groupId: string; prefix: string },
  stretches: readonly Stretch[],
  each: (message: IncomingMessage) => void,
): Promise<void> {
  const left = new Map(stretches.filter(({ from, to }) => from < to).map((stretch) => [nameOf(stretch), stretch]));
  if (left.size === 0) return;
  // A broker that has just started is not ready for groups for some seconds.
  const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 20 };
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry });
  try {
    await consumer.connect();
    const topics = [...new Set([...left.values()].map(({ topic }) => prefix + topic))];
    await consumer.subscribe({ topics, fromBeginning: true });
    await finished(consumer, prefix, left, each);
  } finally {
    await consumer.disconnect().catch(() => {});
  }
}

function finished(
  consumer: Consumer,
  prefix: string,
  left: Map<string, Stretch>,
  each: (message: IncomingMessage) => void,
): Promise<void> {
  const next = new Map([...left].map(([name, { from }]) => [name, from]));
  return new Promise((resolve, reject) => {
    const stalled = () => reject(new Error(`Not all could be read: ${[...left.keys()].join(', ')}`));
    let timer = setTimeout(stalled, STALL);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || end(() => reject(payload.error)));
    const running = consumer.run({
      autoCommit: false,
      eachBatch: ({ batch, pause }) => {
        const place = { topic: batch.topic.slice(prefix.length), partition: batch.partition };
        const name = nameOf(place);
        const stretch = left.get(name);
        if (!stretch) {
          pause();
          return Promise.resolve();
        }
        for (const raw of batch.messages) {
          const message = incoming(raw, place.topic, place.partition);
          // What was fetched before the consumer was told where to begin, and what came after the stretch's end.
          if (message.offset < (next.get(name) ?? 0) || message.offset >= stretch.to) continue;
          each(message);
          next.set(name, message.offset + 1);
        }
        clearTimeout(timer);
        timer = setTimeout(stalled, STALL);
        if (Number(batch.lastOffset()) >= stretch.to - 1) left.delete(name);
        if (left.size === 0) end(resolve);
        return Promise.resolve();
      },
    });
    running.catch((error: Error) => end(() => reject(error)));
    for (const { topic, partition, from } of left.values())
      consumer.seek({ topic: prefix + topic, partition, offset: String(from) });
  });
}

const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;
