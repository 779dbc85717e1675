import { Inject, Injectable } from '@nestjs/common';
import type { Id, Money } from '@voronka/contracts';
import { Database } from '@voronka/messaging';
import { check, id } from '../inputs.js';
import { tableOf } from '../store/table.js';
import { HANDOVERS, type Handovers } from './inheritance.js';

/** Records that somebody owns, of one noun and status. */
export interface Owned {
  noun: string;
  /** Null where the noun has none. */
  status: string | null;
  count: number;
  /** In each currency. */
  value: Money[];
}

/** What somebody owns in this service, counted: what would be handed over if he left. */
@Injectable()
export class Holdings {
  constructor(
    private readonly database: Database,
    @Inject(HANDOVERS) private readonly handovers: Handovers,
  ) {}

  async of(userId: Id): Promise<Owned[]> {
    const counts = this.handovers.nouns.map(({ type, status = 'null::text', valued = false }, i) => {
      const [currency, amount] = valued ? ['t.currency', 'sum(t.amount)::bigint'] : ['null::text', 'null::bigint'];
      return `select ${i} as n, '${tableOf(type).name}' as noun, ${status} as status, ${currency} as currency,
          count(*) as count, ${amount} as amount from "${tableOf(type).name}" t where t.owner_id = $1 group by 3, 4`;
    });
    const { rows } = await this.database.query<Counted>({
      name: 'holdings:owned',
      text: `${counts.join(' union all ')} order by n, status, currency`,
      values: [check(id, userId, 'userId')],
    });
    return together(rows);
  }
}

export interface Counted {
  readonly noun: string;
  readonly status: string | null;
  readonly currency: string | null;
  readonly count: number;
  readonly amount: number | null;
}

/** One line for each noun and status: amounts of different currencies are never added. */
export function together(rows: readonly Counted[]): Owned[] {
  const lines = new Map<string, Owned>();
  for (const { noun, status, currency, count, amount } of rows) {
    const key = `${noun} ${status}`;
    const line = lines.get(key) ?? { noun, status, count: 0, value: [] };
    lines.set(key, line);
    line.count += count;
    if (currency !== null && amount !== null) line.value.push({ amount, currency });
  }
  return [...lines.values()];
}
