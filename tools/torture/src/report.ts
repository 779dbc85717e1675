import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Outcome } from './history.js';

/** What became of one fault. */
export interface Hurt {
  kind: string;
  words: string;
  outcome: 'done' | 'not done' | 'not possible';
  why?: string;
}

/** The conversions of a round. */
export interface Batch {
  /** How many were answered as begun, and how many of those somebody took back. */
  begun: number;
  cancelled: number;
  /** Where those under way stood when a fault struck, with how many stood there. */
  struck: Record<string, number>;
}

/** One round as it went. */
export interface RoundReport {
  round: number;
  faults: Hurt[];
  writes: Record<Outcome, number>;
  /** Different events on the topics so far, and how many came more than once. */
  events: number;
  repeats: number;
  seconds: { hurt: number; heal: number; rest: number; judge: number };
  /** Of a round of nothing but conversions. */
  conversions?: Batch;
  /** Sentences; at most five offenders are named. */
  findings: string[];
}

/** A run of torture as a file: what was run, and what came of it. */
export interface RunReport {
  commit: string;
  /** Whether the checkout held changes that are in no commit. */
  changed: boolean;
  node: string;
  cores: number;
  startedAt: string;
  seconds: number;
  seed: number;
  clients: number;
  /** What of the whole was broken on purpose. */
  breakage?: string;
  rounds: RoundReport[];
  writes: Record<Outcome, number>;
  codes: Record<string, number>;
  /** How often each kind of fault was done, and how often not. */
  faults: Record<string, { done: number; notDone: number; notPossible: number }>;
  findings: number;
  /** How the conversions have ended, where the run was of those. */
  endings?: Record<string, number>;
}

/** Gathers the report of a run, and writes it after each round so that a run that was ended leaves what it knows. */
export class Reporter {
  readonly report: RunReport;
  private readonly began = Date.now();

  constructor(
    about: { root: string; seed: number; clients: number; breakage?: string | undefined },
    private readonly file: string | undefined,
  ) {
    const { root, seed, clients, breakage } = about;
    this.report = {
      ...codeOf(root),
      node: process.version,
      cores: availableParallelism(),
      startedAt: new Date().toISOString(),
      seconds: 0,
      ...{ seed, clients },
      ...(breakage ? { breakage } : {}),
      rounds: [],
      writes: { acknowledged: 0, refused: 0, unknown: 0 },
      codes: {},
      faults: {},
      findings: 0,
    };
  }

  add(round: RoundReport): void {
    const { report } = this;
    report.rounds.push(round);
    for (const [outcome, n] of Object.entries(round.writes)) report.writes[outcome as Outcome] += n;
    for (const { kind, outcome } of round.faults) {
      const tally = (report.faults[kind] ??= { done: 0, notDone: 0, notPossible: 0 });
      tally[outcome === 'done' ? 'done' : outcome === 'not done' ? 'notDone' : 'notPossible'] += 1;
    }
    report.findings += round.findings.length;
    this.write();
  }

  /** What was found after the last round is that round's. */
  addToLast(findings: readonly string[]): void {
    this.report.rounds.at(-1)?.findings.push(...findings);
    this.report.findings += findings.length;
  }

  end(codes: ReadonlyMap<string, number>, endings?: Record<string, number>): RunReport {
    if (endings) this.report.endings = endings;
    this.report.codes = Object.fromEntries([...codes].sort(([, a], [, b]) => b - a));
    this.write();
    return this.report;
  }

  private write(): void {
    this.report.seconds = Math.round((Date.now() - this.began) / 1000);
    if (this.file) writeFileSync(this.file, `${JSON.stringify(this.report, null, 2)}\n`);
  }
}

function codeOf(root: string): { commit: string; changed: boolean } {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return {
      commit: git('rev-parse', '--short', 'HEAD'),
      changed: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    return { commit: 'unknown', changed: false };
  }
}
