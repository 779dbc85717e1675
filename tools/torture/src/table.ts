import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunReport } from './report.js';
import { type Summary, summaryOf, withTables } from './summary.js';

/**
 * `node tools/torture/dist/table.js [report.json …]`: keeps what is to be kept of these reports in docs/proof/runs.json, and makes the
 * tables of docs/proof.md anew.
 */
const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'docs');
const kept = join(docs, 'proof', 'runs.json');
const document = join(docs, 'proof.md');
const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

const runs = existsSync(kept) ? read<Summary[]>(kept) : [];
// `--breakage all` writes a list.
const added = process.argv.slice(2).flatMap((file) => read<RunReport | RunReport[]>(file));
runs.push(...added.map(summaryOf));
const lines = runs.map((run) => `  ${JSON.stringify(run)}`).join(',\n');
writeFileSync(kept, `[\n${lines}\n]\n`);
writeFileSync(document, withTables(readFileSync(document, 'utf8'), runs));
process.stdout.write(`${added.length} runs added, ${runs.length} in the table\n`);
