import { Command } from 'commander';
import { Client, Refused } from './client.js';
import { importAll } from './importer.js';
import { ImportMistake, readMapping } from './mapping.js';

const program = new Command('npm run import --')
  .description('Imports CSV files through the gateway, as a mapping file says.')
  .argument('<mapping>', 'the mapping file (YAML), see tools/import/mappings')
  .option('--data <folder>', 'the folder with the CSV files', '.')
  .option('--url <url>', 'the gateway', process.env['VORONKA_URL'] ?? 'http://127.0.0.1:4000/graphql')
  .option('--email <mail>', 'who imports; an administrator', process.env['VORONKA_EMAIL'] ?? 'admin@voronka.local')
  .addHelpText('after', '\nThe password is read from the environment: VORONKA_PASSWORD.');

async function main(): Promise<number> {
  program.parse();
  const [mappingFile = ''] = program.args;
  const { data, url, email } = program.opts<{ data: string; url: string; email: string }>();
  const password = process.env['VORONKA_PASSWORD'];
  if (!password) throw new ImportMistake('VORONKA_PASSWORD is not set: give the password of the person who imports.');
  const mapping = await readMapping(mappingFile);
  const client = new Client(url, email, password);
  await client.signIn();

  const began = Date.now();
  const { tally, refusedFiles } = await importAll(client, mapping, data, progress());
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const updated = tally.updated > 0 ? `, ${tally.updated} updated` : '';
  process.stdout.write(
    `${tally.created} created, ${tally.unchanged} unchanged${updated}, ${tally.refused} refused in ${seconds} s\n`,
  );
  for (const file of refusedFiles) process.stdout.write(`Refused rows with their reasons: ${file}\n`);
  return tally.refused > 0 ? 1 : 0;
}

/** One line per step, rewritten on a terminal: rows done, rows a second, time left. */
function progress(): (step: string, done: number, total: number) => void {
  let began = Date.now();
  return (step, done, total) => {
    if (done === 0) began = Date.now();
    const rate = Math.round(done / Math.max((Date.now() - began) / 1000, 0.001));
    const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
    const line = `${step}: ${done} of ${total} rows${done > 0 ? `, ${rate} a second, ${left} s left` : ''}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}${done >= total ? '\n' : ''}`);
    else if (done >= total) process.stdout.write(`${line}\n`);
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  const expected = error instanceof ImportMistake || error instanceof Refused;
  process.stderr.write(`${expected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 2;
}
