import { describe, expect, it } from '@jest/globals';
import { distributionOf } from './latency.js';

describe('a distribution of durations', () => {
  it('tells percentiles in milliseconds, to three digits', () => {
    const { count, p50, p99, max, mean } = distributionOf(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(count).toBe(1000);
    expect(p50).toBeCloseTo(500, 0);
    expect(p99).toBeCloseTo(990, 0);
    expect(Math.abs(max - 1000)).toBeLessThan(1);
    expect(mean).toBeCloseTo(500.5, 0);
  });

  it('counts what seems to end before it began as nothing, and what never ends as an hour', () => {
    expect(distributionOf([-1]).max).toBe(0);
    expect(distributionOf([Infinity]).max).toBeCloseTo(3_600_000, -4);
  });

  it('of nothing is nothing', () => {
    expect(distributionOf([])).toMatchObject({ count: 0, mean: 0, p50: 0, max: 0 });
  });
});
