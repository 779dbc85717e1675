import * as sql from './rebuild-schema.sql.js';
import { RebuildFailure, type RebuildSession } from './rebuild-session.js';

/**
 * How whoever fills the copies speaks to the database: he looks for tables in their schema before public. Statements are
 * planned each time: a plan that was made while a copy was empty would read all of it, once it is full, for each batch.
 */
export const REBUILD_SETTINGS = { search_path: 'rebuild,public', plan_cache_mode: 'force_custom_plan' } as const;

/**
 * The schema with an empty copy of each projection table, as that stands in public, and what else the handlers write to.
 * Copies carry every name that the table itself has, of constraints, indexes and sequences, and the same rights.
 */
export class RebuildSchema {
  private shape = '';

  constructor(
    private readonly session: RebuildSession,
    readonly tables: readonly string[],
  ) {}

  /** Throws RebuildFailure where a table is not there, or something hangs on it that a copy would not have. */
  async require(): Promise<void> {
    const [stranger] = await this.session.rows<{ name: string }>(sql.strangers, [this.tables]);
    if (stranger) {
      throw new RebuildFailure(
        `There is no ordinary table public.${stranger.name}, though a projection says that it keeps it. Start the service once, for it makes its tables, or correct the projection.`,
      );
    }
    const dependents = await this.session.rows<{ table: string; what: string }>(sql.dependents, [this.tables]);
    if (dependents.length > 0) {
      const all = dependents.map(({ table, what }) => `${what} (on ${table})`).join('; ');
      throw new RebuildFailure(
        `The tables cannot be replaced while something hangs on them: ${all}. Drop that first, and make it again afterwards.`,
      );
    }
  }

  /** Makes the schema with empty copies; it must not be there. */
  async make(): Promise<void> {
    await this.session.transaction(async () => {
      const statements = await this.session.rows<{ statement: string }>(sql.copies, [this.tables]);
      await this.session.rows('create schema rebuild');
      for (const { statement } of statements) await this.session.rows(statement);
      await this.session.rows(sql.companions);
      this.shape = await this.shapeOfTables();
    });
  }

  /** Whether the tables in public are made as they were when they were copied. */
  async isAsCopied(): Promise<boolean> {
    return (await this.shapeOfTables()) === this.shape;
  }

  /** Whoever fills the copies looks into `run` first: once that is locked, nobody else is at work on any of them. */
  async drop(): Promise<void> {
    await this.session.transaction(async () => {
      const [found] = await this.session.rows<{ run: string | null }>(`select to_regclass('rebuild.run')::text as run`);
      if (found?.run) await this.session.rows('lock table rebuild.run in access exclusive mode');
      await this.session.rows('drop schema if exists rebuild cascade');
    });
  }

  private async shapeOfTables(): Promise<string> {
    return JSON.stringify(await this.session.rows(sql.shapes, [this.tables]));
  }
}
