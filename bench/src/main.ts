import { dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { chosen, NoScenario, scenarios } from './catalogue.js';
import { compare } from './harness/compare.js';
import { conditionsOf } from './harness/machine.js';
import { readResults, writeResult } from './harness/results.js';
import { measure } from './harness/runner.js';
import { sizeNames, type SizeName } from './harness/scenario.js';
import { Servers } from './harness/servers.js';
import { columns, consoleTable } from './harness/table.js';
import { writeReport } from './report/report.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const RESULTS = join(root, 'bench', 'results');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return number;
};

interface Given {
  runs: number;
  size: SizeName;
  deals?: number;
  data: string;
  keep?: true;
  out?: string;
}

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort(name));

const program = new Command('npm run bench --')
  .description('Measures what is claimed to be fast, beside floors of the same machine, and checks every answer.')
  .argument('[scenarios...]', 'scenarios or groups of them: npm run bench -- list')
  .exitOverride()
  .option('--runs <n>', 'how often each is run; the figures are told as min – median – max', whole, 3)
  .addOption(new Option('--size <size>', 'only `full` is worth publishing').choices([...sizeNames]).default('full'))
  .option(
    '--deals <n>',
    'the deals of the organisation that the system is loaded with, if not as many as the size says',
    whole,
  )
  .option('--data <folder>', 'where PostgreSQL and Kafka keep their data meanwhile', '.local/bench')
  .option('--keep', 'leaves loaded organisations there, and uses those that an earlier bench has left')
  .option('--out <folder>', 'where results are written; bench/results for the full size, else nowhere')
  .action(run);
program
  .command('list')
  .description('says what can be measured')
  .action(() => say(columns(scenarios.map(({ group, name, title }) => [group, name, title]))));
program
  .command('compare')
  .description('sets the results in B beside those in A: files, or folders of them')
  .argument('<A>')
  .argument('<B>')
  .action((a: string, b: string) => say(compare(scenarios, readResults(a), readResults(b))));
program
  .command('report')
  .description('writes docs/performance.md with its plots, and docs/capacity.md, from bench/results')
  .action(() => writeReport(root, RESULTS).forEach((file) => say(relative(root, file))));

async function run(names: string[], { runs, size, deals, data, keep, out }: Given): Promise<void> {
  const wanted = chosen(names);
  if (wanted.length === 0) return program.help();
  const absolute = (folder: string): string => (isAbsolute(folder) ? folder : join(root, folder));
  const folder = out === undefined ? (size === 'full' ? RESULTS : undefined) : absolute(out);
  const servers = await Servers.start(root, absolute(data), keep === true);
  try {
    const conditions = await conditionsOf(servers);
    for (const scenario of wanted) {
      say(`${scenario.title} (${scenario.name}, ${size})`);
      try {
        const result = await measure(servers, scenario, {
          size,
          runs,
          deals,
          conditions,
          say,
          signal: stopping.signal,
        });
        say(`${consoleTable(scenario, result)}\n`);
        const right = result.runs.every(({ wrong }) => wrong.length === 0);
        if (!right) process.exitCode = 1;
        // A wrong answer has no speed.
        else if (folder !== undefined) say(`  ${relative(process.cwd(), writeResult(folder, result))}\n`);
      } catch (error) {
        // The others are measured all the same.
        process.exitCode = 1;
        say(`  CANNOT RUN: ${(error as Error).message}\n`);
        if (stopping.signal.aborted) break;
      }
    }
  } finally {
    await servers.stop();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  const wrongWords = error instanceof CommanderError;
  // Commander has said its own sentence.
  if (!wrongWords) process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = wrongWords ? Math.min(2, error.exitCode * 2) : error instanceof NoScenario ? 2 : 1;
}
process.exit();
