import type { INestApplicationContext } from '@nestjs/common';
import { Database } from '@voronka/messaging';
import type { ServiceDefinition } from './definition.js';
import { loggerFor } from './logger.js';
import { migrate } from './migrate.js';
import { rebuildCommand } from './rebuild.js';
import { refuseWeakSecrets } from './secrets.js';
import { schemaOf, startService, topicsOf } from './service.js';
import { serviceSettings, SettingError, settingsFrom } from './settings.js';

/** A command of a service beside `serve`, `migrate`, `rebuild`, `schema` and `topics`: it works on the application and ends. */
export type Command = (app: INestApplicationContext) => Promise<void>;

/**
 * The whole `main.ts` of a service. `serve` (the default) runs it until SIGTERM or SIGINT; `migrate` brings the database to
 * this version; `rebuild` builds the projections anew beside the running instances; `schema` prints the subgraph's SDL, and
 * `topics` which topics it writes and reads. A wrong setting ends it with one sentence and status 1.
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
    const settings = settingsFrom({ ...serviceSettings, ...definition.settings });
    refuseWeakSecrets(settings);
    if (command === 'migrate') {
      const database = new Database({ url: settings.DATABASE_URL, max: 2 });
      await migrate(definition, settings.DATABASE_URL, database);
      await database.close();
      return;
    }
    const run = commands[command];
    if (command !== 'serve' && !run)
      throw new SettingError(`There is no command ${command}. Use serve, migrate, rebuild, schema or topics.`);
    if (run) {
      // What a command prints is its answer; the log keeps out of it.
      const logger = loggerFor(definition.name, 'silent');
      const service = await startService(definition, { ...settings, PORT: 0, METRICS_PORT: undefined }, { logger });
      await run(service.app);
      await service.stop();
      // What a library has left open must not keep alive a command that is done.
      process.exit(0);
    }
    const service = await startService(definition, settings);
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(
        signal,
        () =>
          void service
            .leave()
            .then(() => service.stop())
            .finally(() => process.exit(0)),
      );
  } catch (error) {
    process.stderr.write(
      `${error instanceof SettingError ? error.message : String((error as Error).stack ?? error)}\n`,
    );
    process.exit(1);
  }
}
