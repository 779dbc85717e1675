import { DomainError } from '@voronka/contracts';

/** Which rows of a report: there are as many as people, sources or products. */
export interface Rows {
  readonly first: number;
  readonly skip: number;
}
export const MOST_ROWS = 200;

/** Refuses with `INVALID_NUMBER` and `PAGE_TOO_LARGE`. */
export function requireFew({ first, skip }: Rows): void {
  if (first < 1) throw new DomainError('INVALID_NUMBER', 'Ask for at least one row.', 'first');
  if (skip < 0)
    throw new DomainError('INVALID_NUMBER', 'Say with `skip` how many rows to pass over, or leave it out.', 'skip');
  if (first > MOST_ROWS)
    throw new DomainError(
      'PAGE_TOO_LARGE',
      `A report shows at most ${MOST_ROWS} rows at once. Ask for fewer and read on with \`skip\`.`,
      'first',
    );
}

/** How many of `all` rows follow those that are asked for. */
export const rowsAfter = ({ first, skip }: Rows, all: number): number => Math.max(0, all - skip - first);
