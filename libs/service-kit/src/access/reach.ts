import type { Id } from '@voronka/contracts';

/** How many people stand in a condition by their ids; beyond that PostgreSQL plans slower than it reads. */
const FEW = 100;
/** The same of those who are not meant: nothing is looked up by them. */
const FEW_OTHERS = 250;

/** Gives a value its place in a statement, and answers the placeholder. */
export type Place = (value: unknown) => string;

/** Whose a record is: its owner's, and theirs with whom it is shared. */
export interface Whose {
  readonly ownerId: Id;
  readonly sharedToRead?: readonly Id[] | undefined;
  readonly sharedToWork?: readonly Id[] | undefined;
  /** Of what lies in one; a pipeline lies in itself. */
  readonly pipelineId?: Id | null;
}
/** The columns that hold it; `shared` is that of the people and teams who may read, where the table has one. */
export interface WhoseColumns {
  readonly owner: string;
  readonly shared?: string | undefined;
  /** The column of the pipeline; null for what lies in none. Of deals, reports and pipelines it has to be said. */
  readonly pipeline?: string | null | undefined;
}

/** In a statement of a noun's own: the condition on the columns that say whose a record is. */
export type Within = (columns: WhoseColumns) => string;

/** What a statement keeps to. */
export interface Bounds {
  /**
   * Conditions of which a record within meets exactly one, so that each can be read by an index of its own and in the
   * order asked for.
   */
  alternatives(columns: WhoseColumns, place: Place): string[];
  /** Whether it names whose records are meant, so few that what is theirs may be less than what is looked for among all. */
  readonly named?: boolean;
  /** The same as ranges of owners' ids, where nothing but the owner counts and those who are not meant are few. */
  readonly owners?: Ranges | undefined;
}

/** Ranges of ids with their ends, as two arrays as PostgreSQL reads them: from the n-th of one to the n-th of the other. */
export interface Ranges {
  readonly from: string;
  readonly to: string;
}

/** What somebody may see, or may do something to: the one place where a grant becomes SQL. */
export interface Reach extends Bounds {
  /** Whether this record lies within. */
  includes(record: Whose): boolean;
}

/** The alternatives as one condition. */
export const asCondition = (bounds: Bounds, columns: WhoseColumns, place: Place): string => {
  const [first = 'false', ...others] = bounds.alternatives(columns, place);
  return others.length === 0 ? first : `(${[first, ...others].join(' or ')})`;
};

export const everybodys: Reach = { includes: () => true, alternatives: () => ['true'] };
export const nobodys: Reach = { includes: () => false, alternatives: () => ['false'] };

/** The same in some pipelines, each with a reach of its own, and `elsewhere`; of what lies in no pipeline, `whole`. */
export function byPipeline(
  parts: readonly { readonly ids: readonly Id[]; readonly reach: Reach }[],
  elsewhere: Reach,
  whole: Reach,
): Reach {
  const named = parts.flatMap(({ ids }) => ids);
  return {
    includes: (record) => {
      if (record.pipelineId === null) return whole.includes(record);
      const part = parts.find(({ ids }) => ids.some((id) => id === record.pipelineId));
      return (part?.reach ?? elsewhere).includes(record);
    },
    alternatives: (columns, place) => {
      const { pipeline } = columns;
      if (pipeline === undefined) throw new Error('The statement has to say in which column the pipeline is');
      if (pipeline === null) return whole.alternatives(columns, place);
      const within = (reach: Reach, where: () => string) =>
        reach
          .alternatives(columns, place)
          .filter((own) => own !== 'false')
          .map((own) => `${where()} and ${own}`);
      const found = [
        ...parts.flatMap(({ ids, reach }) => within(reach, () => `${pipeline} = any(${place(ids)}::uuid[])`)),
        ...within(elsewhere, () => `${pipeline} <> all(${place(named)}::uuid[])`),
      ];
      return found.length > 0 ? found.map((one) => `(${one})`) : ['false'];
    },
  };
}

