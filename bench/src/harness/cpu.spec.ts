import { describe, expect, it } from '@jest/globals';
import { cpuEach, cpuOf, parseStat } from './cpu.js';

describe('the CPU time of a process', () => {
  it('is user and system time with that of children that have ended, whatever the process is called', () => {
    const stat = '4711 (a ) S 1 odd) S 99 4711 4711 0 -1 4194304 100 0 0 0 12 3 40 5 20 0 1 0 1000 1 1';
    expect(parseStat(stat)).toEqual({ parent: 99, ms: 600 });
  });

  it('grows with what the process does', () => {
    const mark = cpuOf({ test: process.pid });
    for (const until = Date.now() + 60; Date.now() < until;);
    expect(cpuOf({ test: process.pid }).test).toBeGreaterThanOrEqual(mark.test);
  });

  it('is told for one of what was done', () => {
    const since = { test: cpuOf({ test: process.pid }).test - 500 };
    expect(cpuEach({ test: process.pid }, since, 100)['test']).toBeGreaterThanOrEqual(5);
  });
});
