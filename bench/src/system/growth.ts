import type { Scenario } from '../harness/scenario.js';
import type { Source } from '../load/requests.js';
import { completeStep, createContact, createDeal, moveDeal, type Change } from './changes.js';
import { card, page, pageCount } from './deal-questions.js';
import { Driver, MINUTES, sumOf } from './drive.js';
import { known, readers, type Read } from './questions.js';
import { board, funnel, sales } from './report-questions.js';
import { search } from './search-questions.js';

const sizes = {
  full: { from: 10_000, deals: 100_000, people: 40, questions: 400, connections: 32, seconds: 10 },
  small: { from: 1_000, deals: 10_000, people: 20, questions: 100, connections: 32, seconds: 3 },
  smoke: { from: 300, deals: 300, people: 8, questions: 16, connections: 8, seconds: 0.3 },
};
type S = (typeof sizes)['full'];

const reads: Readonly<Record<string, Read>> = {
  ...{ 'a card': card, 'a page': page, 'a page with the count': pageCount },
  ...{ 'the board': board, 'the funnel': funnel, 'sales by owner': sales, 'a search': search },
};
const changes: Readonly<Record<string, Change>> = {
  ...{ 'a deal created': createDeal, 'a contact created': createContact },
  ...{ 'a deal moved': moveDeal, 'a step completed': completeStep },
};
const names = [...Object.keys(reads), ...Object.keys(changes)];

/** What it costs to have more. */
export const growth: Scenario<S> = {
  name: 'growth',
  group: 'system',
  title: 'Growth',
  what:
    'What an answer costs, in CPU milliseconds of the whole system, where there are so many deals, ten times as many, and so on up to as many as were asked for; everything else is in proportion, the people too. ' +
    'Each in a closed loop, counted until everything is taken in, with what the system does by itself meanwhile. Told is how much more it costs at the greatest size than at the least. Checked: every answer.',
  per: 'answer',
  measures: Object.fromEntries(
    names.map((name) => [
      name,
      { name: `${name}, of the cost at the least size`, unit: 'times', better: 'less', goal: { atMost: 1.2 } },
    ]),
  ),
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: (ground, { from, deals, people, questions, connections, seconds }) => {
    const wrong: string[] = [];
    const costsAt = async (size: number): Promise<Record<string, number>> => {
      const organisation = await ground.servers.systems.of(size);
      const place = await readers(organisation, people);
      const sources: Record<string, Source> = {};
      for (const [name, read] of Object.entries(reads))
        sources[name] = { kind: 'known', known: (await known(place, read, questions)).known };
      for (const [name, change] of Object.entries(changes))
        sources[name] = await change.source(organisation, place.people);
      const driver = await Driver.of(ground, organisation, sources);
      const costs: Record<string, number> = {};
      // The least comes first, from a system that has just started: all of it is warm before the first is told.
      for (const name of names) await driver.closed(name, { connections, seconds: seconds / 2 });
      for (const name of names) {
        const { cpu } = await driver.spent(
          () => driver.closed(name, { connections, seconds }),
          ({ answered }) => answered,
        );
        costs[name] = sumOf(cpu);
      }
      wrong.push(...driver.wrong);
      return costs;
    };
    return Promise.resolve({
      run: async () => {
        const at: (readonly [size: number, costs: Record<string, number>])[] = [];
        for (let size = from; size < deals; size *= 10) at.push([size, await costsAt(size)]);
        at.push([deals, await costsAt(deals)]);
        const [least, greatest] = [at[0]![1], at.at(-1)![1]];
        return {
          figures: Object.fromEntries(names.map((name) => [name, greatest[name]! / least[name]!])),
          growth: Object.fromEntries(
            names.map((name) => [name, at.map(([size, costs]) => [size, costs[name]!] as const)]),
          ),
          notes: Object.fromEntries(
            at.map(([size, costs]) => [
              `CPU ms at ${size.toLocaleString('en')} deals`,
              names.map((name) => `${name} ${costs[name]!.toPrecision(3)}`).join(', '),
            ]),
          ),
        };
      },
      check: () => Promise.resolve(wrong),
    });
  },
};
