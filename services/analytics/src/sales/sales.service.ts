import { Injectable } from '@nestjs/common';
import type { Actor } from '@voronka/contracts';
import { Store, type Within } from '@voronka/service-kit';
import type { DealCount } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';
import { salesFigures, salesRows, type SalesFigures, type SalesGrouping, type SalesRow } from './sales.js';

export interface SalesReportFigures {
  readonly groupBy: SalesGrouping;
  readonly rows: SalesRow[];
  /** Each deal once, which the rows of TEAM and PRODUCT do not promise. */
  readonly total: SalesFigures;
}

/** What a deal counts under, once or several times, and what it counts with where that is not its amount. */
interface Grouping {
  key(at: string): string;
  readonly once: boolean;
  readonly amount?: string;
  readonly join?: string;
  readonly before?: string;
}

/** Each team with itself and every team above it. */
const above = `with recursive above(id, team_id) as (
  select id, id from directory_team
  union select a.id, t.parent_id from above a join directory_team t on t.id = a.team_id where t.parent_id is not null)`;

export const groupings: Record<SalesGrouping, Grouping> = {
  OWNER: { key: () => 'd.owner_id', once: true },
  SOURCE: { key: () => 'd.source', once: true },
  MONTH: { key: (at) => `to_char(${at} at time zone $3, 'YYYY-MM')`, once: true },
  TEAM: {
    key: () => 'above.team_id',
    once: false,
    before: above,
    join: 'left join directory_user u on u.id = d.owner_id left join above on above.id = u.team_id',
  },
  PRODUCT: {
    key: () => 'line."productId"',
    once: false,
    amount: 'case when line."productId" is null then d.amount else line.amount end',
    join: `left join lateral jsonb_to_recordset(d.lines) as line("productId" uuid, amount bigint) on true`,
  },
};
const all: Grouping = { key: () => 'null::text', once: true };

/** Deals closed from $1 to before $2, and deals opened then that are open still; no two rows of one key, status and currency. */
export const counted =
  ({ key, amount = 'd.amount', join = '', before = '' }: Grouping) =>
  (within: Within) => {
    const part = (at: string, states: string, status: string) => `
      select ${key(at)} as key, ${status} as status, d.currency, count(*)::integer as count,
        sum(${amount})::bigint as amount
      from deal d ${join} where not d.withdrawn and d.status ${states} and ${at} >= $1 and ${at} < $2
        and ${within({ owner: 'd.owner_id', pipeline: 'd.pipeline_id' })}
      group by ${key(at)}, ${status}, d.currency`;
    // The index of the open ones does not have the word beside them.
    return `${before} ${part('d.closed_at', `<> 'OPEN'`, 'd.status')} union all
      ${part('d.opened_at', `= 'OPEN'`, `'OPEN'::text`)}`;
  };

@Injectable()
export class SalesService {
  constructor(
    private readonly reports: ReportService,
    private readonly store: Store,
  ) {}

  /**
   * One statement, two where the total is wanted and the rows do not sum up to it; a total that is not wanted may be of
   * nothing. Refuses with `INVALID_DATE`, and with `UNAVAILABLE` where it takes too long.
   */
  sales(by: Actor, period: Period, groupBy: SalesGrouping, wantsTotal: boolean): Promise<SalesReportFigures> {
    const bounds = boundsOf(period);
    const grouping = groupings[groupBy];
    const rowsOf = (name: string, how: Grouping, values: readonly unknown[]) =>
      this.store.rows<DealCount & { key: string | null }>(by, 'report', { name, text: counted(how), values });
    return this.reports.read(async () => {
      const [rows, totals] = await Promise.all([
        rowsOf(`sales:${groupBy}`, grouping, groupBy === 'MONTH' ? [...bounds, this.reports.timeZone] : bounds),
        wantsTotal && !grouping.once ? rowsOf('sales:total', all, bounds) : null,
      ]);
      return { groupBy, rows: salesRows(groupBy, rows), total: salesFigures(totals ?? (grouping.once ? rows : [])) };
    });
  }
}
