import type { Known } from '../load/requests.js';
import { Random } from '../load/random.js';
import type { Databases, Organisation, SignedIn } from './organisation.js';

/** A question of somebody's, with the answer that bare SQL has to it. */
interface Question {
  readonly person: SignedIn;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Where it is asked otherwise than the others. */
  readonly query?: string;
}

/** Something that people read: how they ask, and what the right answer is, in statements that know nothing of ours. */
export interface Read {
  readonly query: string;
  /** So many different questions of these people. */
  ask(at: Place, many: number): Promise<Question[]>;
  /** The answer as the databases have it, in the shape of the answer's data. */
  bare(at: Place, question: Question): Promise<unknown>;
}

/** Where is asked, and by whom. */
export interface Place {
  readonly organisation: Organisation;
  readonly databases: Databases;
  readonly people: readonly SignedIn[];
}

/** Heads and salespeople, as there are of each: all heads that lead most, and people without anybody below them. */
export async function readers(organisation: Organisation, many: number): Promise<Place> {
  const { people } = organisation.loaded;
  const [head, ...others] = people.filter(({ password }) => password !== '');
  const heads = others.filter(({ role }) => role === 'HEAD').slice(0, Math.ceil(many / 4));
  const sellers = others.filter(({ role }) => role === 'SALESPERSON').slice(0, many - heads.length - 1);
  const signedIn = await organisation.signedIn([head!, ...heads, ...sellers]);
  return { organisation, databases: organisation.databases, people: signedIn };
}

/**
 * Asks each question once and sets the answer beside that of the bare statements; answers them with the answers to the
 * letter, which is what every later answer must be. Throws where one is not the right one.
 */
export async function known(
  place: Place,
  read: Read,
  many: number,
): Promise<{ known: Known[]; questions: Question[] }> {
  const questions = await read.ask(place, many);
  const answers: Known[] = [];
  for (const question of questions) {
    const { person, variables, query = read.query } = question;
    const text = (await place.organisation.raw(person.token, query, variables)).trimEnd();
    const wanted = JSON.stringify({ data: await read.bare(place, question) });
    if (text !== wanted)
      throw new Error(
        `${JSON.stringify(variables)} asked by a ${person.role} was answered ${text.slice(0, 600)}, and should be ${wanted.slice(0, 600)}`,
      );
    answers.push({ body: JSON.stringify({ query, variables }), token: person.token, answer: text });
  }
  return { known: answers, questions };
}

const PAGE = 50;
const iso = (at: Date): string => at.toISOString();
const money = (amount: string | null, currency: string | null) =>
  amount === null ? null : { amount: Number(amount), currency };

/** What different people ask about deals that they see: of each as many. */
async function dealsOf(
  { organisation, databases, people }: Place,
  many: number,
): Promise<{ person: SignedIn; id: string }[]> {
  const each = Math.ceil(many / people.length);
  const found = await Promise.all(
    people.map(async (person) => {
      const { rows } = await databases.deals.query<{ id: string }>(
        `select id from deal where owner_id = any($1::uuid[]) order by md5(id::text) limit $2`,
        [organisation.seen(person), each],
      );
      return rows.map(({ id }) => ({ person, id }));
    }),
  );
  // Neighbours are of different people.
  return Array.from({ length: each }, (_, i) => found.flatMap((of) => of[i] ?? [])).flat();
}

async function owners({ identity }: Databases, ids: readonly string[]) {
  const { rows } = await identity.query<{ id: string; name: string }>({
    name: 'owners',
    text: 'select id, name from "user" where id = any($1::uuid[])',
    values: [[...new Set(ids)]],
  });
  return new Map(rows.map(({ id, name }) => [id, { name }]));
}

interface DealRow {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly expected: string | null;
  readonly stage_id: string;
  readonly owner_id: string;
  readonly company_id: string | null;
}
const COLUMNS = `id, title, status, amount, currency, to_char(expected_close_on, 'YYYY-MM-DD') as expected, stage_id, owner_id, company_id`;

/** A company is seen by who sees its owner; a deal may be another's than its company. */
async function seenCompanies(
  { databases, organisation }: Place,
  { person }: Question,
  ids: readonly (string | null)[],
) {
  const { rows } = await databases.accounts.query<{ id: string; name: string }>({
    name: 'companies',
    text: 'select id, name from company where id = any($1::uuid[]) and owner_id = any($2::uuid[])',
    values: [[...new Set(ids)], organisation.seen(person)],
  });
  return new Map(rows.map(({ id, name }) => [id, { name }]));
}

