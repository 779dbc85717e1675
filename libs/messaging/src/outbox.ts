import { DomainError } from '@voronka/contracts';
import { v7 as uuid } from 'uuid';
import type { OutgoingMessage } from './broker.js';
import { context } from './context.js';
import type { Database, Statement } from './database.js';
import { headersOf, type RecordedEvent } from './envelope.js';
import { noteOutbox } from './outbox-watch.js';

/** What Kafka takes by default is 1 MB with headers; a larger event is refused when it is written. */
export const MAX_EVENT_BYTES = 900 * 1024;

/** The transaction has its id before a row draws its own: the relay goes by that to know which ids can still appear. */
const insert = `
  insert into outbox (topic, key, headers, value)
  select e.topic, e.key, e.headers::json, e.value
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as e(topic, key, headers, value, n)
  where pg_current_xact_id() is not null
  order by e.n`;

/**
 * One insert for all events, in their order; run it in the transaction that changes the records, after their rows are
 * locked, so that ids follow the order of the changes of each record. Event ids are new UUIDv7.
 *
 * Throws DomainError EVENT_TOO_LARGE above 900 KiB, and an Error where data do not fit the closed schema: a mistake of
 * the program, which must not reach a topic.
 */
export function outboxInsert(events: readonly RecordedEvent[], service: string): Statement {
  const ambient = context.get();
  const messages = events.map((event) => ({
    topic: event.declaration.topic,
    key: event.recordId,
    headers: headersOf(uuid(), event, service, event.context ?? ambient),
    value: valueOf(event),
  }));
  return outboxMessages(messages);
}

/** One insert for messages that are no events of this service. */
export function outboxMessages(messages: readonly OutgoingMessage[]): Statement {
  noteOutbox();
  const values = [
    messages.map(({ topic }) => topic),
    messages.map(({ key }) => key),
    messages.map(({ headers }) => JSON.stringify(headers)),
    messages.map(({ value }) => value),
  ];
  return { name: 'outbox-insert', text: insert, values };
}

/** What waits in a database's outbox: how many events, and how long the oldest has waited, in seconds (null when there is none). */
export async function outboxDepth(database: Database): Promise<{ rows: number; oldestSeconds: number | null }> {
  const { rows } = await database.query<{ rows: number; oldest: number | null }>({
    name: 'outbox-depth',
    text: `select count(*) as rows, extract(epoch from clock_timestamp() - min(written_at))::float8 as oldest from outbox`,
  });
  return { rows: rows[0]?.rows ?? 0, oldestSeconds: rows[0]?.oldest ?? null };
}

function valueOf({ declaration, data }: RecordedEvent): string {
  const checked = declaration.schema.safeParse(data);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new Error(`${declaration.type} does not fit its schema at ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const value = JSON.stringify(checked.data);
  if (Buffer.byteLength(value) > MAX_EVENT_BYTES) {
    throw new DomainError(
      'EVENT_TOO_LARGE',
      'This holds too much text for one change. Shorten it or split it in several.',
    );
  }
  return value;
}
