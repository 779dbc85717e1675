import { Injectable } from '@nestjs/common';
import { lineAmount, type DealState } from '@voronka/contracts';
import { outboxInsert } from '@voronka/messaging';
import { Clock, Database } from '@voronka/service-kit';
import { factOf, staysAfter, type DealNews, type Stay } from './deal-stay.js';

/** Answers no row where the event is not newer than what is kept, else the deal's last stay, all null before the first. */
const keepDeal = `
  with kept as (
    insert into deal as d (id, version, withdrawn, pipeline_id, stage_id, visited, status, owner_id, source, amount,
      currency, lines, opened_at, closed_at)
    values ($1, $2, $3, $4, $5, array[$5::uuid], $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (id) do update set version = excluded.version, withdrawn = excluded.withdrawn,
      pipeline_id = excluded.pipeline_id, stage_id = excluded.stage_id, status = excluded.status,
      owner_id = excluded.owner_id, source = excluded.source, amount = excluded.amount, currency = excluded.currency,
      lines = excluded.lines, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
      visited = case when d.visited @> excluded.visited then d.visited else d.visited || excluded.visited end
    where d.version < excluded.version
    returning d.id)
  select s.deal_id as "dealId", s.n, s.pipeline_id as "pipelineId", s.stage_id as "stageId", s.entered_at as "enteredAt",
    s.left_at as "leftAt", s.how
  from kept left join lateral (select * from deal_stay where deal_id = kept.id order by n desc limit 1) s on true`;

const keepStays = `
  insert into deal_stay (deal_id, n, pipeline_id, stage_id, entered_at, left_at, how)
  select * from jsonb_to_recordset($1) as s("dealId" uuid, n integer, "pipelineId" uuid, "stageId" uuid,
    "enteredAt" timestamptz, "leftAt" timestamptz, how text)
  on conflict (deal_id, n) do update set left_at = excluded.left_at, how = excluded.how`;

/**
 * What reports know of deals, from events that each carry the whole state: a row per deal as it stands, a row per stay in
 * a stage, and a fact for BI each time a stay begins or ends, written with them in the event's own transaction.
 */
@Injectable()
export class DealService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Takes an event in. One that is not newer than what is kept changes nothing. */
  async keep(news: DealNews, version: number, actor: string): Promise<void> {
    const { rows } = await this.database.query<Stay | { dealId: null }>({
      name: 'deal:keep',
      text: keepDeal,
      values: valuesOf(news, version),
    });
    const [last] = rows;
    if (!last) return;
    const stays = staysAfter(last.dealId === null ? null : last, news);
    if (stays.length === 0) return;
    await this.database.query({ name: 'deal-stay:keep', text: keepStays, values: [JSON.stringify(stays)] });
    const facts = stays.map((stay) => factOf(stay, news));
    const recordedAt = this.clock.now();
    await this.database.query(
      outboxInsert(
        facts.map((fact) => ({ ...fact, recordId: news.deal.id, recordedAt, actor })),
        'analytics',
      ),
    );
  }
}

function valuesOf({ deal, withdrawn }: DealNews, version: number): unknown[] {
  const { id, pipelineId, stageId, status, ownerId, source, amount, currency, openedAt, closedAt } = deal;
  return [
    ...[id, version, withdrawn, pipelineId, stageId, status, ownerId, source, amount, currency],
    ...[JSON.stringify(amountsByProduct(deal)), openedAt, closedAt],
  ];
}

/** What each product adds to the deal; a product on two lines stands once. */
function amountsByProduct({ lines }: DealState): { productId: string; amount: number }[] {
  const amounts = new Map<string, number>();
  for (const line of lines) amounts.set(line.productId, (amounts.get(line.productId) ?? 0) + lineAmount(line));
  return [...amounts].map(([productId, amount]) => ({ productId, amount }));
}
