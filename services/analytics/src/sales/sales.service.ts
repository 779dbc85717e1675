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

/** What a deal counts under, and what it counts with where that is not its amount. */
const groupings: Record<SalesGrouping, { key: string; amount?: string; above?: true; join?: string }> = {
  OWNER: { key: 'd.owner_id' },
  SOURCE: { key: 'd.source' },
  MONTH: { key: `to_char(d.at at time zone $3, 'YYYY-MM')` },
  TEAM: {
    key: 'above.team_id',
    above: true,
    join: 'left join directory_user u on u.id = d.owner_id left join above on above.id = u.team_id',
  },
  PRODUCT: {
    key: 'line."productId"',
    amount: 'case when line."productId" is null then d.amount else line.amount end',
    join: `left join lateral jsonb_to_recordset(d.lines) as line("productId" uuid, amount bigint) on true`,
  },
};

/** Each team with itself and every team above it. */
const above = `above(id, team_id) as (
  select id, id from directory_team
  union select a.id, t.parent_id from above a join directory_team t on t.id = a.team_id where t.parent_id is not null)`;

/** Deals closed from $1 to before $2, and deals opened then that are open still. */
const counted = (within: Within) => `counted as materialized (
  select owner_id, source, lines, status, currency, amount, closed_at as at from deal
  where not withdrawn and ${within({ owner: 'owner_id', pipeline: 'pipeline_id' })} and status <> 'OPEN' and closed_at >= $1 and closed_at < $2
  union all
  select owner_id, source, lines, status, currency, amount, opened_at from deal
  where not withdrawn and ${within({ owner: 'owner_id', pipeline: 'pipeline_id' })} and status = 'OPEN' and opened_at >= $1 and opened_at < $2)`;

@Injectable()
export class SalesService {
  constructor(
    private readonly reports: ReportService,
    private readonly store: Store,
  ) {}

  /** Two statements. Refuses with `INVALID_DATE`, and with `UNAVAILABLE` where it takes too long. */
  sales(by: Actor, period: Period, groupBy: SalesGrouping): Promise<SalesReportFigures> {
    const bounds = boundsOf(period);
    const grouping = groupings[groupBy];
    return this.reports.read(async () => {
      const rows = await this.store.rows<DealCount & { key: string | null }>(by, 'report', {
        name: `sales:${groupBy}`,
        text: (within) => `with recursive ${grouping.above ? `${above}, ` : ''}${counted(within)}
          select ${grouping.key}::text as key, d.status, d.currency, count(*)::integer as count,
            sum(${grouping.amount ?? 'd.amount'})::bigint as amount
          from counted d ${grouping.join ?? ''} group by 1, d.status, d.currency`,
        values: groupBy === 'MONTH' ? [...bounds, this.reports.timeZone] : bounds,
      });
      const totals = await this.store.rows<DealCount>(by, 'report', {
        name: 'sales:total',
        text: (
          within,
        ) => `with ${counted(within)} select status, currency, count(*)::integer as count, sum(amount)::bigint as amount
               from counted group by status, currency`,
        values: bounds,
      });
      return { groupBy, rows: salesRows(groupBy, rows), total: salesFigures(totals) };
    });
  }
}
