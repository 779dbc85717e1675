import { randomUUID } from 'node:crypto';
import { monotonic } from '../harness/clock.js';
import { bareKafka } from '../harness/bare-kafka.js';
import { serve, settingsOf } from './serve.js';

/** kafkajs alone: how fast a topic is read when nothing is done with what is read. */
const { brokers } = settingsOf<{ brokers: string }>();

serve({
  /** Reads `count` messages from the beginning; answers messages a second after the first `warmUp` of them. */
  rate: async ({ topic, warmUp, count }: { topic: string; warmUp: number; count: number }) => {
    const consumer = bareKafka(brokers).consumer({ groupId: `bench-${randomUUID()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    let read = 0;
    let warm: { at: number; read: number } | undefined;
    const perSecond = await new Promise<number>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => !payload.restart && reject(payload.error));
      const eachBatch = async ({ batch }: { batch: { messages: readonly unknown[] } }): Promise<void> => {
        read += batch.messages.length;
        if (!warm && read >= warmUp) warm = { at: monotonic(), read };
        else if (warm && read >= count) resolve(((read - warm.read) * 1000) / (monotonic() - warm.at));
      };
      consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 3, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
    return perSecond;
  },
});
