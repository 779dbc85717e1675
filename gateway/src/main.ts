import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { debugOnSignal, loggerFor, SettingError, stopOnSignal } from '@voronka/service-kit/process';
import { createGateway } from './gateway.js';
import { gatewaySettings } from './settings.js';

try {
  const settings = gatewaySettings();
  const logger = loggerFor('gateway', settings.logLevel);
  const supergraphSdl = await readFile(new URL('../supergraph.graphql', import.meta.url), 'utf8');
  const gateway = await createGateway(settings, supergraphSdl, logger);

  debugOnSignal(logger);
  stopOnSignal(() => gateway.close(), settings.drainSeconds + settings.graceSeconds, logger);
  logger.info({ url: await gateway.listen() }, 'The gateway takes requests');
} catch (error) {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof SettingError) console.error(error.message);
  else if (code === 'EADDRINUSE') console.error(`Port ${port} is in use. Set PORT to a free one.`);
  else if (code === 'ENOENT') console.error('There is no gateway/supergraph.graphql. Make it with npm run generate.');
  else console.error(error);
  process.exit(1);
}
