import type { HandoverPlan, Id } from '@voronka/contracts';

/** How many records somebody has: what is open is work, the rest is only his to answer for. */
export interface Load {
  readonly open: number;
  readonly closed: number;
}
export type Loads = Readonly<Record<Id, Load>>;

/** What of a record decides who takes it over. */
export interface Inherited {
  readonly open: boolean;
  /** Where it stands in one. */
  readonly pipelineId: Id | null;
  /** Who has taken over what it belongs with: a contact's company, the deal of an activity. */
  readonly kin: Id | null;
}

/** Everybody whom a plan names. */
export const successorsOf = ({ to, byPipeline }: HandoverPlan): Id[] => [
  ...new Set([...to, ...byPipeline.flatMap((rule) => rule.to)]),
];

/** The plan without those who have left meanwhile; null where that leaves nobody, not even the one who offboards. */
export function stillPossible(
  plan: HandoverPlan,
  active: (id: Id) => boolean,
  offboards: Id | null,
): HandoverPlan | null {
  const here = (ids: readonly (Id | null)[], otherwise: readonly Id[]): Id[] => {
    const left = ids.filter((id) => id !== null && active(id)) as Id[];
    return left.length > 0 ? left : [...otherwise];
  };
  const to = here(plan.to, here([offboards], []));
  if (to.length === 0) return null;
  return { to, byPipeline: plan.byPipeline.map((rule) => ({ ...rule, to: here(rule.to, to) })) };
}

/**
 * Who takes over which record. Who has what it belongs with has it too; else, of those whom the plan names for it, the one
 * with the least open work, and the first named among equals. What is closed is no work, and is shared evenly by itself.
 */
export class Successors {
  private readonly counts: Record<Id, { open: number; closed: number }>;

  constructor(
    private readonly plan: HandoverPlan,
    loads: Loads,
  ) {
    this.counts = Object.fromEntries(successorsOf(plan).map((id) => [id, { open: 0, closed: 0, ...loads[id] }]));
  }

  /** Who takes over the next record, which counts for him from now on. */
  next(record: Inherited): Id {
    const kind = record.open ? 'open' : 'closed';
    const countOf = (id: Id) => this.counts[id]![kind];
    const kin = record.kin && this.counts[record.kin] ? record.kin : null;
    const successor = kin ?? this.namedFor(record).reduce((a, b) => (countOf(b) < countOf(a) ? b : a));
    this.counts[successor]![kind] += 1;
    return successor;
  }

  get loads(): Loads {
    return this.counts;
  }

  private namedFor({ pipelineId }: Inherited): readonly Id[] {
    const rule = this.plan.byPipeline.find((each) => each.pipelineId === pipelineId);
    return rule?.to ?? this.plan.to;
  }
}
