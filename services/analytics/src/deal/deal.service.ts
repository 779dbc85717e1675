import { Injectable } from '@nestjs/common';
import { lineAmount, type DealState, type Id } from '@voronka/contracts';
import { outboxInsert, type MessageContext, type RecordedEvent } from '@voronka/messaging';
import { Clock, Database } from '@voronka/service-kit';
import { staysThrough, type DealNews, type Stay } from './deal-stay.js';

/**
 * Of each deal that the events bring something new of: the version it had, null for a new deal, and its last stay, whose
 * `n` is null before the first.
 */
// eslint-disable-next-line voronka/reads-within-reach -- keeps the projection
const keepDeals = `
  with kept as (
    insert into deal as d (id, version, withdrawn, pipeline_id, stage_id, visited, status, owner_id, source, amount,
      currency, lines, opened_at, closed_at)
    select id, version, withdrawn, "pipelineId", "stageId", visited, status, "ownerId", source, amount, currency, lines,
      "openedAt", "closedAt"
    from jsonb_to_recordset($1) as n(id uuid, version integer, withdrawn boolean, "pipelineId" uuid, "stageId" uuid,
      visited uuid[], status text, "ownerId" uuid, source text, amount bigint, currency text, lines jsonb,
      "openedAt" timestamptz, "closedAt" timestamptz)
    on conflict (id) do update set version = excluded.version, withdrawn = excluded.withdrawn,
      pipeline_id = excluded.pipeline_id, stage_id = excluded.stage_id, status = excluded.status,
      owner_id = excluded.owner_id, source = excluded.source, amount = excluded.amount, currency = excluded.currency,
      lines = excluded.lines, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
      visited = d.visited || array(select v from unnest(excluded.visited) v where v <> all(d.visited))
    where d.version < excluded.version
    returning d.id)
  select kept.id, (select before.version from deal before where before.id = kept.id) as version,
    s.n, s.pipeline_id as "pipelineId", s.stage_id as "stageId", s.entered_at as "enteredAt", s.left_at as "leftAt", s.how
  from kept left join lateral (select * from deal_stay where deal_id = kept.id order by n desc limit 1) s on true`;

const keepStays = `
  insert into deal_stay (deal_id, n, pipeline_id, stage_id, entered_at, left_at, how)
  select * from jsonb_to_recordset($1) as s("dealId" uuid, n integer, "pipelineId" uuid, "stageId" uuid,
    "enteredAt" timestamptz, "leftAt" timestamptz, how text)
  on conflict (deal_id, n) do update set left_at = excluded.left_at, how = excluded.how`;

/** An event of a deal, and what its facts have to name as their cause. */
export interface DealEvent extends DealNews {
  readonly version: number;
  readonly cause: MessageContext;
}

type Before = { id: Id; version: number | null } & (Omit<Stay, 'dealId'> | { n: null });

/**
 * What reports know of deals, from events that each carry the whole state: a row per deal as it stands, a row per stay in
 * a stage, and a fact for BI each time a stay begins or ends, written with them in the events' own transaction.
 */
@Injectable()
export class DealService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Takes events in, those of one deal in order. One that is not newer than what is kept changes nothing. */
  async keep(events: readonly DealEvent[]): Promise<void> {
    const byDeal = new Map<Id, DealEvent[]>();
    for (const event of events) {
      const others = byDeal.get(event.deal.id);
      if (others) others.push(event);
      else byDeal.set(event.deal.id, [event]);
    }
    const { rows } = await this.database.query<Before>({
      name: 'deal:keep',
      text: keepDeals,
      values: [JSON.stringify([...byDeal.values()].map(rowOf))],
    });
    const recordedAt = this.clock.now();
    const stays: Stay[] = [];
    const facts: RecordedEvent[] = [];
    for (const { id, version, ...last } of rows) {
      const news = byDeal.get(id)!.filter((event) => event.version > (version ?? 0));
      const told = staysThrough(last.n === null ? null : { ...last, dealId: id }, news);
      stays.push(...told.stays);
      for (const { fact, news } of told.facts)
        facts.push({ ...fact, recordId: id, recordedAt, actor: news.cause.actor, context: news.cause });
    }
    if (stays.length === 0) return;
    this.database.send({ name: 'deal-stay:keep', text: keepStays, values: [JSON.stringify(stays)] });
    this.database.send(outboxInsert(facts, 'analytics'));
  }
}

/** A deal after its events, with every stage they show it in. */
function rowOf(events: readonly DealEvent[]): object {
  const { deal, version, withdrawn } = events.at(-1)!;
  const { id, pipelineId, stageId, status, ownerId, source, amount, currency, openedAt, closedAt } = deal;
  return {
    id,
    version,
    withdrawn,
    pipelineId,
    stageId,
    status,
    ownerId,
    source,
    amount,
    currency,
    openedAt,
    closedAt,
    visited: [...new Set(events.map((event) => event.deal.stageId))],
    lines: amountsByProduct(deal),
  };
}

/** What each product adds to the deal; a product on two lines stands once. */
function amountsByProduct({ lines }: DealState): { productId: string; amount: number }[] {
  const amounts = new Map<string, number>();
  for (const line of lines) amounts.set(line.productId, (amounts.get(line.productId) ?? 0) + lineAmount(line));
  return [...amounts].map(([productId, amount]) => ({ productId, amount }));
}
