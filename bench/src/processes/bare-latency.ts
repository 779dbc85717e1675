import { randomBytes, randomUUID } from 'node:crypto';
import { Partitioners, type Message } from 'kafkajs';
import { monotonic, pause } from '../harness/clock.js';
import { bareKafka } from '../harness/bare-kafka.js';
import { distributionOf } from '../harness/latency.js';
import { dueAt, openLoop, type OpenLoop } from '../load/open-loop.js';
import { serve, settingsOf } from './serve.js';

/** kafkajs alone: how long a message takes from one process into Kafka and out again, at a fixed rate. */
const { brokers } = settingsOf<{ brokers: string }>();

serve({
  measure: async ({ topic, loop, warmUp }: { topic: string; loop: OpenLoop; warmUp: number }) => {
    const total = Math.round(loop.perSecond * loop.seconds);
    const kafka = bareKafka(brokers);
    const took: number[] = [];
    let come = 0;
    const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 500, minBytes: 1 });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await Promise.all([consumer.connect(), producer.connect()]);
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    const timed: OpenLoop = { ...loop, startAt: 0 };
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: ({ batch }) => {
        const now = monotonic();
        for (const { headers } of batch.messages) {
          const n = Number(headers?.['n']?.toString());
          come += 1;
          if (n >= warmUp) took.push(now - dueAt(timed, n));
        }
        return Promise.resolve();
      },
    });
    await joined;

    const value = randomBytes(300).toString('hex');
    const waiting: Message[] = [];
    let sending: Promise<void> | undefined;
    // One send outstanding, with whatever has come meanwhile.
    const flush = async (): Promise<void> => {
      while (waiting.length > 0) await producer.send({ topic, acks: -1, messages: waiting.splice(0) });
      sending = undefined;
    };
    Object.assign(timed, { startAt: monotonic() + 200 });
    await openLoop(timed, (due) => {
      for (const n of due) waiting.push({ key: randomUUID(), value, headers: { n: String(n) } });
      sending ??= flush();
    });
    for (const until = monotonic() + 20_000; come < total && monotonic() < until;) await pause(20);
    await Promise.all([consumer.disconnect(), producer.disconnect()]);
    if (come < total) throw new Error(`${total - come} of ${total} bare messages did not come.`);
    return distributionOf(took);
  },
});
