import {
  brokerFrom,
  brokerViewFrom,
  Database,
  REBUILD_SETTINGS,
  RebuildFailure,
  RebuildingBus,
  type Rebuilt,
  type RebuildProgress,
} from '@voronka/messaging';
import type { ServiceDefinition } from './definition.js';
import { loggerFor, type Logger } from './logger.js';
import { schemaAge } from './migrate.js';
import { withoutDoor } from './service.js';
import { serviceSettings, type ServiceSettings } from './service.settings.js';
import { settingsFrom } from './settings.js';

/** Of a service's settings, those that a rebuild needs. A projection depends on no other. */
const { DATABASE_URL, BROKER_URL, TOPIC_PREFIX, LOG_LEVEL } = serviceSettings;
const rebuildSettings = { DATABASE_URL, BROKER_URL, TOPIC_PREFIX, LOG_LEVEL };
export type RebuildSettings = Pick<ServiceSettings, keyof typeof rebuildSettings>;

export interface RebuildAround {
  readonly tell: (progress: RebuildProgress) => void;
  /** Ends it, with nothing changed. */
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

/**
 * Builds the service's projections anew from the topics while its instances go on, and puts them in the place of the
 * present ones. Throws RebuildFailure, with nothing changed, where that cannot be.
 */
export async function rebuildProjections(
  definition: ServiceDefinition,
  settings: RebuildSettings,
  { tell, signal, logger = loggerFor(definition.name, 'silent') }: RebuildAround,
): Promise<Rebuilt> {
  const { name } = definition;
  const clientId = `voronka-${name}-rebuild`;
  const options = { clientId, topicPrefix: settings.TOPIC_PREFIX, logger };
  const database = new Database({
    url: settings.DATABASE_URL,
    max: 4,
    applicationName: clientId,
    settings: REBUILD_SETTINGS,
    onError: (err) => logger.warn({ err }, 'a database connection broke'),
  });
  const broker = brokerFrom(settings.BROKER_URL, options);
  const view = brokerViewFrom(settings.BROKER_URL, options);
  try {
    await requireDatabase(definition, database);
    const bus = new RebuildingBus({ service: name, database, broker, view, logger });
    // Never initialised: what a service does by itself, such as to remind people, is not for this process.
    const app = await withoutDoor(definition, database, logger);
    bus.attachTo(app);
    await app.startAllMicroservices();
    return await bus.rebuild(tell, signal);
  } finally {
    await broker.close();
    await view.close();
    await database.close();
  }
}

/**
 * The command `rebuild` of a service, with `--json` for programs: a line a second on how far it is, and a last one when it
 * is done. SIGINT and SIGTERM end it cleanly. Answers the exit status: 0 done, 1 not done and a sentence why, 2 for wrong
 * arguments.
 */
export async function rebuildCommand(definition: ServiceDefinition, args: readonly string[]): Promise<number> {
  const json = args.length === 1 && args[0] === '--json';
  const complain = (sentence: string) => process.stderr.write(`${sentence}\n`);
  if (args.length > 0 && !json) {
    complain(
      `rebuild knows no ${args.find((arg) => arg !== '--json') ?? 'second --json'}: it takes --json or nothing.`,
    );
    return 2;
  }
  const settings = settingsFrom(rebuildSettings);
  const { name: service } = definition;
  const say = (facts: object, text: string) =>
    process.stdout.write(`${json ? JSON.stringify({ service, ...facts }) : `${service}: ${text}`}\n`);
  const stopping = new AbortController();
  // A terminal sends its signal to npm as well, which passes it on: it may come twice.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  try {
    const done = await rebuildProjections(definition, settings, {
      tell: (progress) => say({ state: 'under way', ...progress }, showProgress(progress)),
      signal: stopping.signal,
    });
    say({ state: 'done', ...done }, showDone(done));
    return 0;
  } catch (error) {
    if (!(error instanceof RebuildFailure)) throw error;
    complain(error.uncertain ? error.message : `${error.message} Nothing was changed.`);
    return 1;
  }
}

const count = (n: number) => n.toLocaleString('en');

const showProgress = ({ taken, known, perSecond, waitsFor }: RebuildProgress) =>
  `${count(taken)} of ${count(known)} messages${perSecond > 0 ? `, ${count(perSecond)} a second` : ''}${waitsFor ? `; waits for ${waitsFor}` : ''}`;

const showDone = ({ tables, messages, seconds, switchMilliseconds }: Rebuilt) =>
  `rebuilt ${tables.join(', ')} from ${count(messages)} messages in ${seconds.toFixed(1)} s; the service took nothing in for ${switchMilliseconds} ms of it.`;

async function requireDatabase(definition: ServiceDefinition, database: Database): Promise<void> {
  const age = await schemaAge(definition, database).catch((error: Error) => {
    throw new RebuildFailure(
      `The database does not answer (${error.message || String(error)}): see that it runs and that DATABASE_URL is right.`,
    );
  });
  if (age === 'none' || age === 'older')
    throw new RebuildFailure(
      `The database of ${definition.name} has ${age === 'none' ? 'no tables of ours' : 'an older schema than this version'}: start the service in this version first.`,
    );
  if (age === 'newer')
    throw new RebuildFailure(
      `The database of ${definition.name} has a newer schema than this version: rebuild with the version that runs.`,
    );
}
