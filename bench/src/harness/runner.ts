import { loadavg } from 'node:os';
import { monotonic } from './clock.js';
import { cpuOf, machineBusyMs } from './cpu.js';
import { Ground } from './ground.js';
import type { Conditions } from './machine.js';
import type { Result, RunResult } from './results.js';
import type { Scenario, SizeName, Sizes } from './scenario.js';
import type { Servers } from './servers.js';

export interface RunOptions {
  readonly size: SizeName;
  readonly runs: number;
  /** Of the organisation, where it is not to have as many as the size says. */
  readonly deals?: number | undefined;
  readonly conditions: Conditions;
  readonly say: (line: string) => void;
  /** Ends the run that is under way. */
  readonly signal: AbortSignal;
}

/** Runs a scenario as often as told, each time on a ground of its own. Throws where it cannot be run. */
export async function measure(servers: Servers, scenario: Scenario, options: RunOptions): Promise<Result> {
  const { size, conditions } = options;
  const runs: RunResult[] = [];
  for (let n = 1; n <= options.runs; n++) runs.push(await once(servers, scenario, n, options));
  return {
    scenario: scenario.name,
    group: scenario.group,
    takenAt: new Date().toISOString(),
    size,
    sizes: sizesOf(scenario, options),
    conditions,
    runs,
  };
}

function sizesOf({ sizes }: Scenario, { size, deals }: RunOptions): Sizes {
  const { [size]: usual } = sizes;
  return deals === undefined || usual['deals'] === undefined ? usual : { ...usual, deals };
}

async function once(servers: Servers, scenario: Scenario, n: number, options: RunOptions): Promise<RunResult> {
  const { say, signal } = options;
  const sizes = sizesOf(scenario, options);
  const [loadBefore = 0] = loadavg();
  const ground = new Ground(servers, `${scenario.name}.${n}.`);
  const began = monotonic();
  const play = async (): Promise<RunResult> => {
    const prepared = await scenario.prepare(ground, sizes);
    const before = (await prepared.floor?.()) ?? {};
    const busy = othersSince();
    const outcome = await prepared.run();
    const coresOfOthers = busy();
    const wrong = await prepared.check();
    const { cpu = {}, distributions = {}, notes = {}, figures, ...more } = outcome;
    const floors = { ...before, ...outcome.floors };
    const around = { loadBefore, coresOfOthers };
    return { figures, ...more, floors, cpu, distributions, notes, around, wrong };
  };
  try {
    const run = await within(scenario.minutes, signal, `${scenario.name}, run ${n}`, play());
    const verdict = run.wrong.length === 0 ? 'answers right' : `WRONG: ${run.wrong.join(' ')}`;
    say(`  run ${n}: ${((monotonic() - began) / 1000).toFixed(0)} s, ${verdict}`);
    return run;
  } finally {
    await ground.end();
  }
}

/** Answers, when called, how many cores others have kept busy since now: what the figures cannot be blamed for. */
function othersSince(): () => number {
  const ours = () => cpuOf({ bench: process.pid }).bench;
  const [at, all, own] = [monotonic(), machineBusyMs(), ours()];
  return () => Math.max(0, (machineBusyMs() - all - (ours() - own)) / (monotonic() - at));
}

async function within<T>(minutes: number, signal: AbortSignal, what: string, work: Promise<T>): Promise<T> {
  let give: (error: Error) => void = () => undefined;
  const limit = new Promise<never>((_, reject) => (give = reject));
  const stop = () => give(new Error(`${what} was stopped by ${String(signal.reason)}.`));
  const timer = setTimeout(
    () => give(new Error(`${what} was still running after ${minutes} minutes.`)),
    minutes * 60_000,
  );
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
