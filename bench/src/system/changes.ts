import type { Ground } from '../harness/ground.js';
import type { Asker, Source } from '../load/requests.js';
import { dealSums } from './load.js';
import type { Organisation, SignedIn } from './organisation.js';

/** Something that people change: what is asked, and how many records must have come of it. */
export interface Change {
  source(organisation: Organisation, people: readonly SignedIn[]): Promise<Source>;
  /** Counts what every right answer adds one to, wherever it must be seen. */
  readonly counted: readonly (readonly [
    service: 'deals' | 'accounts' | 'leads' | 'tasks' | 'analytics',
    text: string,
  ])[];
}

const ENOUGH = 2_000;

/** What each of these people has of a kind, as a statement over `$1`, his id, tells; those who have nothing do not ask. */
async function askers(
  organisation: Organisation,
  people: readonly SignedIn[],
  service: 'deals' | 'accounts' | 'tasks' | 'leads',
  text: string,
  more: readonly unknown[] = [],
): Promise<Asker[]> {
  const each = people.map(async ({ id, token }): Promise<Asker> => {
    const { rows } = await organisation.databases[service].query<{ id: string }>(`${text} limit ${ENOUGH}`, [
      id,
      ...more,
    ]);
    return { token, ids: rows.map((row) => row.id) };
  });
  return (await Promise.all(each)).filter(({ ids }) => ids.length > 0);
}

const OWN_COMPANIES = 'select id from company where owner_id = $1';
const stagesOf = ({ loaded }: Organisation) => loaded.pipeline.stages.slice(0, 2).map(({ id }) => id);

export const createDeal: Change = {
  source: async (organisation, people) => ({
    kind: 'createDeal',
    askers: await askers(organisation, people, 'accounts', OWN_COMPANIES),
  }),
  counted: [
    ['deals', 'select count(*)::int as count from deal'],
    ['analytics', 'select count(*)::int as count from deal'],
  ],
};

export const createContact: Change = {
  source: async (organisation, people) => ({
    kind: 'createContact',
    askers: await askers(organisation, people, 'accounts', OWN_COMPANIES),
  }),
  counted: [
    ['accounts', 'select count(*)::int as count from contact'],
    ['deals', `select count(*)::int as count from reference where kind = 'contact'`],
  ],
};

/** Leads that come in, of nobody's choice. */
export const createLead: Change = {
  source: (_, people) =>
    Promise.resolve({ kind: 'createLead', askers: people.map(({ token }) => ({ token, ids: [] })) }),
  counted: [
    ['leads', 'select count(*)::int as count from lead'],
    ['analytics', 'select count(*)::int as count from lead'],
  ],
};

export const moveDeal: Change = {
  source: async (organisation, people) => ({
    kind: 'moveDeal',
    askers: await askers(
      organisation,
      people,
      'deals',
      `select id from deal where owner_id = $1 and status = 'OPEN' and stage_id = $2`,
      [stagesOf(organisation)[0]],
    ),
    stages: stagesOf(organisation),
  }),
  counted: [
    ['deals', 'select sum(version)::int as count from deal'],
    ['analytics', 'select sum(version)::int as count from deal'],
  ],
};

export const completeStep: Change = {
  source: async (organisation, people) => ({
    kind: 'completeStep',
    askers: await askers(
      organisation,
      people,
      'tasks',
      `select id from activity where owner_id = $1 and status = 'PLANNED' order by due_at`,
    ),
  }),
  counted: [['tasks', `select count(*)::int as count from activity where status = 'COMPLETED'`]],
};

/** Counts now; answers, asked later, what is wrong with what has been added since. */
export async function counting({ databases }: Organisation, { counted }: Change) {
  const now = () =>
    Promise.all(
      counted.map(
        async ([service, text]) => (await databases[service].query<{ count: number }>(text)).rows[0]?.count ?? 0,
      ),
    );
  const before = await now();
  return async (added: number): Promise<string[]> => {
    const after = await now();
    return counted.flatMap(([service, text], i) => {
      const more = after[i]! - before[i]!;
      return more === added ? [] : [`${added} were answered, and ${service} has ${more} more of ${text}.`];
    });
  };
}

/** What is wrong once everybody has taken everything in: something is left over, or analytics disagrees with deals. */
export async function leftOver(organisation: Organisation): Promise<string[]> {
  const [unpublished, parked] = [await organisation.unpublished(), await organisation.parked()];
  const [deals, analytics] = [await dealSums(organisation, 'deals'), await dealSums(organisation, 'analytics')];
  return [
    ...(unpublished === 0 ? [] : [`${unpublished} events were not published.`]),
    ...(parked === 0 ? [] : [`${parked} events could not be taken in.`]),
    ...(deals === analytics ? [] : [`Analytics has ${analytics}, and deals ${deals}.`]),
  ];
}

/** How many rows as wide as a deal a bare `pg` inserts a second, each in a statement of its own, on so many connections. */
export async function bareInserts(ground: Ground, connections: number, seconds: number): Promise<number> {
  const url = await ground.database('bench_floor');
  const clients = await Promise.all(Array.from({ length: connections }, () => ground.connect(url)));
  await clients[0]!.query(
    'create table deal (id uuid primary key default uuidv7(), title text, status text, amount bigint, currency text, owner_id uuid, created_at timestamptz, lines jsonb)',
  );
  const until = Date.now() + seconds * 1000;
  let rows = 0;
  const insert = async (client: (typeof clients)[number]) => {
    for (; Date.now() < until; rows++)
      await client.query({
        name: 'insert',
        text: 'insert into deal (title, status, amount, currency, owner_id, created_at, lines) values ($1, $2, $3, $4, $5, $6, $7)',
        values: ['Forty units', 'OPEN', rows, 'EUR', '01930000-0000-7000-8000-000000000001', new Date(), '[]'],
      });
  };
  await Promise.all(clients.map(insert));
  return rows / seconds;
}
