import { Injectable } from '@nestjs/common';
import type { Actor } from '@voronka/contracts';
import { Store, type Within } from '@voronka/service-kit';
import { share } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';
import { requireFew, rowsAfter, type Rows } from '../report/rows.js';

export const leadGroupings = ['SOURCE', 'OWNER'] as const;
export type LeadGrouping = (typeof leadGroupings)[number];

export interface LeadFigures {
  readonly captured: number;
  readonly working: number;
  readonly qualified: number;
  readonly converted: number;
  readonly disqualified: number;
  readonly conversionRate: number | null;
  readonly medianDaysToConvert: number | null;
}
export interface LeadFunnelFigures {
  readonly groupBy: LeadGrouping;
  readonly rows: (LeadFigures & { readonly key: string | null })[];
  /** Rows after these. */
  readonly more: number;
  readonly total: LeadFigures;
}

const columns: Record<LeadGrouping, string> = { SOURCE: 'source', OWNER: 'owner_id' };

/**
 * Leads captured from $1 to before $2, as they stand now; a converted one has been as far as any. All of them, then $4 rows after
 * those that $5 passes over, each with how many there are.
 */
const statement = (key: string) => (within: Within) => `
  select * from (
  select ${key}::text as key, (row_number() over placed)::integer - 1 as place, (count(*) over ())::integer - 1 as keys,
    count(*)::integer as captured,
    (count(*) filter (where furthest >= 1 or status = 'CONVERTED'))::integer as working,
    (count(*) filter (where furthest >= 2 or status = 'CONVERTED'))::integer as qualified,
    (count(*) filter (where status = 'CONVERTED'))::integer as converted,
    (count(*) filter (where status = 'DISQUALIFIED'))::integer as disqualified,
    percentile_cont(0.5) within group (
      order by ((converted_at at time zone $3)::date - (captured_at at time zone $3)::date)::float8)
      filter (where status = 'CONVERTED') as "medianDaysToConvert"
  from lead where captured_at >= $1 and captured_at < $2 and ${within({ owner: 'owner_id', pipeline: null })}
  group by grouping sets ((${key}), ())
  window placed as (order by grouping(${key}) desc, count(*) filter (where status = 'CONVERTED') desc, count(*) desc, ${key})
  ) placed where place = 0 or place > $5 and place <= $5 + $4 order by place`;

@Injectable()
export class LeadFunnelService {
  constructor(
    private readonly reports: ReportService,
    private readonly store: Store,
  ) {}

  /** One statement. Refuses with `INVALID_DATE`, `INVALID_NUMBER`, `PAGE_TOO_LARGE`, and with `UNAVAILABLE` where it takes too long. */
  leadFunnel(by: Actor, period: Period, groupBy: LeadGrouping, asked: Rows): Promise<LeadFunnelFigures> {
    requireFew(asked);
    const bounds = boundsOf(period);
    return this.reports.read(async () => {
      const found = await this.store.rows<LeadFigures & { key: string | null; keys: number }>(by, 'report', {
        name: `lead-funnel:${groupBy}`,
        text: statement(columns[groupBy]),
        values: [...bounds, this.reports.timeZone, asked.first, asked.skip],
      });
      const [total, ...rows] = found.map((row) => ({ ...row, conversionRate: share(row.converted, row.captured) }));
      if (!total) throw new Error('The empty grouping set answers a row also over nothing.');
      return { groupBy, rows, more: rowsAfter(asked, total.keys), total };
    });
  }
}
