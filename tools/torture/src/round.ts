import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Report } from './checker/report.js';
import { NotPossible, type Fault } from './fault.js';
import type { History, Outcome } from './history.js';
import type { Person } from './person.js';
import { rest } from './quiet.js';
import { Random } from './random.js';
import type { Hurt, RoundReport } from './report.js';
import type { Stage } from './stage.js';
import { serviceNames } from './stage.js';
import { type World, write } from './writers.js';

/** Seconds after healing within which everything must have come to rest. */
const REST = 60;
/** Milliseconds that clients write at least, and after the last fault. */
const LEAST = 3_000;
const AFTER = 800;

export interface Round {
  round: number;
  seed: number;
  world: World;
  history: History;
  people: readonly Person[];
  faults: readonly Fault[];
}

/** Hurts the system while clients write, heals it, waits until it rests and has it judged. */
export async function play(stage: Stage, { round, seed, world, history, people, faults }: Round): Promise<RoundReport> {
  const random = new Random(seed, `round ${round}`);
  const began = Date.now();
  const before = { ...history.counts };
  let over = false;
  const writing = people.map((who, client) =>
    write(
      who,
      { world, history, random: new Random(seed, `round ${round} client ${client}`), round, client },
      () => over,
    ),
  );
  const hurts = await Promise.all(faults.map((fault) => hurt(fault, random.between(200, 1_500))));
  await sleep(Math.max(AFTER, began + LEAST - Date.now()));
  over = true;

  const hurtFor = seconds(began, Date.now());
  const settled = await settle(stage, history, Promise.all(writing));
  return assemble({ round, faults: hurts, before, history, hurtFor, settled });
}

export interface Settled {
  events: number;
  repeats: number;
  seconds: { heal: number; rest: number; judge: number };
  findings: string[];
}

/** Heals the system while `busy` comes to its end, waits until all is at rest, and has it judged. */
export async function settle(stage: Stage, history: History, busy: Promise<unknown>): Promise<Settled> {
  const healing = Date.now();
  const [ill] = await Promise.all([stage.heal(), busy]);
  const healed = Date.now();
  const findings = ill.length > 0 ? ill : await rest(stage, healed, REST);
  const rested = Date.now();
  const report: Report = ill.length > 0 ? { events: 0, repeats: 0, findings: [] } : await judge(stage, history.file);
  findings.push(...report.findings.map(({ rule, ids }) => `${rule}: ${ids.length} (${ids.slice(0, 5).join('; ')})`));
  const times = {
    heal: seconds(healing, healed),
    rest: seconds(healed, rested),
    judge: seconds(rested, Date.now()),
  };
  return { events: report.events, repeats: report.repeats, seconds: times, findings };
}

/**
 * Looks once more after longer than a group keeps a silent reader (6 s), in which nobody wrote: what only seemed to have healed
 * shows then.
 */
export async function lookAgain(stage: Stage): Promise<string[]> {
  await sleep(8_000);
  const ill = await stage.heal();
  const moving = ill.length > 0 ? ill : await rest(stage, Date.now(), REST);
  return moving.map((what) => `left alone for 8 s: ${what}`);
}

/** What a round was, out of its parts. */
export function assemble({
  round,
  faults,
  before,
  history,
  hurtFor,
  settled: { seconds: times, ...settled },
}: {
  round: number;
  faults: Hurt[];
  before: Record<Outcome, number>;
  history: History;
  hurtFor: number;
  settled: Settled;
}): RoundReport {
  const wrote = (outcome: Outcome): number => history.counts[outcome] - before[outcome];
  return {
    round,
    faults,
    writes: { acknowledged: wrote('acknowledged'), refused: wrote('refused'), unknown: wrote('unknown') },
    ...settled,
    seconds: { hurt: hurtFor, ...times },
  };
}

/** A line for the console, and one for every finding and every fault that was not done. */
export function lines(report: RoundReport): string[] {
  const { round, faults, writes, events, repeats, seconds: s, findings, conversions } = report;
  const words = faults.map((fault) => fault.words).join(conversions ? ', ' : ' and ');
  const turned = conversions ? `; ${conversions.begun} conversions begun, ${conversions.cancelled} taken back` : '';
  const wrote = Object.entries(writes).map(([outcome, n]) => `${n} ${outcome}`);
  const times = `${s.hurt} s + heal ${s.heal} s + rest ${s.rest} s + judge ${s.judge} s`;
  const end = findings.length === 0 ? '; nothing found' : '';
  return [
    `round ${round}: ${words}; ${wrote.join(', ')}${turned}; ${events} events, ${repeats} repeats; ${times}${end}`,
    ...faults.flatMap((fault) =>
      fault.outcome === 'done' ? [] : [`  ${fault.outcome.toUpperCase()} ${fault.kind}: ${fault.why ?? ''}`],
    ),
    ...findings.map((line) => `  FOUND ${line}`),
  ];
}

/** True where the system is no longer one that could be hurt again. */
export function ended({ findings }: RoundReport): boolean {
  return findings.some((line) => /is not healthy|did not come back/.test(line));
}

/** Does a fault after a while, and answers what became of it. */
export async function hurt({ kind, words, run }: Fault, after: number): Promise<Hurt> {
  await sleep(after);
  try {
    await run();
    return { kind, words, outcome: 'done' };
  } catch (error) {
    const outcome = error instanceof NotPossible ? 'not possible' : 'not done';
    return { kind, words, outcome, why: (error as Error).message };
  }
}

/** The checker is a program of its own. */
async function judge(stage: Stage, history: string): Promise<Report> {
  const evidence = join(stage.folder, 'evidence.json');
  const databases = Object.fromEntries(serviceNames.map((name) => [name, stage.system.databaseUrl(name)]));
  writeFileSync(evidence, JSON.stringify({ history, databases, brokers: stage.brokers }));
  const program = fileURLToPath(new URL('checker/main.js', import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [program, evidence], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === null || code > 1) throw new Error(`The checker failed with status ${code}.`);
  return JSON.parse(said) as Report;
}

export const seconds = (from: number, to: number): number => Math.round((to - from) / 100) / 10;
