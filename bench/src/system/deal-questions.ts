import { Random } from '../load/random.js';
import { money, owners, type Place, type Question, type Read } from './questions.js';
import type { Organisation, SignedIn } from './organisation.js';

const PAGE = 50;

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
        ...{
          owner: ownerOf(owner, deal),
          nextStep: next ? { subject: next.subject, dueAt: next.due_at.toISOString() } : null,
        },
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
        text: `select ${COLUMNS} from deal where stage_id = $1 and owner_id = $2 order by ${column} ${direction} nulls last, id ${direction} limit ${PAGE + 1}`,
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
