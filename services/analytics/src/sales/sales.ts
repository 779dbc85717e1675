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

/** One row for each key, in the order in which they come. */
export function salesRows(counts: readonly (DealCount & { key: string | null })[]): SalesRow[] {
  const groups = new Map<string | null, DealCount[]>();
  for (const count of counts) {
    const group = groups.get(count.key);
    if (group) group.push(count);
    else groups.set(count.key, [count]);
  }
  return [...groups].map(([key, group]): SalesRow => ({ key, ...salesFigures(group) }));
}

const is =
  (status: DealCount['status']) =>
  (count: DealCount): boolean =>
    count.status === status;