/** One deal with its company, stage, owner and next step. */
export const card: Read = {
  query:
    'query ($id: ID!) { deal(id: $id) { id title status amount { amount currency } company { name } stage { name } owner { name } nextStep { subject dueAt } } }',
  ask: async (at, many) => (await dealsOf(at, many)).map(({ person, id }) => ({ person, variables: { id } })),
  bare: async (at, question) => {
    const { databases, organisation } = at;
    const { id } = question.variables;
    const { rows } = await databases.deals.query<DealRow>({
      name: 'card',
      text: `select ${COLUMNS} from deal where id = $1`,
      values: [id],
    });
    const deal = rows[0]!;
    const [company, owner, step] = await Promise.all([
      seenCompanies(at, question, [deal.company_id]),
      owners(databases, [deal.owner_id]),
      databases.tasks.query<{ subject: string; due_at: Date }>({
        name: 'step',
        text: `select subject, due_at from activity where about_id = $1 and about_kind = 'deal' and status = 'PLANNED'
               and owner_id = any($2::uuid[]) order by due_at, id limit 1`,
        values: [id, organisation.seen(question.person)],
      }),
    ]);
    const next = step.rows[0];
    return {
      deal: {
        ...{ id, title: deal.title, status: deal.status, amount: money(deal.amount, deal.currency) },
        ...{ company: company.get(deal.company_id ?? '') ?? null, stage: { name: stageName(organisation, deal) } },
        ...{ owner: ownerOf(owner, deal), nextStep: next ? { subject: next.subject, dueAt: iso(next.due_at) } : null },
      },
    };
  },
};

const ownerOf = (of: ReadonlyMap<string, { name: string }>, { owner_id }: DealRow) => of.get(owner_id) ?? null;
const stageName = ({ loaded }: Organisation, { stage_id }: DealRow) =>
  loaded.pipeline.stages.find(({ id }) => id === stage_id)?.name;

const ROW = 'id title amount { amount currency } expectedCloseOn company { name } owner { name }';

/** Pages of deals of a stage and an owner, by what they are worth or when they are expected. */
const pageOf = (withCount: boolean): Read => ({
  query: `query ($filter: DealFilter, $orderBy: [DealOrder!]) { deals(first: ${PAGE}, filter: $filter, orderBy: $orderBy) { ${withCount ? 'totalCount ' : ''}nodes { ${ROW} } pageInfo { hasNextPage } } }`,
  ask: ({ organisation, people }, many) => {
    const random = new Random(81);
    const { stages } = organisation.loaded.pipeline;
    return Promise.resolve(
      Array.from({ length: many }, (_, n) => {
        const person = people[n % people.length]!;
        const ownerId = random.one(organisation.seen(person));
        const filter = { stageId: { eq: random.one(stages).id }, ownerId: { eq: ownerId } };
        const orderBy = [{ field: random.one(['amount', 'expectedCloseOn']), direction: random.one(['ASC', 'DESC']) }];
        return { person, variables: { filter, orderBy } };
      }),
    );
  },
  bare: async (at, question) => {
    const { filter, orderBy } = question.variables as {
      filter: { stageId: { eq: string }; ownerId: { eq: string } };
      orderBy: { field: string; direction: string }[];
    };
    const column = orderBy[0]!.field === 'amount' ? 'amount' : 'expected_close_on';
    const { direction } = orderBy[0]!;
    const values = [filter.stageId.eq, filter.ownerId.eq];
    const [{ rows }, count] = await Promise.all([
      at.databases.deals.query<DealRow>({
        name: `page ${column} ${direction}`,
        text: `select ${COLUMNS} from deal where stage_id = $1 and owner_id = $2 order by ${column} ${direction}, id ${direction} limit ${PAGE + 1}`,
        values,
      }),
      withCount
        ? at.databases.deals.query<{ count: number }>({
            name: 'count',
            text: 'select count(*)::int as count from deal where stage_id = $1 and owner_id = $2',
            values,
          })
        : undefined,
    ]);
    const page = await pageNodes(at, question, rows.slice(0, PAGE));
    const totalCount = count ? { totalCount: count.rows[0]!.count } : {};
    return { deals: { ...totalCount, nodes: page, pageInfo: { hasNextPage: rows.length > PAGE } } };
  },
});
export const page = pageOf(false);
export const pageCount = pageOf(true);

