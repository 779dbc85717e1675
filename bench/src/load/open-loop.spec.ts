import { describe, expect, it } from '@jest/globals';
import { dueAt, openLoop } from './open-loop.js';

/** Runs a loop on a clock of its own, on which each wait takes at least `grain` milliseconds. */
async function played(perSecond: number, seconds: number, grain: number) {
  let clock = 0;
  const sent: { n: number; at: number }[] = [];
  const now = () => clock;
  const wait = (milliseconds: number) => {
    clock += Math.max(grain, milliseconds);
    return Promise.resolve();
  };
  await openLoop({ perSecond, seconds, startAt: 5 }, (due) => due.forEach((n) => sent.push({ n, at: clock })), {
    now,
    wait,
  });
  return sent;
}

describe('an open loop', () => {
  it('sends each when it is due', async () => {
    const sent = await played(200, 1, 0);
    expect(sent).toHaveLength(200);
    expect(sent.every(({ n, at }) => Math.abs(at - dueAt({ perSecond: 200, seconds: 1, startAt: 5 }, n)) < 1e-6)).toBe(
      true,
    );
  });

  it('makes up for what a stall kept it from, and skips nothing', async () => {
    const sent = await played(1000, 1, 250);
    expect(sent.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(new Set(sent.map(({ at }) => at)).size).toBeLessThan(10);
  });
});
