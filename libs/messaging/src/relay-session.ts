import type pg from 'pg';
import type { Database, Statement } from './database.js';
import { atMost } from './pause.js';
import { RELAY_LOCK } from './relay-lock.js';

export const CHANNEL = 'voronka_outbox';
/** How often the server hears of a relay that only waits for the broker, milliseconds. */
const PULSE = 1000;
/** Milliseconds after which a server that does not answer is taken for gone. */
const PATIENCE = 60_000;

/**
 * - The way to the rows is by their ids, whatever is thought of the size of a table that fills and empties all the time.
 * - The server ends a session that is silent: its process is frozen, and another relay must be able to take the lock.
 *   Where the other machine is gone, the server's own keep-alive tells.
 * - A delete that is lost with the server's memory only has its events sent again.
 */
const settings = `
  set enable_seqscan = off; set enable_bitmapscan = off;
  set idle_session_timeout = 3000; set tcp_user_timeout = 5000;
  set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3;
  set synchronous_commit = off`;

/** The connection on which a relay holds the lock of its outbox, reads it and removes from it. */
export class RelaySession {
  private constructor(private readonly client: pg.Client) {}

  /** `onEvent` is called where rows may have come, and where the connection is lost. */
  static async open(database: Database, onEvent: () => void): Promise<RelaySession> {
    const client = await database.dedicated();
    client.on('end', onEvent).on('notification', onEvent);
    const session = new RelaySession(client);
    try {
      await session.query({ text: settings });
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  async query<R extends object>(statement: Statement): Promise<R[]> {
    const { rows } = await this.client.query<R>({ ...statement, query_timeout: PATIENCE } as pg.QueryConfig);
    return rows;
  }

  /** Whether the lock is this session's now; it is until the session ends. */
  async lock(): Promise<boolean> {
    const [row] = await this.query<{ held: boolean }>({
      text: 'select pg_try_advisory_lock($1) as held',
      values: [RELAY_LOCK],
    });
    if (row?.held !== true) return false;
    await this.query({ text: `listen ${CHANNEL}` });
    return true;
  }

  /** Runs `work`, which may take its time, and lets the server hear that this process is not frozen. */
  async heard<T>(work: () => Promise<T>): Promise<T> {
    const pulse = setInterval(() => void this.query({ text: 'select 1' }).catch(() => {}), PULSE);
    try {
      return await work();
    } finally {
      clearInterval(pulse);
    }
  }

  async close(): Promise<void> {
    await atMost(1000, this.client.end());
  }
}
