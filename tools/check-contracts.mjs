/**
 * `npm run contracts:check`: whether the present declarations keep what the last release of the contracts promised; names
 * event, rule and path of each break and ends with status 1. `npm run contracts:release` (with --release) writes the
 * present declarations as the released ones, unless they break the former: there is no way round but a new version.
 * It reads what was built: run `npm run build` first.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeInto } from './generated.mjs';
import { breaksOf, declaredContracts, filesOf, readContracts } from './released.mjs';

const folder = 'libs/contracts/released';
const root = join(import.meta.dirname, '..');

const releasing = process.argv.includes('--release');
const present = declaredContracts();
const first = releasing && !existsSync(join(root, folder));
const released = first ? { topics: {}, events: {} } : readContracts(join(root, folder));
const breaks = breaksOf(released, present);
for (const { of, rule, path, says } of breaks) console.error(`${of}: ${rule} at ${path}: ${says}`);
if (breaks.length > 0) {
  console.error(
    'Within a version only optional properties may be added: declare a new version with `nextVersion`. ' +
      'The rules stand in tools/compatibility.mjs.',
  );
  process.exitCode = 1;
} else if (releasing) {
  for (const path of writeInto(join(root, folder), filesOf(present))) console.log(`wrote ${folder}/${path}`);
} else {
  const [events, topics] = [released.events, released.topics].map((all) => Object.keys(all).length);
  console.log(`${events} released versions of events on ${topics} topics are kept`);
}
