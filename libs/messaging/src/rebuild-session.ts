import type pg from 'pg';
import type { Database } from './database.js';

/** Why a rebuild cannot be, or did not come to its end: a sentence for an operator. What the service has is untouched. */
export class RebuildFailure extends Error {
  override readonly name = 'RebuildFailure';
  constructor(
    message: string,
    /** True where it is not known whether the new tables were put in place: those that are there are whole. */
    readonly uncertain = false,
  ) {
    super(message);
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

const lock = `select pg_try_advisory_lock(hashtextextended('rebuild', 0)) as held`;
const holder = `
  select a.pid, to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as since
  from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('rebuild', 0)`;

/**
 * The connection that holds the lock under which one rebuild at a time is done. The schema is made, and the tables are
 * switched, by no other: whoever has lost it can do neither.
 */
export class RebuildSession {
  private isLost = false;

  private constructor(private readonly client: pg.Client) {
    client.on('end', () => (this.isLost = true));
    client.on('error', () => (this.isLost = true));
  }

  /** Throws RebuildFailure where another rebuild is under way. */
  static async open(database: Database): Promise<RebuildSession> {
    const session = new RebuildSession(await database.dedicated());
    try {
      const [tried] = await session.rows<{ held: boolean }>(lock);
      if (tried?.held) return session;
      const [other] = await session.rows<{ pid: number; since: string }>(holder);
      const who = other ? `, since ${other.since} UTC (PostgreSQL process ${other.pid})` : '';
      throw new RebuildFailure(
        `Another rebuild of this service is under way${who}. Let it come to its end, or end it, and start again.`,
      );
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get lost(): boolean {
    return this.isLost;
  }

  /** Throws RebuildFailure once the connection is lost, and where the database does not allow it. */
  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    if (this.isLost) throw lostConnection();
    try {
      return (await this.client.query({ text, values: [...values] })).rows as R[];
    } catch (error) {
      // The server says why it ends a connection before the connection is seen to end.
      if ((error as { severity?: string }).severity === 'FATAL') this.isLost = true;
      if (this.isLost) throw lostConnection();
      const { code, message } = error as { code?: string; message: string };
      if (code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw new RebuildFailure(
        `The database refuses it (${message}): a rebuild needs the rights of whoever owns the tables, and CREATE on the database.`,
      );
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.rows('begin');
    try {
      const value = await work();
      await this.rows('commit');
      return value;
    } catch (error) {
      await this.rows('rollback').catch(() => {});
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }
}

const lostConnection = () =>
  new RebuildFailure('The connection to the database was lost, and the lock with it. Start the rebuild again.');
