/** Somebody who works in the organisation that is measured, by numbers. */
export interface Employee {
  readonly n: number;
  readonly role: 'HEAD_OF_SALES' | 'HEAD' | 'SALESPERSON';
  readonly team: number;
}
export interface Team {
  readonly n: number;
  readonly name: string;
  readonly parent: number | null;
  readonly head: number | null;
}

export interface Staff {
  readonly people: readonly Employee[];
  readonly teams: readonly Team[];
}

const IN_A_TEAM = 8;
const IN_A_REGION = 6;

/** How many people so many deals take: one for 200, as a large sales organisation has. */
export const peopleFor = (deals: number): number => Math.min(5_000, Math.max(18, Math.round(deals / 200)));

/**
 * One head of sales; regions of six teams; teams of eight, the first of whom leads it. Who comes first in a region leads
 * the region, and the next one his team.
 */
export function staffOf(many: number): Staff {
  const count = Math.ceil((many - 1) / IN_A_TEAM);
  const regions = Math.ceil(count / IN_A_REGION);
  const first = (team: number) => 1 + team * IN_A_TEAM;
  const leads = (team: number) => Math.min(many - 1, first(team) + (team % IN_A_REGION === 0 ? 1 : 0));
  const regionHeads = Array.from({ length: regions }, (_, r) => first(r * IN_A_REGION));
  const heads = new Set([...regionHeads, ...Array.from({ length: count }, (_, t) => leads(t))]);
  const teams: Team[] = [
    { n: 0, name: 'Sales', parent: null, head: 0 },
    ...regionHeads.map((head, r) => ({ n: 1 + r, name: `Region ${r + 1}`, parent: 0, head })),
    ...Array.from({ length: count }, (_, t) => ({
      ...{ n: 1 + regions + t, name: `Team ${t + 1}`, head: leads(t) },
      parent: 1 + Math.floor(t / IN_A_REGION),
    })),
  ];
  const people = Array.from({ length: many }, (_, n): Employee => {
    if (n === 0) return { n, role: 'HEAD_OF_SALES', team: 0 };
    return { n, role: heads.has(n) ? 'HEAD' : 'SALESPERSON', team: 1 + regions + Math.floor((n - 1) / IN_A_TEAM) };
  });
  return { people, teams };
}

/** Whose records somebody sees by his role, told from the rules alone: himself; those of the teams he leads and all below; everybody. */
export function seenBy({ n, role, team }: Employee, { people, teams }: Staff): number[] {
  if (role === 'HEAD_OF_SALES') return people.map((person) => person.n);
  if (role === 'SALESPERSON') return [n];
  const his = [team, ...teams.filter(({ head }) => head === n).map((led) => led.n)];
  const below = new Set(his);
  for (const { n: id, parent } of teams) if (parent !== null && below.has(parent)) below.add(id);
  return people.filter((person) => person.n === n || below.has(person.team)).map((person) => person.n);
}
