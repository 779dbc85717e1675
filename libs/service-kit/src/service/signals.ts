import type { Logger } from 'pino';

/**
 * Ends the process at SIGTERM or SIGINT: once `stop` has ended, with status 0, or when that has not come within so many
 * seconds, with status 1. A second signal ends it at once.
 */
export function stopOnSignal(stop: () => Promise<void>, seconds: number, logger: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      setTimeout(() => {
        logger.error({ seconds }, 'what was under way did not end in time');
        process.exit(1);
      }, seconds * 1000).unref();
      stop().then(
        () => process.exit(0),
        (err: unknown) => {
          logger.error({ err }, 'it did not stop cleanly');
          process.exit(1);
        },
      );
    });
}

/** At SIGUSR2 the log tells what `debug` does, and at the next one what it was set to; where that is as much, `info` in between. */
export function debugOnSignal(logger: Logger): void {
  const usual = logger.level;
  const other = ['debug', 'trace'].includes(usual) ? 'info' : 'debug';
  process.on('SIGUSR2', () => {
    logger.level = logger.level === usual ? other : usual;
    logger.info({ now: logger.level }, 'log level');
  });
}
