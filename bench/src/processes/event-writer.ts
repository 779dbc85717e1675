import { LeadUpdated } from '@voronka/contracts';
import { brokerFrom, Database, OutboxRelay, outboxInsert, type RecordedEvent } from '@voronka/messaging';
import { monotonic, pause } from '../harness/clock.js';
import { lead } from '../load/leads.js';
import { Random } from '../load/random.js';
import { writeKey } from '../messaging/writes.js';
import { serve, settingsOf } from './serve.js';

/** A service that writes events all the time and leads no relay: it calls whoever does, as a service does after a commit. */
const { databaseUrl, brokerUrl, topicPrefix } = settingsOf<{
  databaseUrl: string;
  brokerUrl: string;
  topicPrefix: string;
}>();
const RECORDS = 20;
const EVERY = 10;

const database = new Database({ url: databaseUrl, max: 2, applicationName: 'bench-writer' });
const broker = brokerFrom(brokerUrl, { clientId: 'bench-writer', topicPrefix });
/** Never started: it only calls. */
const relay = new OutboxRelay({ database, broker });
const random = new Random(51);
const records = Array.from({ length: RECORDS }, () => first(new Date()));
const written: { key: string; begunAt: number }[] = [];
let running: Promise<void> | undefined;
let stopping = false;

serve({
  start: () => {
    running = write();
  },
  /** Answers every event written: record and version, and when its transaction began, on the monotonic clock. */
  stop: async () => {
    stopping = true;
    await running;
    return written;
  },
});

async function write(): Promise<void> {
  for (let n = 0; !stopping; n++) {
    const record = records[n % RECORDS] as { data: object; recordId: string; version: number; actor: string };
    record.version += 1;
    const begunAt = monotonic();
    await database.transaction(() => database.query(outboxInsert([eventOf(record)], 'leads')));
    relay.wake();
    written.push({ key: writeKey(record.recordId, record.version), begunAt });
    await pause(EVERY);
  }
}

function first(at: Date) {
  const { value } = lead(random, at).next();
  if (!value) throw new Error('A life without an event.');
  return { data: value.data as object, recordId: value.recordId, version: 0, actor: value.actor };
}

function eventOf({ data, recordId, version, actor }: (typeof records)[number]): RecordedEvent {
  const now = new Date();
  return { declaration: LeadUpdated, recordId, version, data, actor, occurredAt: now, recordedAt: now };
}
