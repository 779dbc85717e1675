import { expect, it } from '@jest/globals';
import { restartDelay } from './supervised.js';

it('restarts soon after the first death and waits twice as long after each further one, half a minute at most', () => {
  expect([1, 2, 3, 4, 7, 50].map(restartDelay)).toEqual([500, 1000, 2000, 4000, 30_000, 30_000]);
});
