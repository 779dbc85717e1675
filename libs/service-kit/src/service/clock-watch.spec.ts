import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClockWatch } from './clock-watch.js';

const T = Date.parse('2026-03-02T09:00:00Z');
let said: string[];
let here: number[];
let there: number;
const watch = () =>
  new ClockWatch(
    { query: <R>() => Promise.resolve({ rows: [{ now: new Date(there) }] as R[], rowCount: 1 }) },
    {
      warn: (...[, text]: unknown[]) => void said.push(`warn ${String(text)}`),
      info: () => void said.push('info'),
    } as never,
    () => here.shift() ?? NaN,
  );
beforeEach(() => {
  said = [];
  there = T;
});

describe('the clocks of a service and its database', () => {
  it.each([
    ['agree, while the answer was on its way', T - 20_000, T + 20_000, 0],
    ['differ by what is beyond the way, ahead', T + 7_000, T + 8_000, 7],
    ['differ by what is beyond the way, behind', T - 9_000, T - 6_000, -6],
  ])('%s', async (_, before, after, ahead) => {
    here = [before, after];
    const clocks = watch();
    await clocks.look();
    expect(clocks.ahead).toBe(ahead);
  });

  it('are named once when they differ by more than 5 s, with the mend, and once when they agree again', async () => {
    const clocks = watch();
    here = [T + 5_000, T + 5_000, T + 12_340, T + 12_340, T + 12_340, T + 12_340, T, T];
    for (let look = 0; look < 4; look += 1) await clocks.look();
    expect(said).toEqual([
      expect.stringMatching(/^warn The clock of this machine is 12\.3 s ahead of the database’s: have NTP set both/),
      'info',
    ]);
    expect(clocks.trouble).toBeNull();
  });

  it('are said to differ while they do', async () => {
    const clocks = watch();
    here = [T - 60_000, T - 60_000];
    await clocks.look();
    expect(clocks.trouble).toContain('60.0 s behind the database’s');
  });
});
