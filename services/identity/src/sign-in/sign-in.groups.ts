import { Id } from '@voronka/contracts';
import { z } from 'zod';

/** What each group of the provider makes of its people, the most telling group first. */
export const Groups = z.record(
  z.string(),
  z.strictObject({ roleIds: z.array(Id).max(20).default([]), teamId: Id.optional() }),
);
export type Groups = z.infer<typeof Groups>;

/** What somebody is by his groups. */
export interface Standing {
  readonly roleIds: readonly Id[];
  /** Null where no group of his says. */
  readonly teamId: Id | null;
}

/** All roles of all his groups, and the team of the first that has one; null where no group of his gives him a role. */
export function standingOf(groups: Groups, his: readonly string[]): Standing | null {
  const named = Object.entries(groups).flatMap(([group, what]) => (his.includes(group) ? what : []));
  const roleIds = [...new Set(named.flatMap((group) => group.roleIds))];
  if (roleIds.length === 0) return null;
  return { roleIds, teamId: named.find(({ teamId }) => teamId !== undefined)?.teamId ?? null };
}
