import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Console } from './console.js';
import { demonstration } from './demo/demonstration.js';
import { sentence } from './failure.js';
import { metricsPort, processNames } from './services.js';
import { type Settings, readSettings } from './settings.js';
import { type RunningSystem, startSystem } from './system.js';

const EXAMPLE =
  '{ me { name } leads(first: 5) { totalCount nodes { personName status nextStep { subject } owner { name } } } }';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const told = new Console(process.stdout);
const stopping = new AbortController();
const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

process.exit(await main());

async function main(): Promise<number> {
  let system: RunningSystem | undefined;
  try {
    const settings = readSettings(process.env, process.argv.slice(2), root);
    system = await startSystem({ settings, root, listener: told, signal: stopping.signal });
    const { email, password } = system.administrator;
    if (password !== null) told.line(`✓ administrator · ${email}, password ${password} (shown this once)`);
    const people = await demonstration(system, settings, told);
    told.rest();
    welcome(system, settings, people);
  } catch (error) {
    told.rest();
    await system?.stop();
    if (stopping.signal.aborted) {
      told.line('Everything is stopped.');
      return 0;
    }
    console.error(sentence(error));
    return 1;
  }
  await stopped;
  told.begin('stopping');
  await system.stop();
  told.rest();
  told.line('Everything is stopped.');
  return 0;
}

function welcome(
  { gatewayUrl, administrator: { email } }: RunningSystem,
  settings: Settings,
  people: string | null,
): void {
  const { dataFolder } = settings;
  const lines = [
    '',
    `Voronka is ready after ${told.elapsed}.`,
    '',
    `  GraphiQL   ${new URL('/', gatewayUrl).href}`,
    `  GraphQL    ${gatewayUrl}`,
    `  Sign in    ${email ?? 'the users of this database'}`,
    ...(people === null ? [] : [`             ${people}`]),
    `  Try        ${EXAMPLE}`,
    ...metrics(settings),
    `  Logs       ${relative(process.cwd(), join(dataFolder, 'logs'))}/<process>.log`,
    '',
    'Ctrl-C stops everything; npm start finds the same data again; npm run reset removes it.',
  ];
  for (const line of lines) told.line(line);
}

/** Where the services are measured: a port each. */
function metrics(settings: Settings): string[] {
  if (settings.metricsPort === undefined) return [];
  if (settings.metricsPort === 0) return ['  Metrics    on a free port of each process, named in its log'];
  const ports = processNames.map((name) => `${name} ${metricsPort(name, settings)}`);
  return [`  Metrics    http://127.0.0.1:<port>/metrics: ${ports.join(', ')}`];
}
