import type { Money } from '@voronka/contracts';
import { countOf, share, valueOf, type DealCount } from '../report/figures.js';

export const salesGroupings = ['OWNER', 'TEAM', 'MONTH', 'PRODUCT', 'SOURCE'] as const;
export type SalesGrouping = (typeof salesGroupings)[number];

export interface SalesFigures {
  readonly won: number;
  readonly lost: number;
  readonly winRate: number | null;
  readonly wonValue: Money[];
  readonly open: number;
  readonly openValue: Money[];
}
/** `key` is an id, a month `YYYY-MM` or a source; null for deals that have none. */
export interface SalesRow extends SalesFigures {
  readonly key: string | null;
}

/** The figures of deals counted by status and currency. */
export function salesFigures(counts: readonly DealCount[]): SalesFigures {
  const [won, lost] = [countOf(counts, is('WON')), countOf(counts, is('LOST'))];
  return {
    ...{ won, lost, winRate: share(won, won + lost), wonValue: valueOf(counts, is('WON')) },
    ...{ open: countOf(counts, is('OPEN')), openValue: valueOf(counts, is('OPEN')) },
  };
}

/** One row for each key: months as they follow each other, others by deals won, then open, then lost; what has no key last. */
export function salesRows(groupBy: SalesGrouping, counts: readonly (DealCount & { key: string | null })[]): SalesRow[] {
  const groups = new Map<string | null, DealCount[]>();
  for (const count of counts) {
    const group = groups.get(count.key);
    if (group) group.push(count);
    else groups.set(count.key, [count]);
  }
  const rows = [...groups].map(([key, group]): SalesRow => ({ key, ...salesFigures(group) }));
  const byKey = (a: SalesRow, b: SalesRow) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1);
  return rows.sort((a, b) => {
    if (a.key === null || b.key === null) return a.key === b.key ? 0 : a.key === null ? 1 : -1;
    if (groupBy === 'MONTH') return byKey(a, b);
    return b.won - a.won || b.open - a.open || b.lost - a.lost || byKey(a, b);
  });
}

const is =
  (status: DealCount['status']) =>
  (count: DealCount): boolean =>
    count.status === status;
