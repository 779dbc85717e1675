import { DomainError, type ErrorCode, type Id } from '@voronka/contracts';
import type { Database } from '@voronka/messaging';
import { v7 } from 'uuid';
import { tableOf, type RecordType } from './table.js';

/** A row that a bulk mutation takes. */
export interface ImportRow {
  externalId: string;
  /** An id of the caller's choice (UUIDv7), for a record that is not there yet. */
  id?: string | null;
}

/** What became of a row. `index` counts from 0 in the order of the rows given. */
export interface ImportOutcome {
  index: number;
  externalId: string;
  outcome: 'CREATED' | 'UNCHANGED' | 'REFUSED';
  id: Id | null;
  error: { code: ErrorCode; message: string; field: string | null; hint: string | null } | null;
}

/** Rows a bulk mutation takes at most. */
const MAX_ROWS = 500;

/**
 * Creates records row by row; the rows share transactions, and a row that is refused is answered for itself. `create`
 * gets the row and the id to create it under: that of the record that already bears the row's external id, if any.
 */
export async function importRows<R extends ImportRow>(
  database: Database,
  type: RecordType,
  rows: readonly R[],
  create: (row: R, id: Id) => Promise<{ readonly record: { readonly id: Id }; readonly created: boolean }>,
): Promise<ImportOutcome[]> {
  requireFewRows(rows);
  const ids = await imported(database, type, rows);
  rows.forEach((row) => ids.has(row.externalId) || ids.set(row.externalId, row.id ?? v7()));
  const attempt = async (row: R, index: number): Promise<ImportOutcome> => {
    const { externalId } = row;
    try {
      const { record, created } = await create(row, ids.get(externalId) as Id);
      return { index, externalId, outcome: created ? 'CREATED' : 'UNCHANGED', id: record.id, error: null };
    } catch (error) {
      return refusedRow(index, externalId, error);
    }
  };
  const outcomes = await Promise.all(rows.map(attempt));
  // Whoever repeats a call while the first one is at work still is refused by what that has made meanwhile.
  const refused = rows.filter((_, i) => outcomes[i]!.outcome === 'REFUSED');
  const now = refused.length === 0 ? [] : await imported(database, type, refused);
  const late = new Map([...now].filter(([externalId, id]) => ids.get(externalId) !== id));
  late.forEach((id, externalId) => ids.set(externalId, id));
  return Promise.all(outcomes.map(async (told, i) => (late.has(told.externalId) ? attempt(rows[i]!, i) : told)));
}

/** Ids of the rows that are here already, by their names in the other system. */
async function imported(database: Database, type: RecordType, rows: readonly ImportRow[]): Promise<Map<string, Id>> {
  const { name } = tableOf(type);
  const { rows: known } = await database.query<{ id: Id; externalId: string }>({
    name: `${name}:by-external-ids`,
    text: `select id, external_id as "externalId" from "${name}" where external_id = any($1::text[])`,
    // PostgreSQL has no NUL in texts; the row's own check will refuse it.
    values: [rows.map((row) => row.externalId).filter((externalId) => !externalId.includes('\0'))],
  });
  return new Map(known.map((row) => [row.externalId, row.id]));
}

function requireFewRows(rows: readonly unknown[]): void {
  if (rows.length > MAX_ROWS)
    throw new DomainError(
      'TOO_MANY',
      `${rows.length} rows are too many for one call. Send at most ${MAX_ROWS} at a time.`,
      'rows',
    );
}

/** A refusal becomes the row's answer; anything else is a fault and fails the call. */
function refusedRow(index: number, externalId: string, error: unknown): ImportOutcome {
  if (!(error instanceof DomainError)) throw error;
  const { code, message, field, hint = null } = error;
  const path = field?.replace(/^input\./, '') ?? null;
  return { index, externalId, outcome: 'REFUSED', id: null, error: { code, message, field: path, hint } };
}
