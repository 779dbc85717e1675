import { pause } from '../harness/clock.js';
import { memoryOf } from '../harness/memory.js';
import type { Scenario } from '../harness/scenario.js';
import type { Source } from '../load/requests.js';
import { completeStep, createContact, createDeal, leftOver, moveDeal, type Change } from './changes.js';
import { card, page } from './deal-questions.js';
import {
  Driver,
  latencies,
  memoryMeasure,
  MINUTES,
  openRate,
  percentiles,
  proportional,
  rateOf,
  sumOf,
} from './drive.js';
import { known, readers, type Read } from './questions.js';
import { board, funnel, sales } from './report-questions.js';
import { search } from './search-questions.js';

const sizes = {
  full: { deals: 100_000, people: 500, connections: 48, limitSeconds: 30, seconds: 300, questions: 2_000 },
  small: { deals: 10_000, people: 50, connections: 32, limitSeconds: 5, seconds: 30, questions: 200 },
  smoke: { deals: 300, people: 12, connections: 8, limitSeconds: 0.5, seconds: 1, questions: 24 },
};
type S = (typeof sizes)['full'];

/** What people do, in hundredths of what they ask. */
const reads: readonly (readonly [share: number, read: Read])[] = [
  [32, card],
  [24, page],
  [14, search],
  [5, board],
  [3, funnel],
  [2, sales],
];
const changes: readonly (readonly [share: number, change: Change])[] = [
  [4, createDeal],
  [3, createContact],
  [6, moveDeal],
  [7, completeStep],
];

/** What a day is like. */
export const mixedDay: Scenario<S> = {
  name: 'mixed-day',
  group: 'system',
  title: 'A day of everybody’s',
  what:
    'Everybody is signed in and works at the gateway of the whole system: 80 of 100 questions read (cards, pages, searches, boards, reports), 20 write (deals created and moved, contacts created, steps completed with their next). ' +
    'First in a closed loop, which tells the limit; then in an open loop at 60 % of it, from which the times are told, from when each was due. Memory is taken half-way and at the end. ' +
    'Checked: every answer (readings have to begin as they did while nobody wrote, and be whole); at the end nothing is left in an outbox or parked, and analytics agrees with deals.',
  per: 'answer',
  measures: {
    ...latencies('due to answered', 50),
    perSecond: { name: 'the limit', unit: 'answers/s', better: 'more' },
    cpu: { name: 'CPU, whole system', unit: 'ms', better: 'less' },
    memory: memoryMeasure,
    growth: { name: 'memory at the end, of that half-way', unit: '%', better: 'less', goal: { atMost: 105 } },
  },
  floors: {},
  sizes,
  minutes: MINUTES,
  prepare: async (ground, { deals, people, connections, limitSeconds, seconds, questions }) => {
    const organisation = await ground.servers.systems.of(deals);
    const place = await readers(organisation, people);
    const parts: { share: number; source: Source }[] = [];
    for (const [share, read] of reads) {
      const { known: answers } = await known(place, read, questions);
      parts.push({ share, source: { kind: 'alike', known: answers } });
    }
    for (const [share, change] of changes)
      parts.push({ share, source: await change.source(organisation, place.people) });
    const driver = await Driver.of(ground, organisation, { day: { kind: 'mixed', parts } });
    return {
      run: async () => {
        await driver.closed('day', { connections, seconds: limitSeconds / 4 });
        const limit = await driver.closed('day', { connections, seconds: limitSeconds });
        await organisation.settled();
        const rate = openRate(rateOf(limit));
        let halfWay = 0;
        const spent = await driver.spent(
          async () => {
            const half = pause(seconds * 500).then(() => (halfWay = proportional(memoryOf(organisation.pids))));
            const day = await driver.open('day', { connections: 3 * connections, seconds, perSecond: rate });
            await half;
            return day;
          },
          ({ answered }) => answered,
        );
        const memory = proportional(spent.memory);
        return {
          figures: {
            ...{ ...percentiles(spent.of.took), perSecond: rateOf(limit) },
            ...{ cpu: sumOf(spent.cpu), memory, growth: halfWay === 0 ? 0 : (100 * memory) / halfWay },
          },
          ...{ cpu: spent.cpu, memory: spent.memory },
          distributions: { 'at 60 %': spent.of.took, 'at the limit': limit.took },
          notes: {
            ...{ people: place.people.length, 'open loop, a second': rate, 'CPU ms of asking': spent.asking },
            'taken in by all, s after the last answer': spent.seconds - spent.of.seconds,
          },
        };
      },
      check: async () => [...driver.wrong, ...(await leftOver(organisation))],
    };
  },
};
