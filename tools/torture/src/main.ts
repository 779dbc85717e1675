import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { breakages } from './breakages.js';
import { kinds } from './faults.js';
import { massFaults } from './mass.js';
import { neverDone, run } from './run.js';

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
  breakage?: string;
}

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    return exitCode === 0 ? 0 : 2;
  }
  const { breakage, everyKind, ...given } = program.opts<Given>();
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const faults = given.faults ?? (given.conversions ? massFaults : Object.keys(kinds));
  const options = { ...given, faults, root, signal: stopping.signal };
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (breakage === undefined) {
    const report = await run(options, say);
    const missing = everyKind ? neverDone(report, faults) : [];
    if (missing.length > 0) say(`Not every kind of fault was done: ${missing.join(', ')}.`);
    return report.findings === 0 && missing.length === 0 ? 0 : 1;
  }
  let missed = 0;
  for (const name of breakage === 'all' ? Object.keys(breakages) : [breakage]) {
    const caught = (await run({ ...options, breakage: name }, say)).findings > 0;
    say(`${name}: ${caught ? 'caught' : 'NOT CAUGHT'}`);
    if (!caught) missed += 1;
  }
  return missed === 0 ? 0 : 1;
}

process.exit(await main());
