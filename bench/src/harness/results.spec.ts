import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { made, scenario } from '../../test/made-up.js';
import { compare } from './compare.js';
import { readResults, spread, writeResult } from './results.js';
import { consoleTable, number, rowsOf, verdict } from './table.js';

describe('the figures of several runs', () => {
  it('are told as least, median and greatest', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
    expect(spread([])).toBeUndefined();
  });

  it('meet a goal when each does, and say in how many where not', () => {
    const of = (...figures: number[]) => verdict(scenario.measures['speed']!, 'speed', made(figures));
    expect(of(100, 101, 102)).toBe('met');
    expect(of(99, 101, 102)).toBe('met in 2 of 3');
    expect(of(99, 98, 102)).toBe('missed');
  });

  it('stand beside each floor with the ratio of the same run', () => {
    const [row, other] = rowsOf(scenario, made([100, 150, 200], { floor: 200, other: 400 }));
    expect(row).toMatchObject({ goal: '≥ 100 events/s', ratio: '0.5 – 0.75 – 1', verdict: 'met' });
    expect(other).toMatchObject({ measure: '', ratio: '0.25 – 0.375 – 0.5' });
  });

  it('meet a goal that is a share of the floor by the floor of their own run', () => {
    const share = { ...scenario.measures['speed']!, goal: { ofFloor: 0.5 } };
    expect(verdict(share, 'speed', made([50, 60], { floor: 100 }))).toBe('met');
    expect(verdict(share, 'speed', made([49, 48], { floor: 100 }))).toBe('missed');
  });

  it('are printed with the goal, the processes and what a reader should know', () => {
    const printed = consoleTable(scenario, made([99], { floor: 200 }));
    for (const word of ['missed', 'a bare client', 'CPU ms per event', 'relay', 'cores kept busy by others', 'repeats'])
      expect(printed).toContain(word);
  });

  it('have the digits that mean something', () => {
    expect([0, 0.012345, 12.345, 1234.5, 20_000].map(number)).toEqual(['0', '0.0123', '12.3', '1,235', '20,000']);
  });
});

describe('a result', () => {
  it('is kept as JSON with four digits, and read again from its folder or file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'voronka-results-'));
    const file = writeResult(folder, made([12.345678]));
    expect(readFileSync(file, 'utf8')).toContain('12.35');
    expect(readResults(folder).get('made-up')?.runs[0]?.figures).toEqual({ speed: 12.35 });
    expect(readResults(file).size).toBe(1);
    rmSync(folder, { recursive: true });
  });

  it('is refused from where there is none', () => {
    expect(() => readResults('/there/is/nothing')).toThrow('There are no results at /there/is/nothing.');
  });
});

describe('two results', () => {
  const compared = (a: number[], b: number[]) =>
    compare([scenario], new Map([['made-up', made(a)]]), new Map([['made-up', made(b)]]));

  it('differ where their runs lie apart', () => {
    expect(compared([10, 11, 12], [13, 14, 15])).toMatch(/\+27.3 % +better/);
    expect(compared([13, 14, 15], [10, 11, 12])).toMatch(/WORSE/);
    expect(compared([10, 11, 13], [12, 14, 15])).toMatch(/not apart/);
  });

  it('are said to be taken under other conditions where they were', () => {
    const other = { ...made([1]), sizes: { events: 7 } };
    expect(compare([scenario], new Map([['made-up', made([1])]]), new Map([['made-up', other]]))).toContain(
      'NOT ALIKE: sizes',
    );
  });

  it('of different scenarios are not compared', () => {
    expect(compare([scenario], new Map(), new Map())).toBe('There is no scenario that both have results of.');
  });
});
