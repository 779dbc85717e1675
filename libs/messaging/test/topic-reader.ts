import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Kafka, logLevel } from 'kafkajs';

/** A message as it lies on a topic, read by none of our code. Headers in their order, repeated ones too. */
export interface RawMessage {
  readonly key: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly value: string | null;
}

/** Reads a topic from its beginning to its present end. */
export type TopicReader = (brokers: string, topic: string) => Promise<RawMessage[]>;

/** By kcat (librdkafka, another implementation of the protocol) where it is installed, else by a bare kafkajs consumer. */
export async function independentReader(): Promise<TopicReader> {
  const kcat = spawn('kcat', ['-V'], { stdio: 'ignore' });
  const installed = await once(kcat, 'close').then(
    ([code]) => code === 0,
    () => false,
  );
  return installed ? byKcat : byKafkajs;
}

async function byKcat(brokers: string, topic: string): Promise<RawMessage[]> {
  const kcat = spawn('kcat', ['-b', brokers, '-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-J']);
  const [out, complaint, [code]] = await Promise.all([text(kcat.stdout), text(kcat.stderr), once(kcat, 'close')]);
  if (code !== 0) throw new Error(`kcat ended with ${String(code)}: ${complaint}`);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { key, headers = [], payload } = JSON.parse(line) as { key: string; headers?: string[]; payload: string };
      const pairs = Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i], headers[2 * i + 1]] as const);
      return { key, headers: pairs as [string, string][], value: payload };
    });
}

async function byKafkajs(brokers: string, topic: string): Promise<RawMessage[]> {
  const kafka = new Kafka({ clientId: 'independent', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map((p) => [p.partition, Number(p.high)]));
  await admin.disconnect();
  const messages: RawMessage[] = [];
  const toRead = [...ends.values()].reduce((sum, end) => sum + end, 0);
  if (toRead === 0) return messages;
  const consumer = kafka.consumer({ groupId: `independent.${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        eachMessage: ({ message }) => {
          const headers = Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
            [values ?? []].flat().map((value) => [name, value.toString()] as const),
          );
          messages.push({
            key: message.key?.toString() ?? null,
            headers,
            value: message.value?.toString() ?? null,
          });
          if (messages.length === toRead) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  }).finally(() => consumer.disconnect());
  return messages;
}
