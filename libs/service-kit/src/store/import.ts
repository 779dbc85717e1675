import { DomainError, type ErrorCode, type Id } from '@voronka/contracts';

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
export const MAX_ROWS = 500;

export function requireFewRows(rows: readonly unknown[]): void {
  if (rows.length > MAX_ROWS)
    throw new DomainError(
      'TOO_MANY',
      `${rows.length} rows are too many for one call. Send at most ${MAX_ROWS} at a time.`,
      'rows',
    );
}

/** A refusal becomes the row's answer; anything else is a fault and fails the call. */
export function refusedRow(index: number, externalId: string, error: unknown): ImportOutcome {
  if (!(error instanceof DomainError)) throw error;
  const { code, message, field, hint = null } = error;
  const path = field?.replace(/^input\./, '') ?? null;
  return { index, externalId, outcome: 'REFUSED', id: null, error: { code, message, field: path, hint } };
}
