import type { Id, Money } from '@voronka/contracts';
import { countOf, share, valueOf, type DealCount } from '../report/figures.js';

/** Deals of the cohort that are alike: in the same stage now, equally far at their furthest. */
export interface CohortCount extends DealCount {
  readonly stageId: Id;
  /** Position, from 0, of the furthest stage they have been in; null where the pipeline does not know it. */
  readonly furthest: number | null;
}

/** The stays of the cohort in a stage, also those that last. */
export interface StayCount {
  readonly stageId: Id;
  readonly count: number;
  /** Median days of those that ended. */
  readonly medianDays: number | null;
}

export interface StageFigures {
  readonly id: Id;
  readonly name: string;
  readonly entered: number;
  readonly passed: number;
  readonly lost: number;
  readonly open: number;
  readonly value: Money[];
  readonly conversionFromPrevious: number | null;
  readonly conversionFromFirst: number | null;
  readonly medianDays: number | null;
}

/**
 * The funnel of a cohort, stage by stage in the pipeline's present order. A deal has entered every stage up to the furthest
 * it has been in, also those it skipped, and keeps that when it is moved back. It has passed a stage when it came to a
 * later one or was won. `lost` and `open` are where it is now. An archived stage is shown where the cohort has been there.
 */
export function stagesOfFunnel(
  stages: readonly { id: Id; name: string; archived: boolean }[],
  cohort: readonly CohortCount[],
  stays: readonly StayCount[],
): StageFigures[] {
  const staysIn = new Map(stays.map((stay) => [stay.stageId, stay]));
  const shown = stages
    .map(({ id, name, archived }, position) => ({ id, name, archived, position }))
    .filter(({ id, archived }) => !archived || staysIn.has(id));
  const enteredAt = (position: number) => countOf(cohort, (deals) => (deals.furthest ?? -1) >= position);
  const first = enteredAt(shown[0]?.position ?? 0);

  return shown.map(({ id, name, position }, i): StageFigures => {
    const entered = enteredAt(position);
    const before = shown[i - 1];
    const isOpenHere = (deals: CohortCount) => deals.status === 'OPEN' && deals.stageId === id;
    return {
      ...{ id, name, entered },
      passed: countOf(cohort, ({ furthest, status }) =>
        furthest === null ? false : furthest > position || (furthest === position && status === 'WON'),
      ),
      lost: countOf(cohort, ({ status, stageId }) => status === 'LOST' && stageId === id),
      open: countOf(cohort, isOpenHere),
      value: valueOf(cohort, isOpenHere),
      conversionFromPrevious: before ? share(entered, enteredAt(before.position)) : null,
      conversionFromFirst: share(entered, first),
      medianDays: staysIn.get(id)?.medianDays ?? null,
    };
  });
}
