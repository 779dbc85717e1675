import { Injectable } from '@nestjs/common';
import type { Actor } from '@voronka/contracts';
import { Store, type Within } from '@voronka/service-kit';
import { share } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';

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
  readonly total: LeadFigures;
}

const columns: Record<LeadGrouping, string> = { SOURCE: 'source', OWNER: 'owner_id' };

/** Leads captured from $1 to before $2, as they stand now; a converted one has been as far as any. */
const statement = (key: string) => (within: Within) => `
  select ${key}::text as key, grouping(${key}) = 1 as "isTotal", count(*)::integer as captured,
    (count(*) filter (where furthest >= 1 or status = 'CONVERTED'))::integer as working,
    (count(*) filter (where furthest >= 2 or status = 'CONVERTED'))::integer as qualified,
    (count(*) filter (where status = 'CONVERTED'))::integer as converted,
    (count(*) filter (where status = 'DISQUALIFIED'))::integer as disqualified,
    percentile_cont(0.5) within group (
      order by ((converted_at at time zone $3)::date - (captured_at at time zone $3)::date)::float8)
      filter (where status = 'CONVERTED') as "medianDaysToConvert"
  from lead where captured_at >= $1 and captured_at < $2 and ${within({ owner: 'owner_id', pipeline: null })}
  group by grouping sets ((${key}), ())
  order by converted desc, captured desc, key nulls last`;

@Injectable()
export class LeadFunnelService {
  constructor(
    private readonly reports: ReportService,
    private readonly store: Store,
  ) {}

  /** One statement. Refuses with `INVALID_DATE`, and with `UNAVAILABLE` where it takes too long. */
  leadFunnel(by: Actor, period: Period, groupBy: LeadGrouping): Promise<LeadFunnelFigures> {
    const bounds = boundsOf(period);
    return this.reports.read(async () => {
      const rows = await this.store.rows<LeadFigures & { key: string | null; isTotal: boolean }>(by, 'report', {
        name: `lead-funnel:${groupBy}`,
        text: statement(columns[groupBy]),
        values: [...bounds, this.reports.timeZone],
      });
      const figures = rows.map((row) => ({ ...row, conversionRate: share(row.converted, row.captured) }));
      const total = figures.find((row) => row.isTotal);
      if (!total) throw new Error('The empty grouping set answers a row also over nothing.');
      return { groupBy, rows: figures.filter((row) => !row.isTotal), total };
    });
  }
}
