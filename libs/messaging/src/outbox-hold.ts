import type { Database } from './database.js';
import { RELAY_LOCK } from './relay-lock.js';
import type { RelaySession } from './relay-session.js';

/** How long a hold lasts that nobody renews: who took it may be gone. */
const LASTS = "interval '30 seconds'";
/** Milliseconds between two looks at the table. */
const LOOK = 250;

/**
 * Topics that an operator has asked to be held: nothing is taken to them from the outbox until he lifts the hold or it runs
 * out. `seen_at` is the relay's answer: from then on nothing of the topic is on its way, and what comes later will
 * be sent by a producer that has looked at the topic anew.
 */
export class OutboxHolds {
  topics: readonly string[] = [];
  private lookedAt = -Infinity;

  constructor(private readonly session: RelaySession) {}

  /** Looks again where that is due. True where a hold waits for the answer. */
  async look(): Promise<boolean> {
    const now = performance.now();
    if (now - this.lookedAt < LOOK) return false;
    this.lookedAt = now;
    const rows = await this.session.query<{ topic: string; seen: boolean }>({
      name: 'outbox-holds',
      text: 'select topic, seen_at is not null as seen from outbox_hold where until > clock_timestamp()',
    });
    this.topics = rows.map(({ topic }) => topic);
    return rows.some(({ seen }) => !seen);
  }

  /** Call where nothing is on its way, read or sent, and the producer is closed. */
  async answer(): Promise<void> {
    const text = 'update outbox_hold set seen_at = clock_timestamp() where seen_at is null and topic = any($1)';
    await this.session.query({ text, values: [this.topics] });
  }
}

const inForce = 'topic = $1 and until > clock_timestamp()';
const take = `
  insert into outbox_hold as h (topic, until) values ($1, clock_timestamp() + ${LASTS})
  on conflict (topic) do update set until = excluded.until, seen_at = null where h.until <= clock_timestamp()`;
const renew = `update outbox_hold set until = clock_timestamp() + ${LASTS} where ${inForce}`;
const answered = `
  select seen_at is not null or not exists (
    select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1 and classid = 0 and objid = ${RELAY_LOCK}
      and database = (select oid from pg_database where datname = current_database())
  ) as answered
  from outbox_hold where ${inForce}`;

/** An operator's hold on a topic, in one database. It runs out by itself in half a minute unless it is renewed. */
export class OutboxHold {
  constructor(
    private readonly database: Database,
    private readonly topic: string,
  ) {}

  /** False where another has it. */
  async take(): Promise<boolean> {
    const { rowCount } = await this.database.query({ text: take, values: [this.topic] });
    return rowCount === 1;
  }

  /** Whether the relay has answered; also true where none is at work, for one that begins looks at the holds first. */
  async answered(): Promise<boolean> {
    const { rows } = await this.database.query<{ answered: boolean }>({ text: answered, values: [this.topic] });
    return rows[0]?.answered === true;
  }

  /** False where it had run out, or was lifted. */
  async renew(): Promise<boolean> {
    const { rowCount } = await this.database.query({ text: renew, values: [this.topic] });
    return rowCount === 1;
  }

  async lift(): Promise<void> {
    await this.database.query({ text: 'delete from outbox_hold where topic = $1', values: [this.topic] });
  }
}
