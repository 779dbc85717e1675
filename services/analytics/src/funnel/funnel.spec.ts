import { describe, expect, it } from '@jest/globals';
import { stagesOfFunnel, type CohortCount } from './funnel.js';

const names = ['new', 'offer', 'contract'];
const stages = names.map((name) => ({ id: name, name, archived: false }));
const deals = (
  status: CohortCount['status'],
  stageId: string,
  furthest: number,
  count: number,
  amount: number | null = null,
  currency: string | null = amount === null ? null : 'USD',
): CohortCount => ({ status, stageId, visited: names.slice(0, furthest + 1).join(), count, amount, currency });
const table = (cohort: CohortCount[]) =>
  stagesOfFunnel(stages, cohort, []).map(({ entered, passed, lost, open }) => [entered, passed, lost, open]);

describe('a funnel', () => {
  it('counts where deals came to, passed, were lost and are open', () => {
    expect(table([deals('OPEN', 'new', 0, 5), deals('LOST', 'offer', 1, 3), deals('WON', 'contract', 2, 2)])).toEqual([
      [10, 5, 0, 5],
      [5, 2, 3, 0],
      [2, 2, 0, 0],
    ]);
  });

  it('counts a deal that was moved back as having come as far as it did', () => {
    expect(table([deals('OPEN', 'new', 2, 1)])).toEqual([
      [1, 1, 0, 1],
      [1, 1, 0, 0],
      [1, 0, 0, 0],
    ]);
  });

  it('counts a deal won early as having passed only the stages it came to', () => {
    expect(table([deals('WON', 'offer', 1, 1)])).toEqual([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('never sums unlike currencies, and lets deals without an amount add nothing', () => {
    const cohort = [
      deals('OPEN', 'new', 0, 2, 700),
      deals('OPEN', 'new', 1, 1, 50),
      deals('OPEN', 'new', 0, 1, 300, 'EUR'),
      deals('OPEN', 'new', 0, 4),
      deals('LOST', 'new', 0, 1, 9_000),
    ];
    expect(stagesOfFunnel(stages, cohort, [])[0]?.value).toEqual([
      { amount: 300, currency: 'EUR' },
      { amount: 750, currency: 'USD' },
    ]);
  });

  it('tells conversions, and none of nothing', () => {
    const cohort = [deals('OPEN', 'new', 0, 5), deals('OPEN', 'offer', 1, 5)];
    expect(
      stagesOfFunnel(stages, cohort, []).map((stage) => [stage.conversionFromPrevious, stage.conversionFromFirst]),
    ).toEqual([
      [null, 1],
      [0.5, 0.5],
      [0, 0],
    ]);
    expect(stagesOfFunnel(stages, [], [])[0]?.conversionFromFirst).toBeNull();
  });

  it('shows an archived stage only where the deals have been there', () => {
    const old = { id: 'old', name: 'old', archived: true };
    const shown = (visited: string) =>
      stagesOfFunnel([old, ...stages], [{ ...deals('OPEN', 'new', 0, 1), visited }], []).map((stage) => stage.name);
    expect(shown('new')).toEqual(['new', 'offer', 'contract']);
    expect(shown('new,old')).toEqual(['old', 'new', 'offer', 'contract']);
  });
});
