import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '../src/services.js';

/** What every process of the tiny system runs: healthy at once, and deaf to SIGTERM when DEAF names it. */
const program = `
import { createServer } from 'node:http';
const name = process.argv[1].split('/').at(-3);
if (process.argv[2] === 'first-administrator') {
  console.log(JSON.stringify({ email: 'first@example.org', password: 'told once' }));
  process.exit(0);
}
if (process.env.BROKEN === name) throw new Error('it is broken');
const server = createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, broker: process.env.BROKER_URL })));
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => {
  if (process.env.DEAF === name) return;
  console.log('stopped as told');
  process.exit(0);
});
`;

/** Lays out a checkout whose services and gateway do nothing but live: what the supervisor needs of them, without the rest. */
export function layOutTinyRoot(root: string): void {
  for (const folder of ['gateway', ...serviceNames.map((name) => join('services', name))]) {
    mkdirSync(join(root, folder, 'dist'), { recursive: true });
    writeFileSync(join(root, folder, 'dist', 'main.js'), program);
  }
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
}
