import type { Id, Money } from '@voronka/contracts';
import { countOf, share, valueOf, type DealCount } from '../report/figures.js';

/** Deals of the cohort that are alike: in the same stage now, and in the same ones before. */
export interface CohortCount extends DealCount {
  readonly stageId: Id;
  /** The ids of all stages they have been in, one after the other in any form: they are only looked for. */
  readonly visited: string;
}

/** The stays of the cohort in a stage that have ended. */
export interface StayDays {
  readonly stageId: Id;
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
  counts: readonly CohortCount[],
  stays: readonly StayDays[],
): StageFigures[] {
  const medians = new Map(stays.map(({ stageId, medianDays }) => [stageId, medianDays]));
  // Of stages that the pipeline does not know, deals come to none of those it knows: -1.
  const cohort = counts.map((deals) => ({
    ...deals,
    furthest: stages.findLastIndex(({ id }) => deals.visited.includes(id)),
  }));
  const shown = stages
    .map(({ id, name, archived }, position) => ({ id, name, archived, position }))
    .filter(({ id, archived }) => !archived || cohort.some(({ visited }) => visited.includes(id)));
  const enteredAt = (position: number) => countOf(cohort, ({ furthest }) => furthest >= position);
  const first = enteredAt(shown[0]?.position ?? 0);

  return shown.map(({ id, name, position }, i): StageFigures => {
    const entered = enteredAt(position);
    const before = shown[i - 1];
    const isOpenHere = (deals: CohortCount) => deals.status === 'OPEN' && deals.stageId === id;
    return {
      ...{ id, name, entered },
      passed: countOf(
        cohort,
        ({ furthest, status }) => furthest > position || (furthest === position && status === 'WON'),
      ),
      lost: countOf(cohort, ({ status, stageId }) => status === 'LOST' && stageId === id),
      open: countOf(cohort, isOpenHere),
      value: valueOf(cohort, isOpenHere),
      conversionFromPrevious: before ? share(entered, enteredAt(before.position)) : null,
      conversionFromFirst: share(entered, first),
      medianDays: medians.get(id) ?? null,
    };
  });
}
