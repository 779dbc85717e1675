import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Installs the dependencies when they are missing or not those of package-lock.json, then builds what changed. Needs nothing but Node and npm. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NODE[0] || (major === NODE[0] && minor < NODE[1]))
  fail(`Node here is ${process.versions.node}: install ${NODE.join('.')} or newer, such as the current LTS.`);

if (!installed()) {
  const npm = process.env.npm_execpath;
  const [file, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  await step('dependencies', file, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], (said) => {
    const why =
      said.match(/npm (?:error|ERR!) (?!code|errno|syscall|address|port|A complete log)(.+)/)?.[1] ??
      said.trim().split('\n').pop();
    return `The dependencies could not be installed (${why}): see that npm reaches its registry, then run npm ci.`;
  });
}

await step('build', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], (said) => {
  const [first = ''] = said.split('\n');
  return `The sources do not compile (${first}): npx tsc -b shows it all.`;
});

/** npm keeps beside the packages what it installed; every package that the lock demands has to be there in its version. */
function installed() {
  const hidden = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const present = read(hidden);
  return Object.entries(read(join(root, 'package-lock.json'))).every(
    ([path, { version, link, optional, peer }]) =>
      !path.startsWith('node_modules/') ||
      link ||
      ((optional || peer) && !present[path]) ||
      present[path]?.version === version,
  );
}

/** Runs a program with one live line on the console, and its output only in the sentence that says why it failed. */
function step(what, file, args, explain) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const live = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`\r… ${what}  ${seconds()}\u001b[K`), 200)
    : undefined;
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    child.once('error', (error) => fail(explain(error.message)));
    child.once('close', (code) => {
      clearInterval(live);
      if (live) process.stdout.write('\r\u001b[K');
      if (code !== 0) fail(explain(said));
      console.log(`✓ ${what}  ${seconds()}`);
      resolve();
    });
  });
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