/** Shares that count: with whom, a person and the teams he is in, and to do what. */
export interface SharedWith {
  readonly holders: readonly Id[];
  /** Those of them with whom anything was ever shared here: nothing else has to be looked for. */
  readonly found: readonly Id[];
  readonly to: 'sharedToRead' | 'sharedToWork';
}

/** Written once, not for each statement, as PostgreSQL reads an array. */
const asArray = (ids: Iterable<Id>): string => `{${[...ids].join(',')}}`;

/** Whose records are meant: of `people`, who are the members of `teams` and `selves`, among all who are known. */
export interface Owners {
  readonly people: ReadonlySet<Id>;
  readonly selves: readonly Id[];
  readonly teams: ReadonlySet<Id>;
  readonly known: readonly Id[];
}

/** Those of all known people who are meant, as runs with nobody between them who is not. */
function runsOf({ known, people }: Owners): Ranges {
  const [from, to]: [Id[], Id[]] = [[], []];
  let goesOn = false;
  for (const id of [...known].sort()) {
    const meant = people.has(id);
    if (meant && goesOn) to[to.length - 1] = id;
    else if (meant) [from, to].forEach((ends) => ends.push(id));
    goesOn = meant;
  }
  return { from: asArray(from), to: asArray(to) };
}

/** The newest of all who are known: ids grow with time, and of whoever has come since, nobody knows yet where he belongs. */
const newestOf = (known: readonly Id[]): Id => known.reduce((one, other) => (one > other ? one : other));

/** The condition that a record is one of theirs: where they are few, or all but a few, it names those; else it asks the service's own directory. */
function ownedBy({ people, selves, teams, known }: Owners): (owner: string, place: Place) => string {
  if (people.size <= FEW) {
    const ids = asArray(people);
    return (owner, place) => `${owner} = any(${place(ids)}::uuid[])`;
  }
  const others = known.filter((id) => !people.has(id));
  if (others.length <= FEW_OTHERS) {
    const ids = asArray(others);
    const newest = newestOf(known);
    return (owner, place) => `(${owner} <> all(${place(ids)}::uuid[]) and ${owner} <= ${place(newest)}::uuid)`;
  }
  const [selfIds, teamIds] = [asArray(selves), asArray(teams)];
  // Nothing but `exists`: beside an `or` PostgreSQL would read all people for each page, instead of the owners of its rows.
  return (owner, place) => `exists (select from directory_user of_reach where of_reach.id = ${owner}
        and (of_reach.id = any(${place(selfIds)}::uuid[]) or of_reach.team_id = any(${place(teamIds)}::uuid[])))`;
}

/** What these people own, and what is shared with somebody. */
export function reachOf(owners: Owners, shares: SharedWith | null): Reach {
  const { people } = owners;
  const holders = new Set(shares?.holders);
  const found = shares?.found ?? [];
  const foundIds = asArray(found);
  const owned = ownedBy(owners);
  const others = owners.known.length - people.size;
  const fewOthers = found.length === 0 && people.size > FEW && others > 0 && others <= FEW;
  let runs: Ranges | undefined;
  return {
    named: people.size <= FEW,
    // Everybody is put in order for it, and most reaches are never counted by.
    get owners() {
      return fewOthers ? (runs ??= runsOf(owners)) : undefined;
    },
    includes: (record) =>
      people.has(record.ownerId) || (shares !== null && (record[shares.to] ?? []).some((id) => holders.has(id))),
    alternatives: ({ owner, shared }, place) => {
      const own = owned(owner, place);
      if (found.length === 0 || !shared) return [own];
      // Most records are shared with nobody, and are not in the index.
      const others = `${shared} <> '{}' and ${shared} && ${place(foundIds)}::uuid[]`;
      return [own, `(not ${own} and ${others})`];
    },
  };
}
