import { noun, type TopicDeclaration } from '@voronka/contracts';
import { freshDatabase } from '@voronka/testing';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import {
  brokerFrom,
  Database,
  messagingUp,
  OutboxRelay,
  outboxInsert,
  type Broker,
  type RecordedEvent,
} from '../src/index.js';

/** A noun for these tests: a note that is written and amended. */
const note = noun('note', 'Notes of these tests.', z.object({ id: z.string(), n: z.number() }));
export const NoteWritten = note.event('written', 'A note was written.');
export const NoteAmended = note.event('amended', 'A note was amended.', { by: z.string().optional() });
export const NoteFiled = note.event('filed', 'A note was filed; nobody here listens.');
export const topics = [
  { name: note.topic, description: '', partitions: 3, cleanup: 'delete', retention: -1 },
] satisfies TopicDeclaration[];

/** One event of a note; `n` is the number it carries and the record's version. */
export function said(recordId: string, n: number, more: Partial<RecordedEvent> = {}): RecordedEvent {
  const now = new Date('2026-03-01T10:00:00Z');
  return {
    declaration: NoteAmended,
    recordId,
    version: n,
    data: { note: { id: recordId, n } },
    occurredAt: now,
    recordedAt: now,
    actor: 'system:test',
    ...more,
  };
}

export const newId = (): string => uuid();

export interface House {
  readonly url: string;
  /** The database of the log in PostgreSQL. */
  readonly busUrl: string;
  readonly database: Database;
  readonly broker: Broker;
  /** Writes the events to the outbox in a transaction of its own. */
  tell(events: readonly RecordedEvent[]): Promise<void>;
  rows<R>(text: string, ...values: unknown[]): Promise<R[]>;
  relay(): OutboxRelay;
  /** Called when the house is closed, the last named first. */
  later(end: () => Promise<unknown>): void;
  close(): Promise<void>;
}

/** A service's database with the tables of messaging, and a broker: by its URL, or with its log in a database of its own. */
export async function house(url?: string, topicPrefix?: string): Promise<House> {
  const own = await freshDatabase();
  const bus = await freshDatabase();
  const ends: (() => Promise<unknown>)[] = [() => own.drop(), () => bus.drop()];
  const database = new Database({ url: own.url });
  const broker = brokerFrom(url ?? bus.url, { clientId: 'test', topicPrefix });
  ends.push(
    () => database.close(),
    () => broker.close(),
  );
  for (const text of messagingUp) await database.query({ text });
  await broker.ensureTopics(topics);
  return {
    url: own.url,
    busUrl: bus.url,
    database,
    broker,
    tell: (events) =>
      database.transaction(async () => {
        await database.query(outboxInsert(events, 'test'));
      }),
    rows: async (text, ...values) => (await database.query({ text, values })).rows as never,
    relay: () => {
      const relay = new OutboxRelay({ database, broker });
      ends.push(() => relay.stop());
      relay.start();
      return relay;
    },
    later: (end) => ends.push(end),
    close: async () => {
      for (const end of ends.reverse()) await end();
    },
  };
}
