import type { Id } from '@voronka/contracts';

/** How many people stand in a condition by their ids; beyond that PostgreSQL plans slower than it reads. */
const FEW = 100;

/** Gives a value its place in a statement, and answers the placeholder. */
export type Place = (value: unknown) => string;

/** In a statement of a noun's own: the condition on the column that holds the owner. */
export type Within = (owner: string) => string;

/** Whose records somebody may see, or may do something to: the one place where a grant becomes SQL. */
export interface Reach {
  /** Whether what this person owns lies within. */
  includes(ownerId: Id): boolean;
  /** The same as a condition on the column that holds the owner. */
  condition(owner: string, place: Place): string;
  /** Tells forms of the condition apart, for statements that are prepared by name. */
  readonly form: 'all' | 'none' | 'people' | 'teams';
}

export const everybodys: Reach = { form: 'all', includes: () => true, condition: () => 'true' };
export const nobodys: Reach = { form: 'none', includes: () => false, condition: () => 'false' };

/** What these people own. Of many, who are the members of `teams` and `selves`, the statement asks the service's own directory. */
export function reachOf(people: ReadonlySet<Id>, selves: readonly Id[], teams: ReadonlySet<Id>): Reach {
  const includes = (ownerId: Id) => people.has(ownerId);
  if (people.size <= FEW) {
    const ids = [...people];
    return { form: 'people', includes, condition: (owner, place) => `${owner} = any(${place(ids)}::uuid[])` };
  }
  const ids = [...teams];
  return {
    form: 'teams',
    includes,
    condition: (owner, place) =>
      `(${owner} = any(${place(selves)}::uuid[]) or exists (select from directory_user of_reach
        where of_reach.id = ${owner} and of_reach.team_id = any(${place(ids)}::uuid[])))`,
  };
}
