import { cpuEach, cpuOf } from '../harness/cpu.js';
import { inTurns } from '../harness/in-turns.js';
import type { Scenario } from '../harness/scenario.js';
import type { Known } from '../load/requests.js';
import { Driver, MINUTES, sumOf } from './drive.js';
import { readers } from './questions.js';
import type { Organisation, SignedIn } from './organisation.js';

const sizes = {
  full: { deals: 100_000, after: 50_000, connections: 32, slices: 20, sliceSeconds: 1 },
  small: { deals: 10_000, after: 5_000, connections: 32, slices: 6, sliceSeconds: 0.5 },
  smoke: { deals: 300, after: 150, connections: 8, slices: 2, sliceSeconds: 0.2 },
};
type S = (typeof sizes)['full'];

const QUERY =
  'query ($after: String, $orderBy: [DealOrder!]) { deals(first: 50, after: $after, orderBy: $orderBy) { nodes { id title amount { amount currency } company { name } owner { name } } } }';
const CURSORS =
  'query ($first: Int, $after: String, $orderBy: [DealOrder!]) { deals(first: $first, after: $after, orderBy: $orderBy) { nodes { id } pageInfo { endCursor } } }';
const orders = [
  { field: 'amount', direction: 'DESC', column: 'amount' },
  { field: 'createdAt', direction: 'ASC', column: 'created_at' },
] as const;

/** The fifty-thousandth deal of a list. */
export const deep: Scenario<S> = {
  name: 'deep',
  group: 'system',
  title: 'A page deep in the list',
  what:
    'The head of all reads fifty deals, by amount and by age, with company and owner, from the gateway of the whole system: in turns the first page and one far down the list ' +
    '(after half of the deals), which he has come to page by page. Checked: both pages are the rows that the database has there, and every later answer is the same to the letter. ' +
    'The floor is the first page. CPU is told of the deep one; the audit that is told meanwhile is in both.',
  per: 'answer',
  measures: {
    deep: { name: 'deep pages', unit: '/s', better: 'more', goal: { ofFloor: 0.9 }, floors: ['first'] },
    deepP99: { name: 'deep page, p99', unit: 'ms', better: 'less', floors: ['firstP99'] },
    deepCpu: { name: 'deep page, CPU, whole system', unit: 'ms', better: 'less', floors: ['firstCpu'] },
  },
  floors: {
    first: { name: 'the first page', unit: '/s' },
    firstP99: { name: 'the first page, p99', unit: 'ms' },
    firstCpu: { name: 'the first page', unit: 'ms' },
  },
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, after, connections, slices, sliceSeconds }) => {
    const organisation = await ground.servers.systems.of(deals);
    const { people } = await readers(organisation, 1);
    const head = people[0]!;
    const pages = await Promise.all(orders.map((order) => pagesOf(organisation, head, order, after)));
    const driver = await Driver.of(ground, organisation, {
      first: { kind: 'known', known: pages.map(({ first }) => first) },
      deep: { kind: 'known', known: pages.map((page) => page.deep) },
    });
    return {
      run: async () => {
        const sums = {
          first: { answered: 0, p99: [] as number[], cpu: {} },
          deep: { answered: 0, p99: [] as number[], cpu: {} },
        };
        await inTurns(slices, async (isDeep, counts) => {
          const name = isDeep ? 'deep' : 'first';
          const mark = cpuOf(organisation.pids);
          const { answered, took } = await driver.closed(name, { connections, seconds: sliceSeconds });
          if (!counts) return;
          const sum = sums[name];
          sum.answered += answered;
          sum.p99.push(took.p99);
          sum.cpu = added(sum.cpu, cpuEach(organisation.pids, mark, 1));
        });
        const { first, deep: far } = sums;
        const middle = (of: number[]) => of.sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
        const rate = ({ answered }: { answered: number }) => answered / (slices * sliceSeconds);
        return {
          figures: { deep: rate(far), deepP99: middle(far.p99), deepCpu: sumOf(far.cpu) / far.answered },
          floors: { first: rate(first), firstP99: middle(first.p99), firstCpu: sumOf(first.cpu) / first.answered },
          cpu: Object.fromEntries(Object.entries<number>(far.cpu).map(([name, ms]) => [name, ms / far.answered])),
          notes: { connections, 'rows before the deep page': after },
        };
      },
      check: () => Promise.resolve(driver.wrong),
    };
  },
};

const added = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(b).map(([name, ms]) => [name, ms + (a[name] ?? 0)]));

/** The first page and the one after so many rows, as the head reads them, compared with the database's. */
async function pagesOf(organisation: Organisation, head: SignedIn, order: (typeof orders)[number], rows: number) {
  const { field, direction, column } = order;
  const orderBy = [{ field, direction }];
  let after: string | null = null;
  for (let left = rows; left > 0; left -= 200) {
    const variables: object = { first: Math.min(200, left), after, orderBy };
    const { deals } = await organisation.ask<{ deals: { pageInfo: { endCursor: string } } }>(
      head.token,
      CURSORS,
      variables,
    );
    after = deals.pageInfo.endCursor;
  }
  const known = async (cursor: string | null, offset: number): Promise<Known> => {
    const variables = { after: cursor, orderBy };
    const answer = (await organisation.raw(head.token, QUERY, variables)).trimEnd();
    const { data } = JSON.parse(answer) as { data: { deals: { nodes: { id: string }[] } } };
    const { rows: wanted } = await organisation.databases.deals.query<{ id: string }>(
      `select id from deal order by ${column} ${direction} nulls last, id ${direction} limit 50 offset $1`,
      [offset],
    );
    if (JSON.stringify(data.deals.nodes.map(({ id }) => id)) !== JSON.stringify(wanted.map(({ id }) => id)))
      throw new Error(`The page by ${field} after ${offset} rows is not the one that the database has there.`);
    return { body: JSON.stringify({ query: QUERY, variables }), token: head.token, answer };
  };
  return { first: await known(null, 0), deep: await known(after, rows) };
}
