import { DomainError } from '@voronka/contracts';
import { context } from '@voronka/messaging';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/** GraphQL's own refusals, in the words of the closed list. */
const ownCodes: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'INVALID_QUERY',
  GRAPHQL_VALIDATION_FAILED: 'INVALID_QUERY',
  BAD_USER_INPUT: 'INVALID_VALUE',
  BAD_REQUEST: 'INVALID_QUERY',
  OPERATION_RESOLUTION_FAILURE: 'INVALID_QUERY',
};

const REPEAT =
  'Try again in a moment. A change may have been done: look before you repeat it. A create with the same id is safe to repeat.';

/** PostgreSQL that goes, has gone or comes (SQLSTATE 57P01 to 57P03), and a connection to it that broke or was not to be had. */
const AWAY =
  /^(57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|CERT_.*|ERR_TLS_CERT.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/;
const BROKEN = /^(Connection terminated|timeout exceeded when trying to connect)/;
/** One whose disk is full, whose memory or connections are used up (53…), or that takes no writes (25006). */
const SHORT = /^(53...|25006)$/;

/** How the log calls it when PostgreSQL is to blame. */
function faultOf(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  const { code, message } = cause as Error & { readonly code?: unknown };
  if (SHORT.test(String(code))) return 'the database cannot do its work';
  return AWAY.test(String(code)) || BROKEN.test(message) ? 'the database is away' : null;
}

/**
 * An error as clients see it: `extensions { code field hint }`. What is not a refusal shows nothing of itself; it is
 * logged under the correlation id that the answer names.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, logger: Logger): GraphQLFormattedError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const { message, path, locations } = formatted;
  const answer = (text: string, extensions: Record<string, unknown>) => ({
    message: text,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions,
  });
  if (cause instanceof DomainError) {
    const { code, field, hint } = cause;
    return answer(cause.message, { code, ...(field && { field }), ...(hint && { hint }) });
  }
  const own = ownCodes[String(formatted.extensions?.['code'])];
  if (own) return answer(message, { code: own });
  const fault = faultOf(cause);
  if (fault) {
    logger.warn({ err: cause, path, correlationId: context.get().correlationId }, fault);
    return answer('A part of this is not available at the moment.', { code: 'UNAVAILABLE', hint: REPEAT });
  }
  logger.error({ err: cause, path, correlationId: context.get().correlationId }, 'an operation failed');
  return answer(
    'Something went wrong on our side. Nothing was changed; try again, and name the correlation id when you report it.',
    { code: 'INTERNAL' },
  );
}
