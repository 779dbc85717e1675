import { perSecond } from './bare.js';
import { card, page, pageCount } from './deal-questions.js';
import { Driver, measuresOf, MINUTES, openRate, percentiles, proportional, rateOf, SHARE, sumOf } from './drive.js';
import { known, readers, type Read } from './questions.js';
import { board, funnel, sales } from './report-questions.js';
import { search } from './search-questions.js';
import type { Scenario } from '../harness/scenario.js';

const sizes = {
  full: { deals: 100_000, people: 40, questions: 2_000, connections: 32, seconds: 20 },
  small: { deals: 10_000, people: 24, questions: 400, connections: 32, seconds: 6 },
  smoke: { deals: 300, people: 8, questions: 24, connections: 8, seconds: 0.5 },
};
type S = (typeof sizes)['full'];

interface Kind {
  readonly name: string;
  readonly title: string;
  /** What is read, to be followed by how. */
  readonly what: string;
  readonly read: Read;
  readonly goals: { readonly perSecond: number; readonly p99?: number; readonly cpu?: number };
}

const reading = ({ name, title, what, read, goals }: Kind): Scenario<S> => ({
  name,
  group: 'system',
  title,
  what:
    `${what} Asked by heads and salespeople who are signed in, each for what he sees, from the gateway of the whole system: ` +
    `first in a closed loop over so many connections, from which rate and CPU are told, then in an open loop at ${SHARE * goals.perSecond} a second (of a rate below the goal at as large a share), from which ` +
    'the times are told, from when each was due. Checked: before, every different answer is compared with the rows of the databases; under load every answer must be the same to the letter. ' +
    'The floor is the same data by bare statements of a `pg` client for each database, one question after the other.',
  per: 'answer',
  measures: measuresOf('answers', goals, ['bare']),
  floors: { bare: { name: 'bare pg, one after the other', unit: '/s' } },
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, questions: many, connections, seconds }) => {
    const organisation = await ground.servers.systems.of(deals);
    const place = await readers(organisation, people);
    const { known: asked, questions } = await known(place, read, many);
    const driver = await Driver.of(ground, organisation, { all: { kind: 'known', known: asked } });
    return {
      floor: async () => ({
        bare: await perSecond((n) => read.bare(place, questions[n % questions.length]!), seconds / 4),
      }),
      run: async () => {
        await driver.closed('all', { connections, seconds: seconds / 4 });
        const {
          of: closed,
          cpu,
          asking,
          memory,
        } = await driver.spent(
          () => driver.closed('all', { connections, seconds }),
          ({ answered }) => answered,
        );
        const rate = openRate(rateOf(closed), goals.perSecond);
        const open = await driver.open('all', { connections: 3 * connections, seconds, perSecond: rate });
        return {
          figures: {
            ...{ perSecond: rateOf(closed), cpu: sumOf(cpu), memory: proportional(memory) },
            ...percentiles(open.took),
          },
          ...{ cpu, memory },
          distributions: { 'open loop': open.took, 'closed loop': closed.took },
          notes: {
            connections,
            'open loop, a second': rate,
            'different questions': asked.length,
            'CPU ms of asking': asking,
          },
        };
      },
      check: () => Promise.resolve(driver.wrong),
    };
  },
});

/** What people read all day, each with the goal it has at 100,000 deals. */
export const reads: readonly Scenario<S>[] = (
  [
    {
      ...{ name: 'card', title: 'A deal’s card', read: card, goals: { perSecond: 3_500, cpu: 0.45 } },
      what: 'One deal by its id, with its company, stage, owner and next step.',
    },
    {
      ...{ name: 'page', title: 'A page of deals', read: page, goals: { perSecond: 1_000, p99: 60, cpu: 1.4 } },
      what: 'Fifty deals of a stage and an owner, by amount or by when they are expected to close, with company and owner.',
    },
    {
      ...{ name: 'page-count', title: 'A page of deals with the count', read: pageCount, goals: { perSecond: 700 } },
      what: 'The same page with how many deals there are in all.',
    },
    {
      ...{ name: 'board', title: 'The board', read: board, goals: { perSecond: 1_400, cpu: 0.8 } },
      what: 'How many open deals each stage holds, and their sums by currency.',
    },
    {
      ...{ name: 'funnel', title: 'The funnel of a quarter', read: funnel, goals: { perSecond: 1_400, cpu: 0.8 } },
      what: 'The deals opened in a quarter by stage, and what was won and lost in it.',
    },
    {
      ...{ name: 'sales', title: 'Sales by owner', read: sales, goals: { perSecond: 1_400, cpu: 0.8 } },
      what: 'What each owner won, lost and has open, of a quarter.',
    },
    {
      ...{ name: 'search', title: 'Search', read: search, goals: { perSecond: 500, p99: 60 } },
      what: 'Companies and contacts, twenty at most, by a part of their name, mail or phone.',
    },
  ] as const
).map(reading);
