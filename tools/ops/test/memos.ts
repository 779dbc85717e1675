import { generateKeyPairSync } from 'node:crypto';
import { Controller, Module } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { allTopics, DomainError, noun, type ReceivedOf } from '@voronka/contracts';
import { brokerFrom, headersOf, type BrokerOptions, type OutgoingMessage } from '@voronka/messaging';
import { loggerFor, newId, On, Public, startService, type RunningService } from '@voronka/service-kit';
import { eventually, freshDatabase, freshKafka } from '@voronka/testing';
import { z } from 'zod';

export const memo = noun('memo', 'Memos of these tests.', z.object({ text: z.string() }), { partitions: 2 });
const MemoWritten = memo.event('written', 'A memo was written.');

/** Texts that the service cannot bear now, and those it has written down. */
export const unbearable = new Set<string>();
export const written: string[] = [];

@Controller()
class Reader {
  @On(MemoWritten)
  async written({ data }: ReceivedOf<typeof MemoWritten>): Promise<void> {
    const { text } = data.memo;
    if (unbearable.has(text)) throw new DomainError('LEAD_NOT_OPEN', `Nobody can bear ${text}.`);
    written.push(text);
    return Promise.resolve();
  }
}
@Resolver()
class Greeter {
  @Query(() => String, { description: 'A schema needs one.' })
  @Public()
  hello(): string {
    return 'hello';
  }
}
@Module({ controllers: [Reader], providers: [Greeter] })
class MemoModule {}

export interface Memos {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
  readonly topicPrefix: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Messages as anybody may put them on the topic. */
  put(...messages: (Omit<OutgoingMessage, 'topic'> & { topic?: string })[]): Promise<void>;
  /** Memos of one record, as another service would publish them. */
  tell(recordId: string, ...texts: string[]): Promise<void>;
  end(): Promise<void>;
}

/** A service on real PostgreSQL and Kafka that takes memos; it goes by the name of leads. */
export async function memos(): Promise<Memos> {
  const database = await freshDatabase();
  const kafka = freshKafka();
  const { publicKey } = generateKeyPairSync('ed25519');
  let running: RunningService | undefined;
  const options: BrokerOptions = { clientId: 'test', topicPrefix: kafka.topicPrefix };
  const broker = brokerFrom(kafka.url, options);
  await broker.ensureTopics(allTopics());
  // As the relay does: a broker that has just made a topic may refuse it for a moment.
  const sent = async (messages: readonly OutgoingMessage[]) => {
    const publisher = broker.publisher();
    await eventually(() => publisher.send(messages).then(() => true));
    await publisher.close();
  };
  const stop = async () => {
    await running?.stop();
    running = undefined;
  };
  return {
    databaseUrl: database.url,
    brokerUrl: kafka.url,
    topicPrefix: kafka.topicPrefix,
    start: async () => {
      running = await startService(
        { name: 'leads', modules: [MemoModule], entities: [], migrations: [], publishes: ['memo'] },
        {
          HOST: '127.0.0.1',
          PORT: 0,
          DATABASE_URL: database.url,
          DATABASE_POOL: 4,
          BROKER_URL: kafka.url,
          TOPIC_PREFIX: kafka.topicPrefix,
          INTERNAL_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
          LOG_LEVEL: 'fatal',
          DRAIN_SECONDS: 0,
          GRACE_SECONDS: 8,
        },
        { logger: loggerFor('leads', 'silent') },
      );
    },
    stop,
    put: (...messages) => sent(messages.map((message) => ({ ...message, topic: message.topic ?? memo.topic }))),
    tell: async (recordId, ...texts) => {
      const ctx = { correlationId: newId(), causationId: null, traceparent: null, actor: 'system:test' };
      const at = new Date('2026-03-02T09:00:00Z');
      await sent(
        texts.map((text, index) => {
          const data = { memo: { text } };
          const told = { declaration: MemoWritten, recordId, version: index + 1, data, occurredAt: at, recordedAt: at };
          const headers = headersOf(newId(), { ...told, actor: 'system:test' }, 'test', ctx);
          return { topic: memo.topic, key: recordId, headers, value: JSON.stringify(data) };
        }),
      );
    },
    end: async () => {
      await stop();
      await broker.close();
      await database.drop();
    },
  };
}
