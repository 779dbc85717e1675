import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

/** A line of the clients' history. */
export interface Write {
  verb: string;
  noun: string;
  id: string;
  externalId?: string;
  correlation: string;
  outcome: 'acknowledged' | 'refused' | 'unknown';
  version?: number;
}

/** A message of a topic, in the order of its partition. */
export interface Event {
  id: string;
  type: string;
  noun: string;
  key: string;
  version: number;
  correlation: string;
  time: string;
  place: string;
  /** The record's state after the change. */
  state: Record<string, unknown>;
  data: Record<string, unknown>;
}

export type Row = Record<string, unknown>;

/** All the checker knows: what clients were told, what lies in the databases, what was published. */
export interface Evidence {
  writes: Write[];
  /** Every message in order of its partition; what came again comes again here. */
  messages: Event[];
  /** The first coming of each event, in the same order. */
  events: Event[];
  /** First comings by noun and record, in order. */
  byRecord: Map<string, Event[]>;
  table(service: string, name: string): Row[];
}

const tables: Record<string, readonly string[]> = {
  identity: ['user', 'team', 'session', 'outbox', 'parked_event'],
  leads: ['inbox', 'lead', 'conversion', 'reference', 'directory_user', 'outbox', 'parked_event'],
  accounts: ['inbox', 'company', 'contact', 'account_conversion', 'directory_user', 'outbox', 'parked_event'],
  deals: [
    'inbox',
    'pipeline',
    'product',
    'deal',
    'deal_conversion',
    'reference',
    'directory_user',
    'outbox',
    'parked_event',
  ],
  tasks: ['inbox', 'activity', 'reference', 'directory_user', 'outbox', 'parked_event'],
  analytics: [
    'inbox',
    'pipeline',
    'deal',
    'deal_stay',
    'lead',
    'reference',
    'directory_user',
    'outbox',
    'parked_event',
  ],
};

export interface Sources {
  history: string;
  databases: Record<string, string>;
  brokers: string;
}

export async function gather({ history, databases, brokers }: Sources): Promise<Evidence> {
  const writes = readFileSync(history, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Write);
  const rows = new Map<string, Row[]>();
  for (const [service, url] of Object.entries(databases)) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const name of tables[service] ?? []) {
      const answer = await client.query<{ row: Row }>(
        `select to_json(t) as row from ${client.escapeIdentifier(name)} t`,
      );
      rows.set(
        `${service}.${name}`,
        answer.rows.map(({ row }) => row),
      );
    }
    await client.end();
  }
  const messages = await read(brokers);
  const seen = new Set<string>();
  const events = messages.filter(({ id }) => !seen.has(id) && seen.add(id));
  const byRecord = new Map<string, Event[]>();
  for (const event of events) {
    const name = recordName(event.noun, event.key);
    const list = byRecord.get(name);
    if (list) list.push(event);
    else byRecord.set(name, [event]);
  }
  const table = (service: string, name: string): Row[] => {
    const found = rows.get(`${service}.${name}`);
    if (!found) throw new Error(`The table ${service}.${name} was not read.`);
    return found;
  };
  return { writes, messages, events, byRecord, table };
}

export const recordName = (noun: string, key: string): string => `${noun} ${key}`;

/** Every message of every topic of the CRM, from the beginning to the ends as they are now. */
async function read(brokers: string): Promise<Event[]> {
  const kafka = new Kafka({ brokers: [brokers], clientId: 'torture-checker', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => /^crm\..*\.(events|facts)$/.test(topic));
  const left = new Map<string, number>();
  for (const topic of topics)
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      if (Number(high) > 0) left.set(`${topic}/${partition}`, Number(high));
  const messages: Event[] = [];
  if (left.size === 0) return messages;
  const groupId = `torture-checker-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const tooLong = setTimeout(
      () => reject(new Error(`Not all could be read: ${[...left.keys()].join(', ')}`)),
      60_000,
    );
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch: { topic, partition, messages: batch } }) => {
          const name = `${topic}/${partition}`;
          const end = left.get(name);
          if (end === undefined) return;
          for (const { offset, key, headers = {}, value } of batch) {
            if (Number(offset) >= end) continue;
            messages.push(eventOf(topic, `${name}@${offset}`, key, headers, value));
            if (Number(offset) === end - 1) left.delete(name);
          }
          if (left.size > 0) return;
          clearTimeout(tooLong);
          resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]).catch(() => undefined);
  await admin.disconnect();
  return messages;
}

type Header = Buffer | string | (Buffer | string)[] | undefined;

function eventOf(
  topic: string,
  place: string,
  key: Buffer | null,
  headers: Record<string, Header>,
  value: Buffer | null,
): Event {
  const header = (name: string): string => String(headers[name] ?? '');
  const noun = topic.split('.')[1] ?? '';
  const data = JSON.parse(value?.toString() ?? 'null') as Record<string, unknown>;
  const state = data[noun.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] as Record<string, unknown>;
  return {
    ...{ noun, place, data, state },
    id: header('ce_id'),
    type: header('ce_type'),
    key: key?.toString() ?? '',
    version: Number(header('ce_aggregateversion')),
    correlation: header('ce_correlationid'),
    time: header('ce_time'),
  };
}
