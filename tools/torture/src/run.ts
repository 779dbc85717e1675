import { join } from 'node:path';
import { NoKafka } from '../../../deploy/local/dist/kafka-jars.js';
import type { Alone } from './alone.js';
import { breakages } from './breakages.js';
import type { Fault } from './fault.js';
import { kinds } from './faults.js';
import { History } from './history.js';
import { Person } from './person.js';
import { endings, playConversions } from './mass.js';
import { Bag, Random } from './random.js';
import { Reporter, type RoundReport, type RunReport } from './report.js';
import { ended, lines, lookAgain, play } from './round.js';
import { Stage, until } from './stage.js';
import type { Builds } from './upgrade.js';
import { World } from './writers.js';

export interface Options {
  rounds: number;
  seed: number;
  clients: number;
  /** Instead of rounds: so many conversions, hurt all the while. */
  conversions?: number | undefined;
  /** The kinds of fault to draw from; all of them unless told. */
  faults: readonly string[];
  /** How many faults a round has; one or two, as the seed says, unless told. */
  perRound?: number | undefined;
  root: string;
  /** Stops at the first finding, and keeps the data, logs and history then. */
  keep: boolean;
  /** Where the report goes as JSON. */
  report?: string | undefined;
  /** Ends the run at once, and everything with it. */
  signal: AbortSignal;
  /** Two builds of the system: in each round all of it changes from the one to the other. */
  builds?: Builds | undefined;
  /** One part of the system after the other is down in place of faults. */
  alone?: Alone | undefined;
  /** A promise broken on purpose: the run ends when the checker has told of it. */
  breakage?: string | undefined;
}

/** Conversions between two judgements. */
const BATCH = 1_000;
const PASSWORD = 'a good long password';

/** Plays the rounds; answers what came of them. */
export async function run(options: Options, say: (line: string) => void): Promise<RunReport> {
  const { seed, root, clients, faults } = options;
  const reporter = new Reporter({ root, seed, clients, breakage: options.breakage }, options.report);
  const { report } = reporter;
  const began = Date.now();
  const stage = await setStage(options.builds?.root ?? root, say, options.signal);
  try {
    const history = new History(join(stage.folder, 'history.jsonl'));
    const { people, stages } = await setUp(stage, clients);
    say(`The system stands after ${since(began)}: ${stage.folder}`);
    const bag = new Bag(new Random(seed, 'faults'), faults);
    const cast = { seed, history, people, bag, world: new World(stages) };
    const { conversions } = options;
    const next = conversions ? massRounds(stage, conversions, cast) : await rounds(stage, options, cast, say);
    const stopped = new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()));
    for (let round = 1; round <= next.rounds && !options.signal.aborted; round++) {
      const played = await Promise.race([next.play(round), stopped]);
      if (!played) break;
      reporter.add(played);
      lines(played).forEach(say);
      for (const sentence of stage.news().filter((line) => /could not/.test(line))) say(`  ${sentence}`);
      if (ended(played)) {
        say('The system did not heal; the run ends here.');
        break;
      }
      if (played.findings.length > 0 && (options.breakage || options.keep)) break;
    }
    if (report.findings === 0 && !options.breakage && !options.signal.aborted) {
      const late = await lookAgain(stage);
      reporter.addToLast(late);
      for (const line of late) say(`  FOUND ${line}`);
    }
    reporter.end(history.codes, conversions ? await endings(stage).catch(() => undefined) : undefined);
    if (report.findings > 0 && options.keep) say(`Everything is kept in ${stage.folder}`);
    say(`Writes: ${count(report.writes)}; ${count(report.codes)}`);
    if (report.endings) say(`Conversions: ${count(report.endings)}`);
    if (!options.breakage) say(`Faults: ${tally(report, faults)}`);
    say(`${report.rounds.length} rounds, seed ${seed}: ${report.findings} findings in ${since(began)}`);
    return report;
  } finally {
    await stage.end({ keep: options.keep && report.findings > 0, atOnce: options.signal.aborted });
  }
}

/** On a machine that others keep busy a first start may take longer than it is given; a second one is fair. */
async function setStage(root: string, say: (line: string) => void, calledOff: AbortSignal): Promise<Stage> {
  try {
    return await Stage.set(root, say, calledOff);
  } catch (error) {
    if (calledOff.aborted || error instanceof NoKafka) throw error;
    say(`${(error as Error).message} It is tried once more.`);
    return Stage.set(root, say, calledOff);
  }
}

interface Cast {
  seed: number;
  history: History;
  people: Person[];
  bag: Bag;
  world: World;
}

interface Rounds {
  rounds: number;
  play(round: number): Promise<RoundReport>;
}

/** Rounds with a fault or two each. */
async function rounds(stage: Stage, options: Options, cast: Cast, say: (line: string) => void): Promise<Rounds> {
  const { seed, bag, people } = cast;
  const { alone, builds } = options;
  const breakage = breakages[options.breakage ?? ''];
  await breakage?.install(stage);
  if (breakage) say(`Broken on purpose: ${breakage.words}`);
  const one = async (round: number): Promise<RoundReport> => {
    const faults = breakage
      ? [{ kind: options.breakage ?? '', ...breakage.fault(stage, round) }]
      : builds
        ? [{ kind: 'upgrade', ...builds.change(stage, round) }]
        : alone
          ? [{ kind: 'alone', ...alone.down(stage, round, people[0] as Person) }]
          : drawn(stage, new Random(seed, `faults ${round}`), bag, options.perRound);
    const played = await play(stage, { round, faults, ...cast });
    for (const { kind, outcome } of played.faults) if (outcome === 'not done') bag.putBack(kind);
    return played;
  };
  return { rounds: Math.min(options.rounds, alone?.most ?? options.rounds), play: one };
}

/** As many rounds as so many conversions need. */
function massRounds(stage: Stage, conversions: number, cast: Cast): Rounds {
  const sizes = Array.from({ length: Math.ceil(conversions / BATCH) }, (_, n) =>
    Math.min(BATCH, conversions - n * BATCH),
  );
  return {
    rounds: sizes.length,
    play: (round) => playConversions(stage, { size: sizes[round - 1] ?? 0, round, ...cast }),
  };
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
  await until(() => boss.ensureSession(), 60_000, 'The administrator could not sign in');
  const input = {
    name: 'Anna Smirnova',
    email: 'anna@example.com',
    roleIds: ['00000000-0000-7000-8000-000000000001'],
    password: PASSWORD,
  };
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

/** Kinds of fault that were asked for, are possible here, and were never done. */
export function neverDone({ faults }: RunReport, asked: readonly string[]): string[] {
  return asked.filter((kind) => !faults[kind]?.done && !faults[kind]?.notPossible);
}

function tally(report: RunReport, asked: readonly string[]): string {
  const all = Object.entries(report.faults);
  const done = all.reduce((n, [, tally]) => n + tally.done, 0);
  const notDone = all.reduce((n, [, tally]) => n + tally.notDone, 0);
  const impossible = all.filter(([, { notPossible }]) => notPossible > 0).map(([kind]) => kind);
  const missing = neverDone(report, asked);
  return [
    `${done} done, ${notDone} not done`,
    ...(impossible.length > 0 ? [`not possible here: ${impossible.join(', ')}`] : []),
    ...(missing.length > 0 ? [`never done: ${missing.join(', ')}`] : []),
  ].join('; ');
}

const count = (of: Record<string, number>): string =>
  Object.entries(of)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');
const since = (from: number, to = Date.now()): string => `${((to - from) / 1000).toFixed(1)} s`;
