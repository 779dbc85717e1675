import type { LoggerService } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { pino, type DestinationStream, type Logger } from 'pino';
import { mendOf } from './mend.js';

export type { Logger };

/** What of an error is logged beside its name, message and stack. A driver's `detail` quotes values, and so people. */
const harmless = ['code', 'constraint', 'table', 'column', 'severity', 'path', 'serviceName', 'field'];
const secret = ['authorization', 'password', 'token', 'secret'];

/** As pino tells an error, with its causes, what to do about it, and no more of its properties than are known to hold no values. */
function errorFacts(error: unknown): unknown {
  const told = pino.stdSerializers.err(error as Error) as unknown as Record<string, unknown> | undefined;
  if (!told || typeof told !== 'object' || !('stack' in told)) return told;
  told['mend'] = mendOf(error) ?? undefined;
  return Object.fromEntries(
    ['type', 'message', 'mend', 'stack', ...harmless].flatMap((name) =>
      told[name] === undefined ? [] : [[name, told[name]]],
    ),
  );
}

/**
 * One JSON line per event on stdout. No personal data and no secrets go into it: ids only. `about` adds what each line is to
 * carry besides, such as the correlation id of the call.
 */
export const loggerFor = (
  name: string,
  level: string,
  { about = () => ({}), to }: { about?: () => object; to?: DestinationStream } = {},
): Logger =>
  pino(
    {
      name,
      level,
      base: { service: name },
      mixin: about,
      serializers: { err: errorFacts },
      redact: ['', '*.', '*.*.'].flatMap((path) => secret.map((word) => `${path}${word}`)),
    },
    to as DestinationStream,
  );

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
