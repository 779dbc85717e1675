import type { FastifyReply, FastifyRequest } from 'fastify';
import { correlationIdOf } from '../graph/context.js';
import type { Refusal } from '../graph/refusal.js';
import { refuse } from '../graph/refusal.js';
import { refused } from '../graph/answer.js';
import type { AccessTokens } from '../identity/access-tokens.js';
import { apiKeyIn, type ApiKeys } from '../identity/api-keys.js';
import { anonymous, type Asker } from '../identity/asker.js';
import type { Rates, Taken } from './rates.js';

/** What is known of a request before its body is read. */
export interface Arrival {
  readonly correlationId: string;
  readonly asker: Asker;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the request has been let in. */
    arrival?: Arrival;
  }
}

/** How a refusal is said. */
type RefuseWith = (reply: FastifyReply, correlationId: string, status: number, refusal: Refusal) => FastifyReply;

/** By what the gateway knows who comes, and how much he has asked. */
export interface Door {
  readonly accessTokens: AccessTokens;
  readonly apiKeys: ApiKeys;
  readonly rates: Rates;
}

/**
 * Lets a request in, before its body is read: an asker who has proved himself or is nobody, with a point left to spend.
 * A token or key that proves nobody is paid for by the address it came from.
 */
export function arrive({ accessTokens, apiKeys, rates }: Door, refuseWith: RefuseWith = refused) {
  const read = async ({ headers, ip }: FastifyRequest, correlationId: string) => {
    const key = apiKeyIn(headers.authorization);
    if (key === null) return accessTokens.read(headers.authorization);
    // Identity is not troubled for an address that has guessed too often.
    return (await rates.spent(ip)) ? guessedOut : apiKeys.read(key, ip, correlationId);
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const correlationId = correlationIdOf(request.headers);
    const asker = await read(request, correlationId);
    const nobody = 'code' in asker;
    const taken = await rates.take(nobody ? null : asker, request.ip, 1);
    void reply.headers(taken.headers);
    if (!taken.allowed) return refuseWith(reply, correlationId, 429, tooOften(taken));
    if (nobody) return refuseWith(reply, correlationId, asker.code === 'UNAUTHENTICATED' ? 401 : 503, asker);
    if (asker === anonymous && !isSmall(request)) {
      return refuseWith(reply.header('connection', 'close'), correlationId, 413, tooLargeForStrangers);
    }
    request.arrival = { correlationId, asker };
    return undefined;
  };
}

const guessedOut = refuse('UNAUTHENTICATED', 'This API key was not looked at: too much was asked from this address.');

/** Enough to sign in, and to learn the schema where strangers may. */
const STRANGER_KIB = 64;
const tooLargeForStrangers = refuse(
  'REQUEST_TOO_LARGE',
  `Sign in first: who is not signed in may send ${STRANGER_KIB} KiB at a time, of a length told beforehand.`,
);

/** By what the headers say; Node reads no more than that. */
function isSmall({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= STRANGER_KIB * 1024;
}

export function tooOften({ wait }: Taken) {
  const message = `You have asked too much within a minute. Ask again in ${wait} s.`;
  return refuse('RATE_LIMITED', message, { hint: 'The header RateLimit says what is left.' });
}
