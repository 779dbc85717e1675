import { Injectable } from '@nestjs/common';
import type { Actor } from '@voronka/contracts';
import { Store, type Within } from '@voronka/service-kit';
import type { DealCount } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';
import { requireFew, rowsAfter, type Rows } from '../report/rows.js';
import { salesFigures, salesRows, type SalesFigures, type SalesGrouping, type SalesRow } from './sales.js';

export interface SalesReportFigures {
  readonly groupBy: SalesGrouping;
  readonly rows: SalesRow[];
  /** Rows after these. */
  readonly more: number;
  /** Each deal once, which the rows of TEAM and PRODUCT do not promise. */
  readonly total: SalesFigures;
}

/** What a deal counts under, once or several times, and what it counts with where that is not its amount. */
interface Grouping {
  key(at: string): string;
  readonly once: boolean;
  readonly order: string;
  readonly amount?: string;
  readonly join?: string;
  readonly before?: string;
}

const deals = (status: string) => `coalesce(sum(count) filter (where status = '${status}'), 0) desc`;
const byDeals = [...['WON', 'OPEN', 'LOST'].map(deals), 'key'].join(', ');

/** Each team with itself and every team above it. */
const above = `recursive above(id, team_id) as (
  select id, id from directory_team
  union select a.id, t.parent_id from above a join directory_team t on t.id = a.team_id where t.parent_id is not null),`;

export const groupings: Record<SalesGrouping, Grouping> = {
  OWNER: { key: () => 'd.owner_id', once: true, order: byDeals },
  SOURCE: { key: () => 'd.source', once: true, order: byDeals },
  MONTH: { key: (at) => `to_char(${at} at time zone $5, 'YYYY-MM')`, once: true, order: 'key' },
  TEAM: {
    key: () => 'above.team_id',
    once: false,
    order: byDeals,
    before: above,
    join: 'left join directory_user u on u.id = d.owner_id left join above on above.id = u.team_id',
  },
  PRODUCT: {
    key: () => 'line."productId"',
    once: false,
    order: byDeals,
    amount: 'case when line."productId" is null then d.amount else line.amount end',
    join: `left join lateral jsonb_to_recordset(d.lines) as line("productId" uuid, amount bigint) on true`,
  },
};

/** Deals closed from $1 to before $2, and deals opened then that are open still; no two rows of one key, status and currency. */
function counted({ key, amount = 'd.amount', join = '' }: Grouping, within: Within): string {
  const part = (at: string, states: string, status: string) => `
    select ${key(at)} as key, ${status} as status, d.currency, count(*)::integer as count,
      sum(${amount})::bigint as amount
    from deal d ${join} where not d.withdrawn and d.status ${states} and ${at} >= $1 and ${at} < $2
      and ${within({ owner: 'd.owner_id', pipeline: 'd.pipeline_id' })}
    group by ${key(at)}, ${status}, d.currency`;
  // The index of the open ones does not have the word beside them.
  return `${part('d.closed_at', `<> 'OPEN'`, 'd.status')} union all
    ${part('d.opened_at', `= 'OPEN'`, `'OPEN'::text`)}`;
}

/** Everything, under no key. */
const whole: Grouping = { key: () => 'null::text', once: true, order: 'key' };

/** The keys at $3 places after place $4, what has none in the last one; where a deal has one key, everything at place 0. */
export const placed = (grouping: Grouping) => (within: Within) => {
  const at = 'c.status, c.currency, c.count, c.amount, k.place, k.keys from counted c join keys k on';
  const asked = 'k.place > $4 and k.place <= $4 + $3';
  return `with ${grouping.before ?? ''} counted as materialized (${counted(grouping, within)}),
    keys as materialized (
      select key, (row_number() over (order by key is null, ${grouping.order}))::integer as place,
        (count(*) over ())::integer as keys
      from counted group by key)
    select k.key, ${at} k.key = c.key where ${asked}
    union all select null, ${at} k.key is null where c.key is null and ${asked}
    ${grouping.once ? `union all select null, status, currency, sum(count)::integer, sum(amount)::bigint, 0, null from counted group by status, currency` : ''}
    order by place`;
};

interface Placed extends DealCount {
  readonly key: string | null;
  readonly place: number;
  readonly keys: number | null;
}

@Injectable()
export class SalesService {
  constructor(
    private readonly reports: ReportService,
    private readonly store: Store,
  ) {}

  /**
   * One statement, two where the total is wanted and the rows do not sum up to it; a total that is not wanted may be of
   * nothing. Refuses with `INVALID_DATE`, `INVALID_NUMBER`, `PAGE_TOO_LARGE`, and with `UNAVAILABLE` where it takes too long.
   */
  sales(
    by: Actor,
    period: Period,
    groupBy: SalesGrouping,
    asked: Rows,
    wantsTotal: boolean,
  ): Promise<SalesReportFigures> {
    requireFew(asked);
    const values = [...boundsOf(period), asked.first, asked.skip];
    const countsOf = (name: string, grouping: Grouping, more: readonly unknown[] = []) =>
      this.store.rows<Placed>(by, 'report', {
        name: `sales:${name}`,
        text: placed(grouping),
        values: [...values, ...more],
      });
    const grouping = groupings[groupBy];
    return this.reports.read(async () => {
      const [counts, totals] = await Promise.all([
        countsOf(groupBy, grouping, groupBy === 'MONTH' ? [this.reports.timeZone] : []),
        grouping.once || !wantsTotal ? null : countsOf('total', whole),
      ]);
      const rows = counts.filter(({ place }) => place > 0);
      return {
        groupBy,
        rows: salesRows(rows),
        more: rowsAfter(asked, rows[0]?.keys ?? 0),
        total: salesFigures((totals ?? counts).filter(({ place }) => place === 0)),
      };
    });
  }
}
