import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Alone } from './alone.js';
import { breakages } from './breakages.js';
import { cases, type Case } from './cases.js';
import { kinds } from './faults.js';
import { massFaults } from './mass.js';
import type { RunReport } from './report.js';
import { neverDone, run } from './run.js';
import { Builds } from './upgrade.js';

const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return number;
};
const names = (text: string): string[] => {
  const wanted = text.split(',');
  const known = new Set([...Object.keys(kinds), ...massFaults]);
  const wrong = wanted.find((name) => !known.has(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`There are ${[...known].join(', ')}; not ${wrong}.`);
  return wanted;
};

const program = new Command('npm run torture --')
  .description(
    'Hurts a whole system while clients write, heals it, and lets an independent checker judge what is there.',
  )
  .option('--rounds <n>', 'how many rounds', whole, 10)
  .option('--conversions <n>', 'instead of rounds: so many conversions, hurt all the while', whole)
  .option('--seed <n>', 'what all chance comes from', whole, 1)
  .option('--clients <n>', 'how many clients write at once', whole, 5)
  .option('--faults <names>', 'only these kinds of fault, separated by commas', names)
  .addOption(
    new Option('--breakage <name>', 'break a promise on purpose; ends well when the checker tells').choices([
      ...Object.keys(breakages),
      'all',
    ]),
  )
  .option('--per-round <n>', 'how many faults a round has; one or two unless told', whole)
  .option('--every-kind', 'fails unless every kind of fault was done at least once', false)
  .option('--report <file>', 'writes what was run, and what came of it, as JSON')
  .addOption(
    new Option('--case <name>', 'plays again what once found something').choices([
      ...cases.map(({ name }) => name),
      'all',
    ]),
  )
  .option('--upgrade-from <commit>', 'instead of faults: changes from the build of that commit to this, and back')
  .option(
    '--alone <seconds>',
    'instead of faults: one service after the other, Kafka and PostgreSQL are down for so long',
    whole,
  )
  .option('--keep', 'stop at the first finding and keep data, logs and history', false)
  .exitOverride();

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

interface Given {
  rounds: number;
  seed: number;
  clients: number;
  faults?: string[];
  conversions?: number;
  perRound?: number;
  everyKind: boolean;
  report?: string;
  keep: boolean;
  upgradeFrom?: string;
  alone?: number;
  breakage?: string;
  case?: string;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    return exitCode === 0 ? 0 : 2;
  }
  const { breakage, case: wanted, ...given } = program.opts<Given>();
  try {
    if (breakage !== undefined) return await breakAll(breakage === 'all' ? Object.keys(breakages) : [breakage], given);
    if (wanted !== undefined)
      return await replay(
        cases.filter(({ name }) => wanted === 'all' || name === wanted),
        given,
      );
    return await torture(given);
  } catch (error) {
    say((error as Error).message);
    return 1;
  }
}

async function torture(given: Given): Promise<number> {
  const faults = given.faults ?? (given.conversions ? massFaults : Object.keys(kinds));
  const { upgradeFrom } = given;
  const builds = upgradeFrom === undefined ? undefined : Builds.make(root, upgradeFrom, say);
  const alone = given.alone === undefined ? undefined : new Alone(given.alone);
  const options = { ...given, faults: builds || alone ? [] : faults, root, builds, alone, signal: stopping.signal };
  const report = await run(options, say).finally(() => builds?.end());
  if (alone) say(`\n${alone.table(report.rounds)}\n`);
  const notDone = report.faults['alone']?.notDone ?? 0;
  const missing = given.everyKind ? neverDone(report, faults) : [];
  if (missing.length > 0) say(`Not every kind of fault was done: ${missing.join(', ')}.`);
  const { aborted } = stopping.signal;
  if (aborted) say('It was told to stop.');
  return report.findings === 0 && missing.length === 0 && notDone === 0 && !aborted ? 0 : 1;
}

/** Each promise is broken in a run of its own, which ends as soon as the checker tells. */
async function breakAll(names: readonly string[], given: Given): Promise<number> {
  let missed = 0;
  const reports: RunReport[] = [];
  for (const name of names) {
    if (stopping.signal.aborted) return 1;
    const options = {
      ...given,
      report: undefined,
      faults: [],
      root,
      alone: undefined,
      signal: stopping.signal,
      breakage: name,
    };
    const report = await run(options, say);
    reports.push(report);
    if (given.report) writeFileSync(given.report, `${JSON.stringify(reports, null, 2)}\n`);
    const { findings, rounds } = report;
    say(`${name}: ${findings > 0 ? `caught in round ${rounds.length}` : 'NOT CAUGHT'}`);
    if (findings === 0) missed += 1;
  }
  return missed === 0 ? 0 : 1;
}

/** What once found something must find nothing. */
async function replay(old: readonly Case[], given: Given): Promise<number> {
  let failed = 0;
  for (const { name, found, ...as } of old) {
    if (stopping.signal.aborted) return 1;
    say(`${name}: ${found}`);
    failed += await torture({ ...given, ...as });
  }
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
