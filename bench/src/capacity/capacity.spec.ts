import { describe, expect, it } from '@jest/globals';
import { made } from '../../test/made-up.js';
import { scenarios } from '../catalogue.js';
import type { Result } from '../harness/results.js';
import { actions, assumed, capture } from './assumed.js';
import {
  carriedByOne,
  coresOf,
  costOf,
  eventsOf,
  instancesOf,
  partitionsFor,
  rateOf,
  retentions,
  room,
} from './need.js';
import { capacity } from './page.js';

const costing = (scenario: string, ...cpu: Readonly<Record<string, number>>[]): [string, Result] => {
  const [run] = made([1]).runs;
  return [scenario, { ...made([1]), scenario, runs: cpu.map((each) => ({ ...run!, cpu: each })) }];
};
const people = (salespeople: number, captures = 0) => ({ name: 'these', salespeople, captures });

describe('what is needed', () => {
  it('asks so often a second as people do at the busiest moment of an hour', () => {
    expect(rateOf(1_200, 60)).toBeCloseTo(20 * assumed.burst.value);
  });

  it('keeps cores busy by the greatest cost of the runs', () => {
    const results = new Map([costing('card', { gateway: 1 }, { gateway: 2, deals: 4 })]);
    const perHour = actions.find(({ scenario }) => scenario === 'card')!.perHour;
    const cores = coresOf(results, people(1_000));
    expect(cores['gateway']).toBeCloseTo((rateOf(1_000, perHour) * 2) / 1000);
    expect(cores['deals']).toBeCloseTo((rateOf(1_000, perHour) * 4) / 1000);
  });

  it('takes what was measured itself before what stands in', () => {
    const [other, own] = [costing('create-deal', { deals: 3, leads: 1 }), costing('capture', { leads: 2 })];
    expect(costOf(new Map([other]), capture)).toMatchObject({ from: 'create-deal', cpu: { leads: 3, deals: 1 } });
    expect(costOf(new Map([other, own]), capture)).toMatchObject({ from: 'capture', cpu: { leads: 2 } });
    expect(coresOf(new Map([own]), people(0, 500))).toEqual({ leads: 1 });
  });

  it('is never less than two of a program, and of cores what leaves room', () => {
    expect([0, 0.6, 1.2, 1.21].map(instancesOf)).toEqual([2, 2, 2, 3]);
    expect([0.1, 0.6, 0.61].map(room)).toEqual([1, 1, 2]);
  });

  it('has as many partitions as instances that read, in whole multiples of the declared', () => {
    expect([1, 6, 7, 12, 13].map((n) => partitionsFor(n, 6))).toEqual([6, 6, 12, 12, 18]);
  });

  it('tells how many one instance of each carries, by the one that is full first', () => {
    const results = new Map([costing('card', { gateway: 1, deals: 2.1 })]);
    const { people: carried, full } = carriedByOne(results, ['gateway', 'deals'])!;
    expect(full).toBe('deals');
    expect(coresOf(results, people(carried))['deals']).toBeLessThanOrEqual(assumed.use.value);
    expect(coresOf(results, people(carried + 1))['deals']).toBeGreaterThan(assumed.use.value);
  });

  it('makes an event of each capture, and those of each write', () => {
    const perHour = actions.filter(({ writes }) => writes).reduce((sum, action) => sum + action.perHour, 0);
    expect(eventsOf(people(0, 7))).toBe(7);
    expect(eventsOf(people(3_600))).toBeCloseTo(perHour * assumed.burst.value * assumed.eventsOfWrite.value);
  });

  it('keeps topics as long as they are declared to', () => {
    const about = { description: '', partitions: 6 };
    const topics = [
      { ...about, name: 'a', cleanup: 'delete' as const, retention: -1 },
      { ...about, name: 'b', cleanup: 'compact' as const, retention: -1 },
      { ...about, name: 'c', cleanup: 'delete' as const, retention: 2 * 24 * 3600 * 1000 },
    ];
    expect(retentions(topics)).toEqual([
      { kept: 'for ever', names: ['a'] },
      { kept: 'the newest of each record, for ever', names: ['b'] },
      { kept: '2 days', names: ['c'] },
    ]);
  });
});

describe('the page of capacity', () => {
  it('names what was not measured, and leaves it out of the sums', () => {
    const page = capacity(new Map([costing('create-deal', { deals: 1 })]));
    expect(page).toContain('| searches | **not measured** |');
    expect(page).toContain('**`search`** (searches) was not measured and is in no sum.');
    expect(page).toContain('`move-deal` (by `create-deal`)');
    expect(page).toContain('`disk` (bytes of rows and events)');
    expect(page).not.toContain('NaN');
  });

  it('takes each action by its own scenario as soon as there is a result of it', () => {
    const all = [...actions, capture];
    expect(scenarios.map(({ name }) => name)).toEqual(expect.arrayContaining(all.map(({ scenario }) => scenario)));
    const page = capacity(new Map(all.map(({ scenario }) => costing(scenario, { deals: 1 }))));
    for (const { what, scenario } of all) expect(page).toContain(`| ${what} | \`${scenario}\` | 0 |`);
    expect(page).toContain('Another stands in for: none. In no sum: none.');
    expect(page).not.toMatch(/not measured\*\*|stands in \||stand in for/);
  });

  it('says all the same what is assumed where nothing was measured', () => {
    const page = capacity(new Map());
    for (const { what } of [...actions, ...Object.values(assumed)]) expect(page).toContain(`| ${what} |`);
    expect(page).not.toMatch(/NaN|∞|undefined/);
  });
});
