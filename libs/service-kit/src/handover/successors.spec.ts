import { describe, expect, it } from '@jest/globals';
import type { HandoverPlan } from '@voronka/contracts';
import { stillPossible, Successors, successorsOf, type Inherited, type Loads } from './successors.js';

const open: Inherited = { open: true, pipelineId: null, kin: null };
const closed: Inherited = { ...open, open: false };
const plan: HandoverPlan = { to: ['anna', 'boris'], byPipeline: [{ pipelineId: 'renewals', to: ['clara'] }] };
const load = (count: number) => ({ open: count, closed: 0 });

function taken(records: Inherited[], loads: Loads = {}): string[] {
  const successors = new Successors(plan, loads);
  return records.map((record) => successors.next(record));
}

describe('who takes over', () => {
  it('is who has the least open work, until all have as much, and then each in turn', () => {
    const loads = { anna: load(3), boris: load(1) };
    expect(taken([open, open, open, open], loads)).toEqual(['boris', 'boris', 'anna', 'boris']);
  });

  it('shares what is closed evenly, however much work somebody has', () => {
    expect(taken([closed, closed, closed], { anna: load(50) })).toEqual(['anna', 'boris', 'anna']);
  });

  it('is said by the rule for its pipeline, where there is one', () => {
    const deals = ['renewals', 'new business'].map((pipelineId) => ({ ...open, pipelineId }));
    expect(taken(deals, { clara: load(99) })).toEqual(['clara', 'anna']);
  });

  it('is who has what it belongs with, which counts for him', () => {
    expect(taken([{ ...open, kin: 'boris' }, { ...open, kin: 'boris' }, open])).toEqual(['boris', 'boris', 'anna']);
  });

  it('is found as usual where who has what it belongs with has left', () => {
    expect(taken([{ ...open, kin: 'somebody' }])).toEqual(['anna']);
  });

  it('is decided on with what was counted before', () => {
    const first = new Successors(plan, { anna: load(1) });
    first.next(open);
    expect(first.loads).toMatchObject({ anna: load(1), boris: load(1) });
    expect(new Successors(plan, first.loads).next(open)).toBe('anna');
  });

  it('are all whom the plan names, each once', () => {
    expect(successorsOf({ ...plan, byPipeline: [{ pipelineId: 'p', to: ['boris', 'clara'] }] })).toEqual([
      'anna',
      'boris',
      'clara',
    ]);
  });
});

describe('a plan of which some have left', () => {
  const without = (...left: string[]) => stillPossible(plan, (id) => !left.includes(id), 'adam');

  it('goes on with those who are here', () => {
    expect(without('anna')).toEqual({ ...plan, to: ['boris'] });
  });

  it('gives to the others what a rule gave to one who has left', () => {
    expect(without('clara')?.byPipeline).toEqual([{ pipelineId: 'renewals', to: ['anna', 'boris'] }]);
  });

  it('gives all to who offboards where nobody is left, and waits where he has left too', () => {
    expect(without('anna', 'boris', 'clara')).toEqual({
      to: ['adam'],
      byPipeline: [{ pipelineId: 'renewals', to: ['adam'] }],
    });
    expect(without('anna', 'boris', 'adam')).toBeNull();
    expect(stillPossible(plan, (id) => id === 'clara', null)).toBeNull();
  });
});
