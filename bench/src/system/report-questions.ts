import { money, owners, type Place, type Question, type Read } from './questions.js';

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

/** A quarter of business time for each question, and somebody else for the next: nobody asks for eight reports at once. */
const inQuarters = ({ people }: Place, more: object): Question[] => {
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  return Array.from({ length: QUARTERS }, (_, n) => {
    const from = new Date(today - (n + 1) * QUARTER_MS);
    const variables = { ...more, from: from.toISOString(), to: new Date(from.getTime() + QUARTER_MS).toISOString() };
    return people.map((person) => ({ person, variables }));
  }).flat();
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

/** Rows that a report shows unless it is asked for more. */
const SHOWN = 100;

/** What each owner won, lost and has open, of a quarter: the best sellers first. */
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
        rows: groups.slice(0, SHOWN).map(({ key, won, lost, open, wonValue }) => ({
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
