/**
 * `npm test`: installs and builds, then the guards, then the three suites, and goes on after a failure so that one run
 * shows all. A line per step; the output of a step only where it failed; the last line counts the tests of all suites
 * and one for each guard. Names of steps as arguments run those alone. Needs nothing but Node before the first step.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jestResult, sum } from './test-results.mjs';

const root = join(import.meta.dirname, '..');
const bin = (path) => join(root, 'node_modules', path);
const MINUTE = 60_000;
/** All steps together end within these minutes, whatever hangs. */
const deadline = Date.now() + 35 * MINUTE;

const jest = (suite, ...options) => [
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    bin('jest/bin/jest.js'),
    `--selectProjects=${suite}`,
    ...options,
  ],
];
/** Guards read what was built, change nothing and keep one core busy: two run at a time. All else runs alone. */
const steps = [
  { name: 'build', minutes: 4, commands: [['tools/prestart.mjs']] },
  { name: 'lint', guard: true, minutes: 6, commands: [[bin('eslint/bin/eslint.js'), '.']] },
  { name: 'generated', guard: true, minutes: 5, commands: [['tools/generate.mjs', '--check']] },
  {
    name: 'format',
    guard: true,
    minutes: 5,
    commands: [[bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']],
  },
  {
    name: 'types',
    guard: true,
    minutes: 6,
    commands: [
      [bin('typescript/bin/tsc'), '-b'],
      [bin('typescript/bin/tsc'), '-p', 'tsconfig.spec.json'],
    ],
  },
  { name: 'imports', guard: true, minutes: 3, commands: [['tools/lint/imports.mjs']] },
  { name: 'contracts', guard: true, minutes: 2, commands: [['tools/check-contracts.mjs']] },
  { name: 'spec', suite: true, minutes: 5, commands: jest('spec', '--maxWorkers=2') },
  // One more than cores, for tests wait for servers too. A worker that has grown is slow: it makes way for a new one.
  {
    name: 'int-spec',
    suite: true,
    minutes: 18,
    commands: jest('int', '--maxWorkers=3', '--workerIdleMemoryLimit=700MB'),
  },
  { name: 'e2e-spec', suite: true, minutes: 16, commands: jest('e2e', '--runInBand') },
  // docs/proof.md: two faults a round, so that every kind comes in ten.
  {
    name: 'torture',
    minutes: 12,
    commands: [['tools/torture/dist/main.js', '--rounds=10', '--per-round=2', '--every-kind', '--seed=4']],
    note: (output) => /^Faults: (.*)$/m.exec(output)?.[1],
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}: the steps are ${steps.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    for (const child of running) stop(child);
    process.exitCode = 1;
    interrupted = true;
  });
let interrupted = false;

const scratch = mkdtempSync(join(tmpdir(), 'voronka-test-'));
const results = [];
const underWay = new Map();
const secondsSince = (started) => `${((Date.now() - started) / 1000).toFixed(1)} s`;
const live = () => [...underWay].map(([name, started]) => `${name}  ${secondsSince(started)}`).join(', ');
if (process.stdout.isTTY) setInterval(() => process.stdout.write(`\r… ${live()}\u001b[K`), 250).unref();
const wanted = steps.filter(({ name }) => asked.length === 0 || asked.includes(name));
while (wanted.length > 0 && !interrupted) {
  const guards = wanted.findIndex(({ guard }) => !guard);
  const together = wanted.splice(0, guards < 0 ? wanted.length : Math.max(1, guards));
  const lane = async () => {
    for (let step; !interrupted && (step = together.shift());) results.push(await take(step));
  };
  await Promise.all([lane(), lane()]);
  // Without the packages there is nothing to run anything with.
  if (results.some(({ installed }) => !installed)) break;
}
rmSync(scratch, { recursive: true, force: true });
const { passed, failed } = sum(results, interrupted);
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);

/** Runs a step: its commands in turn, all of them even when one fails, within its minutes. */
async function take({ name, suite, minutes, commands, note = () => undefined }) {
  const started = Date.now();
  underWay.set(name, started);
  const report = join(scratch, `${name}.json`);
  const runs = [];
  for (const command of commands)
    runs.push(await run(suite ? [...command, '--json', `--outputFile=${report}`] : command, minutes));
  underWay.delete(name);

  const problems = runs.flatMap(({ problem }) => problem ?? []);
  const said = note(runs.map(({ output }) => output).join('\n'));
  const result = suite
    ? jestResult(report, problems)
    : {
        passed: problems.length > 0 ? 0 : 1,
        failed: problems.length > 0 ? 1 : 0,
        note: said === undefined ? '' : `  ${said}`,
      };
  const start = process.stdout.isTTY ? '\r\u001b[K' : '';
  console.log(`${start}${result.failed > 0 ? '✗' : '✓'} ${name}  ${secondsSince(started)}${result.note}`);
  if (result.failed > 0)
    console.log([...runs.map(({ output }) => output.trimEnd()), ...problems].filter(Boolean).join('\n'));
  return { ...result, installed: runs.every(({ output }) => !output.includes('could not be installed')) };
}

/** Runs Node in a process group of its own; what is over time is stopped, with all that it started. */
function run(args, minutes) {
  const within = Math.max(MINUTE / 4, Math.min(minutes * MINUTE, deadline - Date.now()));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    let output = '';
    let late = false;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const limit = setTimeout(() => {
      late = true;
      stop(child);
    }, within);
    // What outlives the child may hold its output open: that is not waited for.
    child.once('exit', (code, signal) => setTimeout(() => child.emit('close', code, signal), 2000).unref());
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      const problem = late
        ? `It was stopped: it was still running after ${Math.round(within / 1000)} seconds.`
        : code === 0
          ? undefined
          : `It ended with ${signal ?? `exit status ${code}`}.`;
      resolve({ output, problem });
    });
  });
}

/** Asks the child's process group to end, and ends it when it has not after ten seconds. */
function stop(child) {
  const tell = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  tell('SIGTERM');
  setTimeout(() => tell('SIGKILL'), 10_000).unref();
}
