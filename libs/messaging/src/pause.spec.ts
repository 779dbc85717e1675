import { describe, expect, it } from '@jest/globals';
import { atMost, Backoff, Bell } from './pause.js';

const timed = async (work: Promise<unknown>) => {
  const began = performance.now();
  await work;
  return performance.now() - began;
};

describe('waiting', () => {
  it('ends at the bell, or at once where it rang before, or at its time', async () => {
    const bell = new Bell();
    const waiting = timed(bell.wait(10_000));
    bell.wake();
    expect(await waiting).toBeLessThan(1000);
    bell.wake();
    bell.wake();
    expect(await timed(bell.wait(10_000))).toBeLessThan(1000);
    expect(await timed(bell.wait(20))).toBeGreaterThanOrEqual(18);
  });

  it('doubles its pauses up to a limit and begins anew', () => {
    const backoff = new Backoff(100, 300);
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 300, 300]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('waits for work no longer than it may, and does not mind how the work ends', async () => {
    expect(await timed(atMost(20, new Promise(() => {})))).toBeLessThan(1000);
    expect(await timed(atMost(10_000, Promise.reject(new Error('No.'))))).toBeLessThan(1000);
  });
});
