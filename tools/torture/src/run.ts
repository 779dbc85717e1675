import { join } from 'node:path';
import { breakages } from './breakages.js';
import type { Fault } from './fault.js';
import { kinds } from './faults.js';
import { History } from './history.js';
import { Person } from './person.js';
import { Random } from './random.js';
import { Reporter, type RunReport } from './report.js';
import { ended, lines, play } from './round.js';
import { Stage } from './stage.js';
import { World } from './writers.js';

export interface Options {
  rounds: number;
  seed: number;
  clients: number;
  /** The kinds of fault to draw from; all of them unless told. */
  faults: readonly string[];
  /** How many faults a round has; one or two, as the seed says, unless told. */
  perRound?: number | undefined;
  root: string;
  /** Stops at the first finding, and keeps the data, logs and history then. */
  keep: boolean;
  /** Where the report goes as JSON. */
  report?: string | undefined;
  /** Ends the run after the round that is under way, and everything with it. */
  signal: AbortSignal;
  /** A promise broken on purpose: the run ends when the checker has told of it. */
  breakage?: string | undefined;
}

const PASSWORD = 'a good long password';

/** Plays the rounds; answers what came of them. */
export async function run(options: Options, say: (line: string) => void): Promise<RunReport> {
  const { rounds, seed, root, clients } = options;
  const reporter = new Reporter({ root, seed, clients, breakage: options.breakage }, options.report);
  const { report } = reporter;
  const began = Date.now();
  const stage = await Stage.set(root, say);
  try {
    const history = new History(join(stage.folder, 'history.jsonl'));
    const { people, stages } = await setUp(stage, clients);
    const world = new World();
    world.stages.push(...stages);
    say(`The system stands after ${since(began)}: ${stage.folder}`);
    const breakage = breakages[options.breakage ?? ''];
    await breakage?.install(stage);
    if (breakage) say(`Broken on purpose: ${breakage.words}`);
    const bag = new Bag(new Random(seed, 'faults'), options.faults);
    for (let round = 1; round <= rounds && !options.signal.aborted; round++) {
      const faults = breakage
        ? [{ kind: options.breakage ?? '', ...breakage.fault(stage, round) }]
        : drawn(stage, new Random(seed, `faults ${round}`), bag, options.perRound);
      const played = await play(stage, { round, seed, world, history, people, faults });
      reporter.add(played);
      lines(played).forEach(say);
      for (const sentence of stage.news().filter((line) => /could not/.test(line))) say(`  ${sentence}`);
      for (const { kind, outcome } of played.faults) if (outcome === 'not done') bag.putBack(kind);
      if (ended(played)) {
        say('The system did not heal; the run ends here.');
        break;
      }
      if (played.findings.length > 0 && (breakage || options.keep)) break;
    }
    reporter.end(history.codes);
    if (report.findings > 0 && options.keep) say(`Everything is kept in ${stage.folder}`);
    say(`Writes: ${count(report.writes)}; ${count(report.codes)}`);
    if (!breakage) say(`Faults: ${tally(report, options.faults)}`);
    say(`${report.rounds.length} rounds, seed ${seed}: ${report.findings} findings in ${since(began)}`);
    return report;
  } finally {
    await stage.end(options.keep && report.findings > 0);
  }
}

function drawn(stage: Stage, random: Random, bag: Bag, perRound = random.between(1, 2)): Fault[] {
  return Array.from({ length: perRound }, () => {
    const kind = bag.draw();
    const make = kinds[kind];
    if (!make) throw new Error(`There is no fault ${kind}.`);
    return { kind, ...make(stage, random) };
  });
}

async function setUp(stage: Stage, clients: number): Promise<{ people: Person[]; stages: string[] }> {
  const { gatewayUrl, administrator } = stage.system;
  const boss = new Person(gatewayUrl, administrator.email ?? '', administrator.password ?? '');
  await boss.ensureSession();
  const input = { name: 'Anna Smirnova', email: 'anna@example.com', role: 'ADMINISTRATOR', password: PASSWORD };
  const made = await boss.ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input });
  if (made.outcome !== 'acknowledged') throw new Error(`No user could be made: ${made.code}`);
  const { data } = await boss.ask<{ pipelines: { nodes: { stages: { id: string }[] }[] } }>(
    '{ pipelines(first: 1) { nodes { stages { id } } } }',
    {},
  );
  return {
    people: Array.from({ length: clients }, () => new Person(gatewayUrl, 'anna@example.com', PASSWORD)),
    stages: data?.pipelines.nodes[0]?.stages.map(({ id }) => id) ?? [],
  };
}

/** Gives every kind of fault once, in a random order, before any comes again. */
class Bag {
  private left: string[] = [];

  constructor(
    private readonly random: Random,
    private readonly names: readonly string[],
  ) {}

  draw(): string {
    if (this.left.length === 0) this.left = [...this.names];
    return this.left.splice(this.random.between(0, this.left.length - 1), 1)[0] ?? '';
  }

  /** What could not be done is still to come. */
  putBack(name: string): void {
    if (!this.left.includes(name)) this.left.push(name);
  }
}

/** Kinds of fault that were asked for and never done. */
export function neverDone({ faults }: RunReport, asked: readonly string[]): string[] {
  return asked.filter((kind) => !faults[kind]?.done);
}

function tally(report: RunReport, asked: readonly string[]): string {
  const all = Object.entries(report.faults);
  const sum = (of: 'done' | 'notDone' | 'notPossible'): number => all.reduce((n, [, tally]) => n + tally[of], 0);
  const missing = neverDone(report, asked);
  return `${sum('done')} done, ${sum('notDone')} not done, ${sum('notPossible')} not possible here${missing.length === 0 ? '' : `; never done: ${missing.join(', ')}`}`;
}

const count = (of: Record<string, number>): string =>
  Object.entries(of)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');
const since = (from: number, to = Date.now()): string => `${((to - from) / 1000).toFixed(1)} s`;
