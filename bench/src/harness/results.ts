import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conditions } from './machine.js';
import type { Outcome, SizeName, Sizes } from './scenario.js';

export interface RunResult extends Required<Omit<Outcome, 'memory' | 'growth'>>, Pick<Outcome, 'memory' | 'growth'> {
  /** Load average before the run, and how many cores others kept busy during it. */
  readonly around: { readonly loadBefore: number; readonly coresOfOthers: number };
  readonly wrong: readonly string[];
}

/** All runs of one scenario, as they are kept in bench/results. */
export interface Result {
  readonly scenario: string;
  readonly group: string;
  readonly takenAt: string;
  readonly size: SizeName;
  readonly sizes: Sizes;
  readonly conditions: Conditions;
  readonly runs: readonly RunResult[];
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Least, middle (the mean of the two middle ones) and greatest; undefined of nothing. */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  return { min, median: ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2, max };
}

/** One figure of all runs. */
export const ofRuns = (
  { runs }: Pick<Result, 'runs'>,
  pick: (run: RunResult) => number | undefined,
): Spread | undefined => spread(runs.flatMap((run) => pick(run) ?? []));

export function writeResult(folder: string, result: Result): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.scenario}.json`);
  writeFileSync(file, `${JSON.stringify(rounded(result), null, 2)}\n`);
  return file;
}

/** The results in a folder, or the one in a file, by scenario. Throws where there is neither. */
export function readResults(path: string): Map<string, Result> {
  if (!existsSync(path)) throw new Error(`There are no results at ${path}.`);
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(path, name))
    : [path];
  const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Result);
  return new Map(results.map((result) => [result.scenario, result]));
}

/** Four digits say all there is to say, and keep the diff of a result short. */
function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Number.isInteger(value) ? value : Number(value.toPrecision(4))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rounded(part as unknown)])) as T;
  return value;
}
