import { describe, expect, it } from '@jest/globals';
import { decide, type Decision, type Fate, type Place } from './rebuild-decision.js';

const open: Fate = { open: true, replayed: false };
const replayed: Fate = { open: false, replayed: true };
const discarded: Fate = { open: false, replayed: false };
const unwanted = 'unwanted';

type Message = readonly [version: number, about?: Fate | typeof unwanted];
interface Case {
  readonly title: string;
  /** The highest version that the service has come by. */
  readonly live: number;
  readonly messages: readonly Message[];
  readonly decisions: readonly Decision[];
  readonly ends: Partial<Place>;
  readonly from?: Partial<Place>;
  readonly complete?: boolean;
}

const cases: readonly Case[] = [
  {
    title: 'are applied in their order, up to where the service is',
    live: 2,
    messages: [[1], [2], [3], [4]],
    decisions: ['apply', 'apply', 'wait', 'wait'],
    ends: { handled: 2, seen: 2, queued: true },
  },
  {
    title: 'are passed by when they come again, or late',
    live: 3,
    messages: [[1], [2], [1], [2], [3], [1]],
    decisions: ['apply', 'apply', 'pass', 'pass', 'apply', 'pass'],
    ends: { handled: 3, seen: 3 },
  },
  {
    title: 'of types that no projection wants are passed by, also before the service has come to them',
    live: 1,
    messages: [[1], [2, unwanted], [3, unwanted], [4]],
    decisions: ['apply', 'pass', 'pass', 'wait'],
    ends: { handled: 1, seen: 3 },
  },
  {
    title: 'wait while one is parked, with those behind it',
    live: 3,
    messages: [[1], [2, open], [3]],
    decisions: ['apply', 'wait', 'wait'],
    ends: { handled: 1, seen: 1 },
  },
  {
    title: 'that were discarded have no effect, and those behind them have',
    live: 3,
    messages: [[1], [2, discarded], [3]],
    decisions: ['apply', 'pass', 'apply'],
    ends: { handled: 3, seen: 3 },
  },
  {
    title: 'that were replayed are applied in their place',
    live: 3,
    messages: [[1], [2, replayed], [3]],
    decisions: ['apply', 'apply', 'apply'],
    ends: { handled: 3, seen: 3 },
  },
  {
    title: 'under a version of which another event was discarded are applied, as they were',
    live: 2,
    messages: [[1], [2, discarded], [2], [2]],
    decisions: ['apply', 'pass', 'apply', 'pass'],
    ends: { handled: 2, seen: 2 },
  },
  {
    title: 'wait for those before them, which may come from another partition',
    live: 5,
    messages: [[4], [5]],
    decisions: ['wait', 'wait'],
    ends: { handled: 0, seen: 0, queued: true },
  },
  {
    title: 'wait for those before them where no projection wants them, too',
    live: 5,
    messages: [[4, unwanted], [5]],
    decisions: ['wait', 'wait'],
    ends: { handled: 0, seen: 0 },
  },
  {
    title: 'are applied over a gap that nothing can fill any more',
    live: 5,
    complete: true,
    messages: [[2], [5]],
    decisions: ['apply', 'apply'],
    ends: { handled: 5, seen: 5 },
  },
  {
    title: 'wait behind those that wait already, even what could be passed by',
    live: 5,
    from: { handled: 3, seen: 3, queued: true },
    messages: [[4], [2]],
    decisions: ['wait', 'wait'],
    ends: { handled: 3, seen: 3 },
  },
];

describe('the messages of a record, for the copies of a rebuild,', () => {
  it.each(cases)('$title', ({ live, messages, decisions, ends, from, complete = false }) => {
    const place: Place = { handled: 0, seen: 0, queued: false, live, ...from };
    const decided = messages.map(([version, about]) =>
      about === unwanted
        ? decide(version, false, undefined, place, complete)
        : decide(version, true, about, place, complete),
    );
    expect(decided).toEqual(decisions);
    expect(place).toMatchObject(ends);
  });
});
