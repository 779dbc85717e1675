import type { ErrorCode } from '@voronka/contracts';
import { errorCodes } from '@voronka/contracts';
import type { GraphQLFormattedError } from 'graphql';

/** Why something was refused, in the words a client sees: a code of the closed list and a sentence that says what to do. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  readonly hint?: string;
}

const closedList: ReadonlySet<string> = new Set(errorCodes);

export function refuse(code: ErrorCode, message: string, more: { field?: string; hint?: string } = {}): Refusal {
  return { code, message, ...more };
}

/** graphql-js guesses what was meant, and so tells names to whoever tries some: in queries, variables and services' answers. */
const withoutGuess = (message: string) => message.replace(/ ?Did you mean [^?]*\?$/, '');

/**
 * Reads any error of the gateway, of Apollo or of a service as a refusal. What is not on the closed list, and is not a
 * fault of the query that the client can mend, becomes INTERNAL and says nothing of its cause.
 */
export function refusalOf({ message: given, extensions }: GraphQLFormattedError): Refusal {
  const error = { message: withoutGuess(given), extensions };
  const { code, field, hint, serviceName } = error.extensions ?? {};
  const fromService = typeof serviceName === 'string';
  if (fromService && field === undefined && (code === 'INVALID_VALUE' || code === 'INVALID_QUERY')) {
    const refusal = ofVariable(error.message) ?? ofLiteral(error.message);
    if (refusal) return refusal;
    // A query that the gateway planned and the service does not understand is our fault.
    if (code === 'INVALID_QUERY') return internal;
  }
  if (typeof code === 'string' && closedList.has(code) && code !== 'INTERNAL') {
    const variable = typeof field === 'string' ? null : variableProblem(error.message);
    return {
      code: code as ErrorCode,
      message: variable?.reason ?? error.message,
      ...(typeof field === 'string' ? { field } : variable ? { field: variable.field } : {}),
      ...(typeof hint === 'string' ? { hint } : {}),
    };
  }
  switch (code) {
    case 'BAD_USER_INPUT':
    case 'GRAPHQL_VALIDATION_FAILED': {
      const refusal = ofVariable(error.message) ?? ofLiteral(error.message);
      if (refusal) return refusal;
      return fromService ? internal : refuse('INVALID_QUERY', error.message);
    }
    case 'GRAPHQL_PARSE_FAILED':
    case 'OPERATION_RESOLUTION_FAILURE':
    case 'BAD_REQUEST':
    case 'PERSISTED_QUERY_NOT_FOUND':
    case 'PERSISTED_QUERY_NOT_SUPPORTED':
    case 'MAX_RECURSIVE_SELECTIONS_EXCEEDED':
      return fromService ? internal : refuse('INVALID_QUERY', error.message);
    default:
      return internal;
  }
}

export const internal = refuse('INTERNAL', 'Something went wrong on our side. Report it with its correlation id.');

/** The error as it goes out: `extensions` holds code, field, hint and correlationId and nothing else. */
export function formatted(
  { code, message, field, hint }: Refusal,
  correlationId?: string,
  where: Pick<GraphQLFormattedError, 'path' | 'locations'> = {},
): GraphQLFormattedError {
  return {
    message,
    ...(where.locations ? { locations: where.locations } : {}),
    ...(where.path ? { path: where.path } : {}),
    extensions: {
      code,
      ...(field === undefined ? {} : { field }),
      ...(hint === undefined ? {} : { hint }),
      ...(correlationId === undefined ? {} : { correlationId }),
    },
  };
}

/** What graphql-js says of a variable that does not fit: `Variable "$input" got invalid value … at "input.lines[0].due"; <reason>`. */
function variableProblem(message: string): { field: string; reason: string } | null {
  const inside = /^Variable "\$\w+" got invalid value [\s\S]* at "([\w.[\]]+)"; ([\s\S]+)$/.exec(message);
  if (inside) return { field: dotted(inside[1]!), reason: inside[2]! };
  const whole = /^Variable "\$(\w+)" got invalid value [\s\S]*?; ([\s\S]+)$/.exec(message);
  if (whole) return { field: whole[1]!, reason: whole[2]! };
  const missing = /^Variable "\$(\w+)" of (?:required|non-null) type "[^"]+" [\s\S]+$/.exec(message);
  return missing ? { field: missing[1]!, reason: message } : null;
}

const dotted = (path: string) => path.replace(/\[(\d+)\]/g, '.$1');

function ofVariable(message: string): Refusal | null {
  const problem = variableProblem(message);
  if (!problem) return null;
  const { field, reason } = problem;
  const unknown = /^Field "([^"]+)" is not defined by type/.exec(reason);
  if (unknown) return refuse('UNKNOWN_FIELD', reason, { field: `${field}.${unknown[1]}` });
  const missing = /^Field "([^"]+)" of required type/.exec(reason);
  if (missing) return refuse('REQUIRED', reason, { field: `${field}.${missing[1]}` });
  if (/of (required|non-null) type|Expected non-nullable type/.test(reason))
    return refuse('REQUIRED', reason, { field });
  return ofKind(reason, field);
}

/** The same for a value that is written in the query itself: graphql-js names the field only where one is unknown or missing. */
function ofLiteral(message: string): Refusal | null {
  const unknown = /^Field "([^"]+)" is not defined by type/.exec(message);
  if (unknown) return refuse('UNKNOWN_FIELD', message, { field: unknown[1]! });
  const missing = /^(?:Field|Argument) "(?:\w+\.)*(\w+)" of (?:required|non-null) type/.exec(message);
  const argument = /argument "(\w+)" of type "[^"]+" is required, but it was not provided/.exec(message);
  const name = missing?.[1] ?? argument?.[1];
  if (name) return refuse('REQUIRED', message, { field: name });
  const invalid =
    /^(?:Expected value of type "|Value (?:"[^"]*" does not exist in|is not an? )|\w+ cannot represent|Argument "\w+" has invalid value)/.test(
      message,
    );
  return invalid ? ofKind(message) : null;
}

const kinds: Readonly<Record<string, { code: ErrorCode; hint: string }>> = {
  DateTime: { code: 'INVALID_DATE', hint: 'Use an instant of RFC 3339 in UTC, such as 2026-03-01T09:30:00Z.' },
  Date: { code: 'INVALID_DATE', hint: 'Use a calendar day, such as 2026-03-01.' },
  SafeInt: { code: 'INVALID_NUMBER', hint: 'Use a whole number between −2^53 and 2^53.' },
  Int: { code: 'INVALID_NUMBER', hint: 'Use a whole number between −2^31 and 2^31.' },
  Float: { code: 'INVALID_NUMBER', hint: 'Use a number.' },
};

/** By the type that graphql-js or a scalar names; the scalar of whole numbers names none. */
function ofKind(reason: string, field?: string): Refusal {
  const named = /(?:type "\[?|^)(\w+)(?:[!"\]]| cannot represent)/.exec(reason)?.[1] ?? '';
  const type = /\bValue is not (?:a number|an integer|a safe integer)/.test(reason) ? 'SafeInt' : named;
  const kind = kinds[type];
  return refuse(kind?.code ?? 'INVALID_VALUE', reason, {
    ...(field === undefined ? {} : { field }),
    ...(kind ? { hint: kind.hint } : {}),
  });
}
