import { Kafka, logLevel } from 'kafkajs';
import { Database } from '../src/index.js';
import { append } from '../src/postgres.sql.js';
import { NoteAmended } from './house.js';

/** A message of a producer that is not ours and keeps no rule. */
export interface Stone {
  readonly key: string | null;
  /** On PostgreSQL whatever JSON; on Kafka a list is a header that comes more than once. */
  readonly headers: unknown;
  readonly value: string | Buffer | null;
}

export interface Thrower {
  throw(stones: readonly Stone[]): Promise<void>;
  close(): Promise<void>;
}

/** Throws past the port, straight at the topic of notes. */
export async function kafkaThrower(brokers: string, topicPrefix: string): Promise<Thrower> {
  const producer = new Kafka({ clientId: 'thrower', brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  return {
    throw: async (stones) => {
      for (const { key, headers, value } of stones) {
        const messages = [{ key, headers: headers as Record<string, string | string[]>, value }];
        await producer.send({ topic: topicPrefix + NoteAmended.topic, messages });
      }
    },
    close: () => producer.disconnect(),
  };
}

export function postgresThrower(url: string): Thrower {
  const database = new Database({ url, max: 1 });
  return {
    throw: async (stones) => {
      for (const { key, headers, value } of stones) {
        const values = [[NoteAmended.topic], [key], [JSON.stringify(headers)], [value]];
        await database.query({ text: append, values });
      }
    },
    close: () => database.close(),
  };
}
