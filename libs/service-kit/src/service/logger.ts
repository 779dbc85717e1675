import type { LoggerService } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { pino, type Logger } from 'pino';

export type { Logger };

/** One JSON line per event on stdout. No personal data and no secrets go into it: ids only. */
export const loggerFor = (name: string, level: string): Logger =>
  pino({
    name,
    level,
    base: { service: name },
    redact: ['req.headers.authorization', 'headers.authorization', 'password', 'token'],
  });

/** Nest's own messages in the same log; its start-up chatter is debug. */
export const nestLogger = (logger: Logger): LoggerService => ({
  log: (message: unknown) => logger.debug(String(message)),
  warn: (message: unknown) => logger.warn(String(message)),
  // A refusal is an answer, not a fault; its caller has been told.
  error: (message: unknown, ...rest: unknown[]) =>
    message instanceof DomainError
      ? logger.debug({ code: message.code }, message.message)
      : logger.error({ err: message instanceof Error ? message : undefined, rest }, String(message)),
  debug: (message: unknown) => logger.debug(String(message)),
  verbose: (message: unknown) => logger.trace(String(message)),
});
