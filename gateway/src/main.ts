import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { loggerFor, SettingError } from '@voronka/service-kit/process';
import { createGateway } from './gateway.js';
import { gatewaySettings } from './settings.js';

/** A stop that takes longer than this is not a graceful one any more. */
const STOP_MS = 8_000;

try {
  const settings = gatewaySettings(process.env);
  const logger = loggerFor('gateway', settings.logLevel);
  const supergraphSdl = await readFile(new URL('../supergraph.graphql', import.meta.url), 'utf8');
  const gateway = await createGateway(settings, supergraphSdl, logger);

  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'The gateway stops');
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void gateway
      .leave()
      .then(() => gateway.close())
      .then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  logger.info({ url: await gateway.listen() }, 'The gateway takes requests');
} catch (error) {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof SettingError) console.error(error.message);
  else if (code === 'EADDRINUSE') console.error(`Port ${port} is in use. Set PORT to a free one.`);
  else if (code === 'ENOENT') console.error('There is no gateway/supergraph.graphql. Make it with npm run generate.');
  else console.error(error);
  process.exit(1);
}
