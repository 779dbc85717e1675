import { DealStageEntered, DealStageLeft, type DataOf, type DealState, type Id } from '@voronka/contracts';

export type Leaving = DataOf<typeof DealStageLeft>['how'];

/** One stay of a deal in a stage, the `n`th from 1. A deal is in a stage while it is open. */
export interface Stay {
  readonly dealId: Id;
  readonly n: number;
  readonly pipelineId: Id;
  readonly stageId: Id;
  readonly enteredAt: Date;
  readonly leftAt: Date | null;
  readonly how: Leaving | null;
}

/** What an event says of a deal: its state after it, when it happened, and whether the deal is gone. */
export interface DealNews {
  readonly deal: DealState;
  readonly at: Date;
  readonly withdrawn: boolean;
}

/** A stay that began or ended, as the fact that tells it. A deal's facts alternate, so their versions have no gap. */
export interface StayFact {
  readonly declaration: typeof DealStageEntered | typeof DealStageLeft;
  readonly version: number;
  readonly data: object;
  readonly occurredAt: Date;
}

/**
 * How a deal's stays go on: the last one ends where the deal is no longer there, and another begins where it is open in a
 * stage. Answers the stays that changed, in order. What happened before the last change counts as happening with it.
 */
export function staysAfter(last: Stay | null, { deal, at, withdrawn }: DealNews): Stay[] {
  const isIn = deal.status === 'OPEN' && !withdrawn;
  const current = last?.leftAt === null ? last : null;
  if (isIn && current?.stageId === deal.stageId && current.pipelineId === deal.pipelineId) return [];

  const before = last?.leftAt ?? last?.enteredAt;
  const when = before && before > at ? before : at;
  const how: Leaving = withdrawn ? 'WITHDRAWN' : deal.status === 'OPEN' ? 'MOVED' : deal.status;
  const left: Stay[] = current ? [{ ...current, leftAt: when, how }] : [];
  const { id: dealId, pipelineId, stageId } = deal;
  const next = { dealId, pipelineId, stageId, n: (last?.n ?? 0) + 1, enteredAt: when, leftAt: null, how: null };
  return isIn ? [...left, next] : left;
}

/** The fact of a stay that began or ended; the rest of the deal is as it is after the event. */
export function factOf(stay: Stay, { deal }: DealNews): StayFact {
  const { dealId, pipelineId, stageId, enteredAt, leftAt, how, n } = stay;
  const { ownerId, teamId, source, amount, currency } = deal;
  const dealStage = {
    dealId,
    pipelineId,
    stageId,
    ownerId,
    teamId,
    source,
    amount,
    currency,
    enteredAt: enteredAt.toISOString(),
    leftAt: leftAt?.toISOString() ?? null,
  };
  return leftAt === null
    ? { declaration: DealStageEntered, version: 2 * n - 1, data: { dealStage }, occurredAt: enteredAt }
    : { declaration: DealStageLeft, version: 2 * n, data: { dealStage, how }, occurredAt: leftAt };
}

/** What some news of one deal, in order, come to: the stays that changed, each as it is in the end, and every fact on the way. */
export function staysThrough<News extends DealNews>(last: Stay | null, all: readonly News[]) {
  const stays = new Map<number, Stay>();
  const facts: { fact: StayFact; news: News }[] = [];
  for (const news of all) {
    for (const stay of staysAfter(last, news)) {
      stays.set(stay.n, stay);
      facts.push({ fact: factOf(stay, news), news });
      last = stay;
    }
  }
  return { stays: [...stays.values()], facts };
}
