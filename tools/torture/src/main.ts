import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { kinds } from './faults.js';
import { run } from './run.js';

const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return number;
};
const names = (text: string): string[] => {
  const wanted = text.split(',');
  const wrong = wanted.find((name) => !(name in kinds));
  if (wrong !== undefined) throw new InvalidArgumentError(`There are ${Object.keys(kinds).join(', ')}; not ${wrong}.`);
  return wanted;
};

const program = new Command('npm run torture --')
  .description(
    'Hurts a whole system while clients write, heals it, and lets an independent checker judge what is there.',
  )
  .option('--rounds <n>', 'how many rounds', whole, 10)
  .option('--seed <n>', 'what all chance comes from', whole, 1)
  .option('--clients <n>', 'how many clients write at once', whole, 5)
  .option('--faults <names>', 'only these kinds of fault, separated by commas', names, Object.keys(kinds))
  .option('--keep', 'stop at the first finding and keep data, logs and history', false)
  .exitOverride();

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    return exitCode === 0 ? 0 : 2;
  }
  const options = program.opts<{ rounds: number; seed: number; clients: number; faults: string[]; keep: boolean }>();
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const findings = await run({ ...options, root }, (line) => process.stdout.write(`${line}\n`));
  return findings === 0 ? 0 : 1;
}

process.exit(await main());
