import type { HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyReply } from 'fastify';
import type { Progress } from './context.js';
import type { Refusal } from './refusal.js';
import { formatted } from './refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once it was refused or given to Apollo. */
    progress?: Progress;
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

/**
 * Refuses a request as a whole. `status` speaks of the request; where it is a document that is refused, and the client
 * takes plain JSON, an answer is 200 as GraphQL over HTTP has it, for a proxy may have put a 400 there itself.
 */
export function refused(
  reply: FastifyReply,
  correlationId: string,
  status: number | 'document',
  refusal: Refusal,
): FastifyReply {
  const type = typeFor(reply.request.headers.accept);
  reply.request.progress = { answered: true, operation: 'none', codes: [refusal.code] };
  void reply.code(status === 'document' ? statusOf(type) : status).header('x-correlation-id', correlationId);
  if (status === 401) void reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return reply.type(type).send(JSON.stringify({ errors: [formatted(refusal, correlationId)] }));
}

/** Sends what Apollo answered; `toDocument`: to a document, not to a request that brought none. */
export function send(
  reply: FastifyReply,
  { status = 200, headers, body }: HTTPGraphQLResponse,
  toDocument: boolean,
): FastifyReply {
  if (body.kind !== 'complete') throw new Error('An answer in parts, which no query of this gateway can ask for');
  for (const [name, value] of headers) void reply.header(name, value);
  const refused = toDocument && status === 400;
  return reply.code(refused ? statusOf(headers.get('content-type')) : status).send(body.string);
}

const statusOf = (type: string | undefined) => (type?.startsWith('application/json') ? 200 : 400);

/** Of the two media types that GraphQL over HTTP knows, the one a client likes better; JSON where it does not say. */
function typeFor(accept = ''): string {
  const likes = accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
    return { type, quality: Number(quality) };
  });
  const best = likes
    .filter(({ type }) => /^(application\/(json|graphql-response\+json|\*)|\*\/\*)$/.test(type))
    .sort((one, other) => other.quality - one.quality)[0];
  return best?.type === 'application/graphql-response+json' ? RESPONSE_TYPE : JSON_TYPE;
}
