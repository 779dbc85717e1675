import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. Tokens and passwords never reach a log: nothing here logs headers, variables or answers. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { service: 'gateway' }, timestamp: pino.stdTimeFunctions.isoTime });
}

/** Nest's own words, in the same log: what it says in passing at debug, its warnings and errors as they are. */
export function nestLogger(logger: Logger): LoggerService {
  const facts = (rest: unknown[]) => ({ context: rest.at(-1) });
  return {
    log: (message, ...rest) => logger.debug(facts(rest), String(message)),
    debug: (message, ...rest) => logger.debug(facts(rest), String(message)),
    verbose: (message, ...rest) => logger.trace(facts(rest), String(message)),
    warn: (message, ...rest) => logger.warn(facts(rest), String(message)),
    error: (message, ...rest) => logger.error({ ...facts(rest), stack: rest[0] }, String(message)),
  };
}
