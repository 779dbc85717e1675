import type { Result } from '../src/harness/results.js';
import type { Figures, Scenario } from '../src/harness/scenario.js';

/** A scenario that measures nothing, and results of it: for the tests of what is done with results. */
export const scenario: Scenario = {
  name: 'made-up',
  group: 'messaging',
  title: 'Made up',
  what: 'Nothing is done.',
  per: 'event',
  measures: {
    speed: { name: 'speed', unit: 'events/s', better: 'more', goal: { atLeast: 100 }, floors: ['floor', 'other'] },
  },
  floors: {
    floor: { name: 'a bare client', unit: 'messages/s' },
    other: { name: 'another <client>', unit: 'messages/s' },
  },
  sizes: { full: { events: 3 }, small: { events: 2 }, smoke: { events: 1 } },
  minutes: 1,
  prepare: () => Promise.reject(new Error('Nothing is measured here.')),
};

export const made = (speeds: readonly number[], floors: Figures = {}): Result => ({
  scenario: scenario.name,
  group: scenario.group,
  takenAt: '2026-03-02T09:00:00.000Z',
  size: 'full',
  sizes: scenario.sizes.full,
  conditions: { machine: { cores: 2, cpu: 'made up' }, versions: { node: '20' }, settings: { fsync: 'on' } },
  runs: speeds.map((speed) => ({
    figures: { speed },
    floors,
    cpu: { relay: 0.05 },
    distributions: {},
    notes: { repeats: 0 },
    around: { loadBefore: 0.1, coresOfOthers: 0.1 },
    wrong: [],
  })),
});
