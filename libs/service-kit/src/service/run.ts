import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '@voronka/messaging';
import type { ServiceDefinition } from './definition.js';
import { mendOf, sentenceOf } from './mend.js';
import { migrate } from './migrate.js';
import { rebuildCommand } from './rebuild.js';
import { callLogger } from './call.js';
import { recallCommand } from './recall.js';
import { refuseWeakSecrets } from './secrets.js';
import { schemaOf, startService, topicsOf, withoutDoor } from './service.js';
import { serviceSettings } from './service.settings.js';
import { SettingError, settingsFrom } from './settings.js';
import { debugOnSignal, stopOnSignal } from './signals.js';

/**
 * A command of a service beside `serve`, `migrate`, `rebuild`, `recall`, `schema` and `topics`: it works on the application,
 * with no door, beside running instances, and ends. What it writes down is published by one of those.
 */
export type Command = (app: INestApplicationContext) => Promise<void>;

/**
 * The whole `main.ts` of a service. `serve` (the default) runs it until SIGTERM or SIGINT; `migrate` brings the database to
 * this version; `rebuild` builds the projections anew beside the running instances; `recall` makes good what a restored database has
 * forgotten; `schema` prints the subgraph's SDL, and
 * `topics` which topics it writes and reads. A wrong setting, or a
 * server that refuses for a reason that is known, ends it with one sentence and status 1.
 */
export async function runService(
  definition: ServiceDefinition,
  commands: Readonly<Record<string, Command>> = {},
): Promise<void> {
  const [command = 'serve', ...args] = process.argv.slice(2);
  try {
    if (command === 'schema') {
      process.stdout.write(await schemaOf(definition));
      process.exit(0);
    }
    if (command === 'topics') {
      process.stdout.write(`${JSON.stringify(await topicsOf(definition))}\n`);
      process.exit(0);
    }
    if (command === 'rebuild') process.exit(await rebuildCommand(definition, args));
    if (command === 'recall') process.exit(await recallCommand(definition));
    if (command === 'migrate') {
      const { DATABASE_URL } = settingsFrom({ DATABASE_URL: serviceSettings.DATABASE_URL });
      await (await migrated(definition, DATABASE_URL)).close();
      return;
    }
    const settings = settingsFrom({ ...serviceSettings, ...definition.settings });
    refuseWeakSecrets(settings);
    const run = commands[command];
    if (command !== 'serve' && !run)
      throw new SettingError(`There is no command ${command}. Use serve, migrate, rebuild, recall, schema or topics.`);
    if (run) {
      const database = await migrated(definition, settings.DATABASE_URL);
      const app = await withoutDoor(definition, database);
      await definition.begin?.(app);
      await run(app);
      await app.close();
      await database.close();
      // What a library has left open must not keep alive a command that is done.
      process.exit(0);
    }
    const logger = callLogger(definition.name, settings.LOG_LEVEL);
    debugOnSignal(logger);
    const service = await startService(definition, settings, { logger });
    stopOnSignal(() => service.stop(), settings.DRAIN_SECONDS + settings.GRACE_SECONDS, logger);
  } catch (error) {
    process.stderr.write(`${whyNot(definition, error)}\n`);
    process.exit(1);
  }
}

async function migrated(definition: ServiceDefinition, url: string): Promise<Database> {
  const database = new Database({ url, max: 2 });
  await migrate(definition, url, database);
  return database;
}

function whyNot({ name }: ServiceDefinition, error: unknown): string {
  if (error instanceof SettingError) return error.message;
  if (mendOf(error)) return `${name} cannot start: ${sentenceOf(error)}`;
  return String((error as Error).stack ?? error);
}
