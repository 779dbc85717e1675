/**
 * Writes what is generated from the code and committed: the events' JSON Schemas and AsyncAPI document, the subgraphs'
 * SDL and the supergraph. With --check it writes nothing and names the files that are not what the code says.
 * It reads what was built: run `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { contractFiles } from './contracts.mjs';
import { driftIn, writeInto } from './generated.mjs';

const check = process.argv.includes('--check');
const folder = 'libs/contracts/generated';
const root = join(import.meta.dirname, '..');

const drift = (check ? driftIn : writeInto)(join(root, folder), contractFiles()).map((path) => `${folder}/${path}`);
for (const file of drift) console[check ? 'error' : 'log'](`${check ? 'not what the code says: ' : 'wrote '}${file}`);
if (check && drift.length > 0) {
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}
try {
  execFileSync(process.execPath, [join(root, 'tools/schema.mjs'), ...(check ? ['--check'] : [])], { stdio: 'inherit' });
} catch {
  process.exitCode = 1;
}
