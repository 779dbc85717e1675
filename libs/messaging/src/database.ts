import { AsyncLocalStorage } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { typeParsers } from './type-parsers.js';

/** A named statement is parsed and planned once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Rows as lists of values in the order of the columns, which costs less where they are many. */
  readonly rowMode?: 'array';
}

export interface Result<R> {
  rows: R[];
  rowCount: number;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most; 10 unless told. */
  readonly max?: number;
  readonly applicationName?: string;
  /** Settings of PostgreSQL for each session, such as `search_path`; no spaces in them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told of connections that break while idle; they are replaced, the process goes on. */
  readonly onError?: (error: Error) => void;
}

/** Settings of PostgreSQL for every session. */
const SESSION = {
  TimeZone: 'UTC',
  // A process that is frozen in a transaction must not hold its locks for ever.
  idle_in_transaction_session_timeout: '60000',
  // Kilobytes of new entries that a search index gathers: whoever writes the last one sorts them in, and others wait for him.
  gin_pending_list_limit: '256',
};

/** What one open transaction is: its connection, and the statements that have not been answered yet. */
interface Transaction {
  readonly client: pg.PoolClient;
  readonly afterCommit: (() => void)[];
  readonly pending: Set<Promise<unknown>>;
  /** Of the first statement that failed while nobody waited for it. */
  failure: Error | undefined;
  depth: number;
  open: boolean;
  /** Whether PostgreSQL has ended it, either way. */
  ended: boolean;
}
interface Scope {
  readonly transaction: Transaction;
  readonly depth: number;
}

/**
 * The one way to PostgreSQL. A transaction is ambient: whatever is called inside `transaction(work)` runs on its
 * connection without being handed it, so no statement can leak out of a transaction by mistake.
 *
 * int8 arrives as number, timestamptz as Date, date as `YYYY-MM-DD`, numeric as string. Sessions speak UTC.
 */
export class Database {
  private readonly config: pg.PoolConfig;
  private readonly pool: pg.Pool;
  private readonly scopes = new AsyncLocalStorage<Scope>();
  private readonly onError: (error: Error) => void;

  constructor({ url, max = 10, applicationName = 'voronka', settings = {}, onError = () => {} }: DatabaseOptions) {
    this.onError = onError;
    this.config = {
      connectionString: url,
      application_name: applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
      options: Object.entries({ ...SESSION, ...settings })
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      types: typeParsers,
      // A statement is sent without waiting for the answers to those before it, which are answered in their order.
      pipeline: true,
    } as pg.PoolConfig;
    this.pool = new pg.Pool({ ...this.config, max, idleTimeoutMillis: 0 });
    this.pool.on('error', (error) => onError(error));
    // The pool stops listening while a client is lent; without this, a server that goes away then ends the process.
    this.pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** Runs on the ambient transaction if there is one, else by itself on a connection of the pool. */
  async query<R = Record<string, unknown>>(statement: Statement): Promise<Result<R>> {
    const transaction = this.scopes.getStore()?.transaction;
    const config = statement as pg.QueryConfig;
    const result = transaction ? await this.queued(transaction, config) : await this.pool.query(config);
    return { rows: result.rows as R[], rowCount: result.rowCount ?? 0 };
  }

  /**
   * Inside a transaction: sends a statement whose answer nobody needs. Where it fails, the savepoint or the transaction that it is
   * part of fails with its error.
   */
  send(statement: Statement): void {
    const transaction = this.scopes.getStore()?.transaction;
    if (!transaction) throw new Error('What nobody waits for is sent in a transaction.');
    this.queued(transaction, statement as pg.QueryConfig).catch((error: Error) => (transaction.failure ??= error));
  }

  /**
   * BEGIN, work, COMMIT; any error of `work` rolls back and is thrown on, and so is that of a statement which `work` did not
   * wait for. Throws where a transaction is open already, and where a failed statement was swallowed inside: PostgreSQL
   * would then answer COMMIT with a rollback. `begin` may say more of the transaction, in several commands at once.
   */
  async transaction<T>(work: () => Promise<T>, begin = 'begin'): Promise<T> {
    if (this.inTransaction) throw new Error('A transaction is open already; use savepoint() inside it.');
    const client = await this.pool.connect();
    const transaction: Transaction = {
      client,
      afterCommit: [],
      pending: new Set(),
      failure: undefined,
      depth: 0,
      open: true,
      ended: false,
    };
    let broken: Error | undefined;
    try {
      void this.queued(transaction, { text: begin }).catch(() => {});
      const value = await this.scopes.run({ transaction, depth: 0 }, work);
      await this.commit(transaction);
      this.scopes.exit(() => transaction.afterCommit.forEach((fn) => this.quietly(fn)));
      return value;
    } catch (error) {
      transaction.open = false;
      await Promise.allSettled(transaction.pending);
      if (!transaction.ended) await client.query('rollback').catch((e: Error) => (broken = e));
      // Of what came after it, each statement says no more than that the transaction was lost already.
      throw transaction.failure ?? error;
    } finally {
      client.release(broken);
    }
  }

  /** Sent behind what is still under way: where any of that fails, PostgreSQL rolls back instead. */
  private async commit(transaction: Transaction): Promise<void> {
    transaction.open = false;
    const commit = transaction.client.query('commit');
    const answers = await Promise.allSettled([...transaction.pending, commit]);
    transaction.ended = answers.at(-1)?.status === 'fulfilled';
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed) throw failed.reason as Error;
    if ((await commit).command !== 'COMMIT')
      throw new Error('A statement failed inside the transaction and was ignored.');
  }

