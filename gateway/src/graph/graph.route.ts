import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessTokens } from '../identity/access-tokens.js';
import type { Logger } from '@voronka/service-kit/process';
import type { GatewayContext } from './context.js';
import { correlationIdOf, traceparentOf } from './context.js';
import { headerMapOf, withCorrelationId } from './graph.server.js';
import type { DocumentGate } from './limits.js';
import type { Refusal } from './refusal.js';
import { formatted, internal, refuse } from './refusal.js';

export interface RouteOptions {
  readonly server: ApolloServer<GatewayContext>;
  readonly accessTokens: AccessTokens;
  readonly documents: DocumentGate;
  readonly bodyBytes: number;
  readonly logger: Logger;
}

/**
 * `/graphql`. Before Apollo sees a request it has a correlation id, an asker who has proved himself or is nobody, and a
 * document of bearable size. Every answer is JSON with errors of one shape, also to a body that cannot be read.
 */
export function routeGraph(app: FastifyInstance, options: RouteOptions): void {
  const { server, accessTokens, documents, bodyBytes, logger } = options;
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    bodyLimit: bodyBytes,
    errorHandler: (error, request, reply) => {
      const correlationId = correlationIdOf(request.headers);
      const { status, refusal } = unreadable(error, bodyBytes);
      if (status === 500) logger.error({ correlationId, err: error }, 'A request failed');
      void refused(reply, correlationId, status, refusal);
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const correlationId = correlationIdOf(request.headers);
      if (wantsPage(request)) return reply.redirect('/');
      const asker = await accessTokens.read(request.headers.authorization);
      if ('code' in asker) return refused(reply, correlationId, 401, asker);
      const query = queryOf(request);
      const refusal = query === null ? null : documents.check(query);
      if (refusal) return refused(reply, correlationId, 400, refusal);

      const progress = { answered: false };
      const traceparent = traceparentOf(request.headers);
      const response = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: headerMapOf(request.headers),
          search: searchOf(request.url),
          body: request.body,
        },
        context: async () => ({ asker, correlationId, traceparent, writes: false, progress }),
      });
      const { status, headers, body } = progress.answered ? response : withCorrelationId(response, correlationId);
      for (const [name, value] of headers) void reply.header(name, value);
      void reply.code(status ?? 200).header('x-correlation-id', correlationId);
      if (body.kind === 'complete') return reply.send(body.string);
      throw new Error('An answer in parts, which no query of this gateway can ask for');
    },
  });
}

/** A person who opens the address in a browser is shown the page for queries. */
function wantsPage(request: FastifyRequest): boolean {
  const search = searchOf(request.url);
  return request.method === 'GET' && search === '' && (request.headers.accept ?? '').includes('text/html');
}

function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

function queryOf(request: FastifyRequest): string | null {
  if (request.method === 'GET') return new URLSearchParams(searchOf(request.url)).get('query');
  const body = request.body as { query?: unknown } | null | undefined;
  return typeof body?.query === 'string' ? body.query : null;
}

function refused(reply: FastifyReply, correlationId: string, status: number, refusal: Refusal): FastifyReply {
  void reply.code(status).header('x-correlation-id', correlationId);
  if (status === 401) void reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return reply.type('application/json').send(JSON.stringify({ errors: [formatted(refusal, correlationId)] }));
}

/** What Fastify could not read, by its own codes. */
function unreadable(error: unknown, bodyBytes: number): { status: number; refusal: Refusal } {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const mib = Math.floor(bodyBytes / 1024 / 1024);
    return { status: 413, refusal: refuse('REQUEST_TOO_LARGE', `Send at most ${mib} MiB at a time.`) };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { status: 415, refusal: refuse('INVALID_QUERY', 'Send the query as JSON, content-type application/json.') };
  }
  if (statusCode !== undefined && statusCode < 500) {
    return { status: statusCode, refusal: refuse('INVALID_QUERY', 'The body of the request is not readable JSON.') };
  }
  return { status: 500, refusal: internal };
}
