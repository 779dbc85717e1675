import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildSchema } from './rebuild-schema.js';
import { RebuildFailure, type RebuildSession } from './rebuild-session.js';
import * as sql from './rebuild-switch.sql.js';

/** Milliseconds that a lock, or what the service has just taken, is waited for while others wait for us. */
const PATIENCE = 2000;
/** The same while tables are locked and others are not yet: less than the second after which PostgreSQL looks for a deadlock and ends somebody's transaction. */
const HASTE = 800;
/** Records that may be behind when the service is asked to stop for a moment. */
export const FEW = 1000;

interface Behind {
  readonly record: string;
  readonly seen: number;
}
interface Session {
  readonly pid: number;
  readonly name: string;
}

/** What fills the copies, as the switch needs it. */
export interface Filling {
  /** Applies of what waits whatever can be applied now. */
  sweep(): Promise<void>;
  /** Runs `work` while nothing is applied. */
  quiet<T>(work: () => Promise<T>): Promise<T>;
}

/** Why the switch was given up for now. */
class NotYet extends Error {}

/**
 * Puts the copies in the place of the tables, in one transaction, at a moment when they hold the same: the service is kept
 * from taking anything in until the copies have seen what it has seen. Whoever reads or writes the tables waits for the
 * last few milliseconds, and then finds the new ones.
 */
export class RebuildSwitch {
  /** In the order in which they are locked. */
  private tables: readonly string[];

  constructor(
    private readonly session: RebuildSession,
    private readonly schema: RebuildSchema,
    private readonly topics: readonly string[],
    private readonly filling: Filling,
  ) {
    this.tables = schema.tables;
  }

  /** Records of which the copies lack something, at most so many. */
  behind(limit: number): Promise<Behind[]> {
    return this.session.rows<Behind>(sql.behind, [this.topics, limit]);
  }

  /** Those of some records that are still behind. */
  async still(behind: readonly Behind[]): Promise<(Behind & { readonly waiting: boolean })[]> {
    if (behind.length === 0) return [];
    const values = [behind.map(({ record }) => record), behind.map(({ seen }) => seen)];
    return this.session.rows(sql.stillBehind, values);
  }

  /**
   * Tries once. Answers the milliseconds for which the service took nothing in, or a sentence on what it waits for.
   * Throws RebuildFailure where it cannot be.
   */
  async attempt(): Promise<number | string> {
    const old = await this.oldestOf(await this.snapshots(), PATIENCE / 2);
    if (old) return `a transaction of ${nameOf(old)} to end`;
    try {
      return await this.session.transaction(() => this.switched());
    } catch (error) {
      if (error instanceof NotYet) return error.message;
      throw error;
    }
  }

  private async switched(): Promise<number> {
    const began = performance.now();
    await this.within(PATIENCE, sql.barIntake, ['inbox', 'parked_event', 'record_progress']);
    const until = performance.now() + PATIENCE;
    for (let left = await this.behind(FEW); left.length > 0; left = await this.still(left)) {
      if (left.length === FEW || performance.now() > until) throw new NotYet('the copies to catch up with the service');
      await this.filling.sweep();
      await pause(10);
    }
    return this.filling.quiet(async () => {
      const old = await this.oldestOf(await this.snapshots(), until - performance.now());
      if (old) throw new NotYet(`a transaction of ${nameOf(old)} to end`);
      await this.lockTables();
      if (!(await this.schema.isAsCopied())) {
        throw new RebuildFailure(
          'A table was altered while its copy was filled, by a migration perhaps. Start the rebuild again.',
        );
      }
      await this.session.rows(sql.catchUpHandled);
      await this.replace();
      await this.session.rows(sql.markSwitched);
      return Math.round(performance.now() - began);
    });
  }

  /** All or none. The one that could not be had is the first next time: while nothing else is held, it may be waited for longer. */
  private async lockTables(): Promise<void> {
    let until = performance.now() + PATIENCE;
    for (const [place, table] of this.tables.entries()) {
      if (place === 1) until = performance.now() + HASTE;
      try {
        await this.within(until - performance.now(), `lock table public.${quoted(table)} in access exclusive mode`, [
          table,
        ]);
      } catch (error) {
        this.tables = [table, ...this.tables.filter((other) => other !== table)];
        throw error;
      }
    }
  }

  /** Runs a statement that takes locks. Throws NotYet, naming who has them, where that takes longer. */
  private async within(milliseconds: number, statement: string, tables: readonly string[]): Promise<void> {
    await this.session.rows('savepoint locking');
    try {
      await this.session.rows(`set local statement_timeout = ${Math.max(1, Math.round(milliseconds))}`);
      await this.session.rows(statement);
      await this.session.rows('set local statement_timeout = 0');
    } catch (error) {
      if ((error as { code?: string }).code !== QUERY_CANCELED) throw error;
      await this.session.rows('rollback to savepoint locking');
      await this.session.rows('select pg_stat_clear_snapshot()');
      const names = tables.map((table) => `public.${quoted(table)}`);
      const [holder] = await this.session.rows<Session>(sql.holders, [names]);
      throw new NotYet(`a lock on ${tables.join(', ')}${holder ? `, which ${nameOf(holder)} holds` : ''}`);
    }
  }

  private async replace(): Promise<void> {
    try {
      await this.session.rows(`drop table ${this.tables.map((table) => `public.${quoted(table)}`).join(', ')}`);
    } catch (error) {
      const { code, detail } = error as { code?: string; detail?: string };
      if (code !== DEPENDENT_OBJECTS) throw error;
      throw new RebuildFailure(
        `Something came to hang on the tables while their copies were filled (${detail}). Drop it and start again.`,
      );
    }
    for (const table of this.tables) await this.session.rows(`alter table rebuild.${quoted(table)} set schema public`);
  }

  private async snapshots(): Promise<(Session & { id: string })[]> {
    await this.session.rows('select pg_stat_clear_snapshot()');
    return this.session.rows(sql.snapshots);
  }

  /** One of these transactions that has not ended after so many milliseconds, if there is any. */
  private async oldestOf(
    present: readonly (Session & { id: string })[],
    milliseconds: number,
  ): Promise<Session | undefined> {
    const until = performance.now() + milliseconds;
    let left = present;
    while (left.length > 0) {
      if (performance.now() > until) return left[0];
      await pause(10);
      const now = new Set((await this.snapshots()).map(({ id }) => id));
      left = left.filter(({ id }) => now.has(id));
    }
    return undefined;
  }
}

const QUERY_CANCELED = '57014';
const DEPENDENT_OBJECTS = '2BP01';

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const nameOf = ({ pid, name }: Session) => `${name || 'a client without a name'} (PostgreSQL process ${pid})`;