async function pageNodes(at: Place, question: Question, rows: readonly DealRow[]): Promise<object[]> {
  const [company, owner] = await Promise.all([
    seenCompanies(
      at,
      question,
      rows.map(({ company_id }) => company_id),
    ),
    owners(
      at.databases,
      rows.map(({ owner_id }) => owner_id),
    ),
  ]);
  return rows.map((deal) => ({
    ...{ id: deal.id, title: deal.title, amount: money(deal.amount, deal.currency), expectedCloseOn: deal.expected },
    ...{ company: company.get(deal.company_id ?? '') ?? null, owner: ownerOf(owner, deal) },
  }));
}

/** How many open deals each stage of the pipeline holds, and what they are worth. */
export const board: Read = {
  query:
    'query ($pipelineId: ID!) { board(pipelineId: $pipelineId) { stages { stage { name } count sums { currency count sum { amount currency } } } } }',
  ask: ({ organisation, people }) =>
    Promise.resolve(people.map((person) => ({ person, variables: { pipelineId: organisation.loaded.pipeline.id } }))),
  bare: async ({ organisation, databases }, { person }) => {
    const { rows } = await databases.deals.query<{ stage: string; currency: string; count: number; sum: string }>({
      name: 'board',
      text: `select stage_id as stage, currency, count(*)::int as count, sum(amount)::text as sum from deal
             where status = 'OPEN' and owner_id = any($1::uuid[]) group by 1, 2 order by 2`,
      values: [organisation.seen(person)],
    });
    const stages = organisation.loaded.pipeline.stages.map(({ id, name }) => {
      const cells = rows.filter(({ stage }) => stage === id);
      return {
        stage: { name },
        count: cells.reduce((sum, { count }) => sum + count, 0),
        sums: cells.map(({ currency, count, sum }) => ({ currency, count, sum: money(sum, currency) })),
      };
    });
    return { board: { stages } };
  },
};

/** The quarters that lie behind. */
const QUARTERS = 8;
const QUARTER_MS = 91 * 86_400_000;

/** A quarter of business time for each question. */
const inQuarters = ({ people }: Place, more: object): Question[] => {
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  return people.flatMap((person) =>
    Array.from({ length: QUARTERS }, (_, n) => {
      const from = new Date(today - (n + 1) * QUARTER_MS);
      return { person, variables: { ...more, from: iso(from), to: iso(new Date(from.getTime() + QUARTER_MS)) } };
    }),
  );
};

interface Counted {
  readonly key: string;
  readonly status: 'OPEN' | 'WON' | 'LOST';
  readonly currency: string;
  readonly count: number;
  readonly amount: string;
}
const countOf = (rows: readonly Counted[], ...of: readonly string[]): number =>
  rows.reduce((sum, { status, count }) => (of.includes(status) ? sum + count : sum), 0);
const valueOf = (rows: readonly Counted[], of: string) =>
  rows.filter(({ status }) => status === of).map(({ amount, currency }) => money(amount, currency));

/** The funnel of the deals opened in a quarter, and what was won and lost in it. */
export const funnel: Read = {
  query:
    'query ($pipelineId: ID!, $from: DateTime, $to: DateTime) { funnel(pipelineId: $pipelineId, from: $from, to: $to) { opened openedWon openedLost won lost stages { name open value { amount currency } } } }',
  ask: (at) => Promise.resolve(inQuarters(at, { pipelineId: at.organisation.loaded.pipeline.id })),
  bare: async ({ organisation, databases }, { person, variables: { from, to } }) => {
    const values = [organisation.seen(person), from, to];
    const [cohort, closed] = await Promise.all([
      databases.analytics.query<Counted>({
        name: 'funnel',
        text: `select stage_id as key, status, currency, count(*)::int as count, sum(amount)::text as amount from deal
               where owner_id = any($1::uuid[]) and opened_at >= $2 and opened_at < $3 group by 1, 2, 3 order by 3`,
        values,
      }),
      databases.analytics.query<Counted>({
        name: 'closings',
        text: `select status, count(*)::int as count from deal where owner_id = any($1::uuid[]) and status <> 'OPEN'
               and closed_at >= $2 and closed_at < $3 group by 1`,
        values,
      }),
    ]);
    const stages = organisation.loaded.pipeline.stages.map(({ id, name }) => {
      const here = cohort.rows.filter(({ key }) => key === id);
      return { name, open: countOf(here, 'OPEN'), value: valueOf(here, 'OPEN') };
    });
    return {
      funnel: {
        ...{ opened: countOf(cohort.rows, 'OPEN', 'WON', 'LOST'), openedWon: countOf(cohort.rows, 'WON') },
        ...{
          openedLost: countOf(cohort.rows, 'LOST'),
          won: countOf(closed.rows, 'WON'),
          lost: countOf(closed.rows, 'LOST'),
        },
        stages,
      },
    };
  },
};

