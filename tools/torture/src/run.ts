import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { breakages } from './breakages.js';
import type { Report } from './checker/report.js';
import { kinds, type Fault } from './faults.js';
import { History } from './history.js';
import { Person } from './person.js';
import { unrest } from './quiet.js';
import { Random } from './random.js';
import { Stage, serviceNames } from './stage.js';
import { World, write } from './writers.js';

export interface Options {
  rounds: number;
  seed: number;
  clients: number;
  /** The kinds of fault to draw from; all of them unless told. */
  faults: readonly string[];
  root: string;
  /** Keeps the data, logs and history when something was found. */
  keep: boolean;
  /** Ends the run after the round that is under way, and everything with it. */
  signal: AbortSignal;
  /** A promise broken on purpose: the run ends when the checker has told of it. */
  breakage?: string | undefined;
}

/** Seconds after healing within which everything must have come to rest. */
const REST = 60;
const PASSWORD = 'a good long password';

/** Plays the rounds; answers the number of findings. */
export async function run(options: Options, say: (line: string) => void): Promise<number> {
  const { rounds, seed, root } = options;
  const began = Date.now();
  const stage = await Stage.set(root, say);
  let findings = 0;
  let played = 0;
  try {
    const history = new History(join(stage.folder, 'history.jsonl'));
    const people = await setUp(stage, options.clients);
    const world = new World();
    world.stages.push(...(await people.stages()));
    say(`The system stands after ${since(began)}: ${stage.folder}`);
    const breakage = breakages[options.breakage ?? ''];
    await breakage?.install(stage);
    if (breakage) say(`Broken on purpose: ${breakage.words}`);
    const draw = bag(new Random(seed, 'faults'), options.faults);
    for (let round = 1; round <= rounds && !options.signal.aborted; round++) {
      const faults = breakage
        ? [breakage.fault(stage, round)]
        : drawn(stage, new Random(seed, `faults ${round}`), draw);
      const found = await play(stage, { round, seed, world, history, people: people.clients, faults }, say);
      findings += found.length;
      played = round;
      for (const line of found) say(`  FOUND ${line}`);
      if (found.length > 0 && breakage) break;
      if (found.some((line) => /is not (back|healthy)/.test(line))) {
        say('The system did not heal; the run ends here.');
        break;
      }
      if (found.length > 0 && options.keep) {
        say(`Stopped at the first finding; everything is kept in ${stage.folder}`);
        break;
      }
    }
    const codes = [...history.codes].sort(([, a], [, b]) => b - a).map(([code, n]) => `${n} ${code}`);
    say(`Writes: ${JSON.stringify(history.counts)}; ${codes.join(', ')}`);
    say(`${played} rounds, seed ${seed}: ${findings} findings in ${since(began)}`);
    return findings;
  } finally {
    await stage.end(options.keep && findings > 0);
  }
}

interface Round {
  round: number;
  seed: number;
  world: World;
  history: History;
  people: readonly Person[];
  faults: readonly Fault[];
}

/** One or two faults. */
function drawn(stage: Stage, random: Random, draw: () => string): Fault[] {
  return Array.from({ length: random.between(1, 2) }, () => {
    const kind = kinds[draw()];
    if (!kind) throw new Error('There is no such fault.');
    return kind(stage, random);
  });
}

async function play(stage: Stage, { round, seed, world, history, people, faults }: Round, say: (line: string) => void) {
  const random = new Random(seed, `round ${round}`);
  const words = faults.map((fault) => fault.words).join(' and ');
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
  const hurting = faults.map(async (fault) => {
    await sleep(random.between(300, 2_500));
    await fault.run();
  });
  const hurt = await Promise.allSettled(hurting);
  await sleep(Math.max(1_500, began + 6_000 - Date.now()));
  over = true;
  await Promise.all(writing);

  const failed = hurt.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  const found: string[] = [];
  const healing = Date.now();
  const ill = await stage.heal();
  const healed = Date.now();
  if (ill.length > 0) return ill.map((what) => `${words}: ${what}`);
  found.push(...(await rest(stage, healed)));
  const rested = Date.now();
  const report = await judge(stage, history.file);
  found.push(...report.findings.map(({ rule, ids }) => `${rule}: ${ids.length} (${ids.slice(0, 5).join('; ')})`));
  const wrote = Object.entries(history.counts).map(
    ([outcome, n]) => `${n - before[outcome as keyof typeof before]} ${outcome}`,
  );
  const times = `${since(began, healing)} + heal ${since(healing, healed)} + rest ${since(healed, rested)} + judge ${since(rested)}`;
  say(
    `round ${round}: ${words}; ${wrote.join(', ')}; ${report.events} events, ${report.repeats} repeats; ${times}${found.length === 0 ? '; nothing found' : ''}`,
  );
  for (const why of failed) say(`  a fault could not be done: ${why}`);
  for (const sentence of stage.news().filter((line) => /could not/.test(line))) say(`  ${sentence}`);
  return found;
}

/** Waits until nothing moves; answers what still does when the time is over. */
async function rest(stage: Stage, since: number): Promise<string[]> {
  for (let quiet = 0; ;) {
    const moving = await unrest(stage);
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (quiet === 2) return [];
    if (Date.now() - since > REST * 1000) return moving.map((what) => `not at rest after ${REST} s: ${what}`);
    await sleep(200);
  }
}

/** The checker is a program of its own. */
async function judge(stage: Stage, history: string): Promise<Report> {
  const evidence = join(stage.folder, 'evidence.json');
  const databases = Object.fromEntries(serviceNames.map((name) => [name, stage.system.databaseUrl(name)]));
  writeFileSync(evidence, JSON.stringify({ history, databases, brokers: stage.brokers }));
  const program = fileURLToPath(new URL('checker/main.js', import.meta.url));
  const child = spawn(process.execPath, [program, evidence], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === null || code > 1) throw new Error(`The checker failed with status ${code}.`);
  return JSON.parse(said) as Report;
}

async function setUp(stage: Stage, clients: number) {
  const { gatewayUrl, administrator } = stage.system;
  const boss = new Person(gatewayUrl, administrator.email ?? '', administrator.password ?? '');
  await boss.ensureSession();
  const input = { name: 'Anna Smirnova', email: 'anna@example.com', role: 'ADMINISTRATOR', password: PASSWORD };
  const made = await boss.ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input });
  if (made.outcome !== 'acknowledged') throw new Error(`No user could be made: ${made.code}`);
  const stages = async (): Promise<string[]> => {
    const { data } = await boss.ask<{ pipelines: { nodes: { stages: { id: string }[] }[] } }>(
      '{ pipelines(first: 1) { nodes { stages { id } } } }',
      {},
    );
    return data?.pipelines.nodes[0]?.stages.map(({ id }) => id) ?? [];
  };
  return {
    clients: Array.from({ length: clients }, () => new Person(gatewayUrl, 'anna@example.com', PASSWORD)),
    stages,
  };
}

/** Draws every kind of fault once, in a random order, before any comes again. */
function bag(random: Random, names: readonly string[]): () => string {
  let left: string[] = [];
  return () => {
    if (left.length === 0) left = [...names];
    return left.splice(random.between(0, left.length - 1), 1)[0] ?? '';
  };
}

const since = (from: number, to = Date.now()): string => `${((to - from) / 1000).toFixed(1)} s`;
