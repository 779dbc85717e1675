import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { isTold, placeName, type Ends, type Log, type Raw } from './log.js';

/** Milliseconds without any progress after which reading is given up. */
const STALL = 60_000;
const RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 20 };

/** Apache Kafka. A group is made for each reading, commits nothing and is deleted. */
export function kafkaLog(brokers: string[], prefix: string): Log {
  const kafka = new Kafka({ brokers, clientId: 'voronka-checker', logLevel: logLevel.NOTHING, retry: RETRY });
  const admin = kafka.admin();
  const connected = admin.connect();
  return {
    ends: async () => {
      await connected;
      const ends = new Map<string, number>();
      for (const name of await admin.listTopics()) {
        const topic = name.startsWith(prefix) ? name.slice(prefix.length) : '';
        if (!isTold(topic)) continue;
        for (const { partition, high } of await admin.fetchTopicOffsets(name))
          ends.set(placeName(topic, partition), Number(high));
      }
      return ends;
    },
    read: async (from, to, each) => {
      await connected;
      const left = new Map([...to].filter(([place, end]) => end > (from.get(place) ?? 0)));
      if (left.size === 0) return;
      const groupId = `${prefix}voronka-checker-${randomUUID()}`;
      const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry: RETRY });
      try {
        await consumer.connect();
        const topics = new Set([...left.keys()].map((place) => prefix + place.slice(0, place.lastIndexOf('/'))));
        await consumer.subscribe({ topics: [...topics], fromBeginning: true });
        await finished(consumer, prefix, from, left, each);
      } finally {
        await consumer.disconnect().catch(() => undefined);
        await admin.deleteGroups([groupId]).catch(() => undefined);
      }
    },
    behind: async (group, ends) => {
      await connected;
      const behind = new Map<string, number>();
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId: prefix + group })) {
        if (!topic.startsWith(prefix) || partitions.every(({ offset }) => Number(offset) < 0)) continue;
        for (const { partition, offset } of partitions) {
          const place = placeName(topic.slice(prefix.length), partition);
          const left = (ends.get(place) ?? 0) - Math.max(0, Number(offset));
          if (left > 0) behind.set(place, left);
        }
      }
      return behind;
    },
    close: async () => {
      await connected.catch(() => undefined);
      await admin.disconnect();
    },
  };
}

function finished(
  consumer: Consumer,
  prefix: string,
  from: Ends,
  left: Map<string, number>,
  each: (message: Raw) => void,
): Promise<void> {
  const next = new Map([...left.keys()].map((place) => [place, from.get(place) ?? 0]));
  return new Promise((resolve, reject) => {
    const stalled = () => reject(new Error(`Not all could be read: ${[...left.keys()].join(', ')}.`));
    let timer = setTimeout(stalled, STALL);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || settle(() => reject(payload.error)));
    const running = consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const topic = batch.topic.slice(prefix.length);
        const place = placeName(topic, batch.partition);
        const end = left.get(place);
        if (end === undefined) return Promise.resolve();
        for (const { offset: at, key, headers = {}, value } of batch.messages) {
          const offset = Number(at);
          // Before the consumer was told where to begin it may have fetched what lies in front of that.
          if (offset < (next.get(place) ?? 0) || offset >= end) continue;
          next.set(place, offset + 1);
          const own = Object.entries(headers).map(([name, given]) => [name, textOf(given)]);
          each({
            ...{ topic, partition: batch.partition, offset, headers: Object.fromEntries(own) as Raw['headers'] },
            ...{ key: key?.toString() ?? null, value: value?.toString() ?? null },
          });
        }
        clearTimeout(timer);
        timer = setTimeout(stalled, STALL);
        if (Number(batch.lastOffset()) >= end - 1) left.delete(place);
        if (left.size === 0) settle(resolve);
        return Promise.resolve();
      },
    });
    running.catch((error: Error) => settle(() => reject(error)));
    for (const [place, offset] of next) {
      const slash = place.lastIndexOf('/');
      const [topic, partition] = [prefix + place.slice(0, slash), Number(place.slice(slash + 1))];
      consumer.seek({ topic, partition, offset: String(offset) });
    }
  });
}

const textOf = (value: unknown): unknown => (Array.isArray(value) ? value.map(String) : String(value));