  /** Inside a transaction: when `work` fails, what it did is undone, the rest stays, and the error is thrown on. One at a time. */
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const scope = this.scopes.getStore();
    if (!scope?.transaction.open) throw new Error('A savepoint needs an open transaction.');
    const { transaction, depth } = scope;
    if (transaction.depth !== depth) throw new Error('Another savepoint is open beside this one; await it first.');
    const name = `s${depth}`;
    const listeners = transaction.afterCommit.length;
    transaction.depth = depth + 1;
    try {
      this.send({ text: `savepoint ${name}` });
      const value = await this.scopes.run({ transaction, depth: depth + 1 }, work);
      await Promise.all(transaction.pending);
      if (transaction.failure) throw transaction.failure;
      this.send({ text: `release savepoint ${name}` });
      return value;
    } catch (error) {
      transaction.afterCommit.length = listeners;
      const cause = transaction.failure ?? error;
      transaction.failure = undefined;
      // On a lost connection this fails as well; the cause is what the caller should see.
      await this.queued(transaction, { text: `rollback to savepoint ${name}` }).catch(() => {});
      throw cause;
    } finally {
      transaction.depth = depth;
    }
  }

  /**
   * Inside a transaction: waits until no other that has taken the turn of this name is open, in any process. Later statements see what
   * those have committed. Throws outside of one, where it would be over at once.
   */
  async turn(name: string): Promise<void> {
    if (!this.inTransaction) throw new Error('A turn is taken in a transaction.');
    await this.query({ name: 'turn', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))', values: [name] });
  }

  /** How the pool is used at the moment, and how many wait for one of its connections. */
  get connections(): { readonly busy: number; readonly idle: number; readonly waiting: number } {
    const { totalCount, idleCount: idle, waitingCount: waiting } = this.pool;
    return { busy: totalCount - idle, idle, waiting };
  }

  get inTransaction(): boolean {
    return this.transactionOpen !== undefined;
  }

  /** Stands for the open transaction, to keep something by. */
  get transactionOpen(): object | undefined {
    return this.scopes.getStore()?.transaction;
  }

  /** Inside a transaction: run once it has committed, and never if it does not. Outside: at once. */
  afterCommit(fn: () => void): void {
    const scope = this.scopes.getStore();
    if (scope) scope.transaction.afterCommit.push(fn);
    else fn();
  }

  /** Runs `work` as if no transaction were open, for what must outlive the caller's. */
  outside<T>(work: () => T): T {
    return this.scopes.exit(work);
  }

  /** A connection of its own, for advisory locks and LISTEN. The caller ends it. */
  async dedicated(): Promise<pg.Client> {
    const client = new pg.Client(this.config);
    client.on('error', this.onError);
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private quietly(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.onError(error as Error);
    }
  }

  private queued(transaction: Transaction, statement: pg.QueryConfig): Promise<pg.QueryResult> {
    if (!transaction.open) throw new Error('The transaction has ended; something inside it was not awaited.');
    gatherWrites(transaction.client);
    const result = transaction.client.query(statement);
    const answered = result.finally(() => transaction.pending.delete(answered));
    transaction.pending.add(answered);
    answered.catch(() => {});
    return result;
  }
}

/** What is sent from here to the end of this turn of the event loop goes out as one write, and PostgreSQL reads it as one. */
function gatherWrites(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