/** What each owner won, lost and has open, of a quarter. */
export const sales: Read = {
  query:
    'query ($from: DateTime, $to: DateTime) { sales(from: $from, to: $to, groupBy: OWNER) { rows { owner { name } won lost wonValue { amount currency } open } total { won lost open } } }',
  ask: (at) => Promise.resolve(inQuarters(at, {})),
  bare: async ({ organisation, databases }, { person, variables: { from, to } }) => {
    const { rows } = await databases.analytics.query<Counted>({
      name: 'sales',
      text: `select owner_id as key, status, currency, count(*)::int as count, sum(amount)::text as amount from deal
             where owner_id = any($1::uuid[]) and case status when 'OPEN' then opened_at else closed_at end >= $2
             and case status when 'OPEN' then opened_at else closed_at end < $3 group by 1, 2, 3 order by 3`,
      values: [organisation.seen(person), from, to],
    });
    const names = await owners(
      databases,
      rows.map(({ key }) => key),
    );
    const figures = (of: readonly Counted[]) => ({
      won: countOf(of, 'WON'),
      lost: countOf(of, 'LOST'),
      open: countOf(of, 'OPEN'),
    });
    const groups = [...new Set(rows.map(({ key }) => key))].map((key) => {
      const his = rows.filter((row) => row.key === key);
      return { key, ...figures(his), wonValue: valueOf(his, 'WON') };
    });
    groups.sort((a, b) => b.won - a.won || b.open - a.open || b.lost - a.lost || (a.key < b.key ? -1 : 1));
    return {
      sales: {
        rows: groups.map(({ key, won, lost, open, wonValue }) => ({
          owner: names.get(key),
          won,
          lost,
          wonValue,
          open,
        })),
        total: figures(rows),
      },
    };
  },
};

const FOUND = 20;
const searches = {
  company: `query ($search: String!) { companies(first: ${FOUND}, filter: { search: $search }) { nodes { id name } } }`,
  contact: `query ($search: String!) { contacts(first: ${FOUND}, filter: { search: $search }) { nodes { id name } } }`,
};

/** Companies and contacts by a part of their name, mail or phone. */
export const search: Read = {
  query: searches.company,
  ask: async ({ organisation, databases, people }, many) => {
    const random = new Random(82);
    const each = Math.ceil(many / people.length);
    const found = await Promise.all(
      people.map(async (person) => {
        const { rows } = await databases.accounts.query<{ table: string; name: string; mail: string; phone: string }>(
          `select * from (
             (select 'company' as table, name, emails -> 0 ->> 'typed' as mail, phones -> 0 ->> 'typed' as phone from company where owner_id = any($1::uuid[]) order by md5(id::text) limit $2)
             union all
             (select 'contact', name, emails -> 0 ->> 'typed', phones -> 0 ->> 'typed' from contact where owner_id = any($1::uuid[]) order by md5(id::text) limit $2)) r`,
          [organisation.seen(person), Math.ceil(each / 2)],
        );
        return rows.map(({ table, name, mail, phone }) => {
          const part = random.one([name.slice(1, 12), mail.slice(2, 14), phone.slice(7)]);
          return { person, query: searches[table as keyof typeof searches], variables: { search: part } };
        });
      }),
    );
    return found.flat();
  },
  bare: async ({ organisation, databases }, { person, query, variables }) => {
    const table = query === searches.contact ? 'contact' : 'company';
    const { rows } = await databases.accounts.query<{ id: string; name: string }>({
      name: `search ${table}`,
      text: `select id, name from ${table} where search_text like $1 and owner_id = any($2::uuid[]) order by created_at desc, id desc limit ${FOUND}`,
      values: [`%${String(variables['search']).trim().toLowerCase()}%`, organisation.seen(person)],
    });
    return { [table === 'company' ? 'companies' : 'contacts']: { nodes: rows } };
  },
};
