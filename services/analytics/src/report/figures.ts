import type { DealStatus, Money } from '@voronka/contracts';

/** How many deals of one status and currency there are, and their amounts summed in minor units. */
export interface DealCount {
  readonly status: DealStatus;
  readonly currency: string | null;
  readonly count: number;
  readonly amount: number | null;
}

/** How many deals fit. */
export const countOf = <C extends { readonly count: number }>(rows: readonly C[], fits: (row: C) => boolean): number =>
  rows.reduce((sum, row) => (fits(row) ? sum + row.count : sum), 0);

/** What the deals that fit are worth: a sum for each currency, in the order of their codes. Deals without an amount add nothing. */
export function valueOf<C extends DealCount>(rows: readonly C[], fits: (row: C) => boolean): Money[] {
  const sums = new Map<string, number>();
  for (const row of rows)
    if (row.currency !== null && row.amount !== null && fits(row))
      sums.set(row.currency, (sums.get(row.currency) ?? 0) + row.amount);
  return [...sums]
    .map(([currency, amount]) => ({ amount, currency }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** A share between 0 and 1; null of nothing. */
export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
