import { Random } from '../load/random.js';

/** The writes of the latency scenario: who makes them and who watches for them work from the same plan. */
export interface WritePlan {
  /** Leads that are there before the first write. */
  readonly base: number;
  /** The time that ids carry, milliseconds. */
  readonly idsAt: number;
  readonly total: number;
}

export interface PlannedWrite {
  readonly id: string;
  /** The lead's version after it. */
  readonly version: number;
  readonly creates: boolean;
}

/** The ids of the leads that are there before. */
export function baseIds({ base, idsAt }: WritePlan): string[] {
  const random = new Random(21);
  return Array.from({ length: base }, () => random.id(idsAt));
}

/** Every fourth write creates a lead, the others update one of those that were there, each in its turn. */
export function plannedWrites(plan: WritePlan): PlannedWrite[] {
  const random = new Random(22);
  const base = baseIds(plan);
  let updates = 0;
  return Array.from({ length: plan.total }, (_, n) => {
    if (n % 4 === 0) return { id: random.id(plan.idsAt + n), version: 1, creates: true };
    const [turn, place] = [Math.floor(updates / base.length), updates % base.length];
    updates += 1;
    return { id: base[place] ?? '', version: 2 + turn, creates: false };
  });
}

/** Names a write by what it leaves behind. */
export const writeKey = (id: string, version: number): string => `${id}/${version}`;

/** A write as it is asked for at the door of the leads service. */
export type AskedWrite =
  | { readonly create: { readonly id: string } & object }
  | { readonly update: { readonly id: string; readonly note: string } };
/** The lead's version after it, or why not. */
export type WriteAnswer = number | string;
