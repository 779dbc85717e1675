import type { ApolloServer } from '@apollo/server';
import type { Logger, Requests } from '@voronka/service-kit/process';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentGate } from '../document/gate.js';
import { notTrusted } from '../document/trusted-documents.js';
import { arrive, tooOften, type Door } from '../door/arrival.js';
import { readBodies, RefusedBody } from '../door/body.js';
import { anonymous } from '../identity/asker.js';
import { refused, send } from './answer.js';
import type { GatewayContext, Progress } from './context.js';
import { correlationIdOf } from './context.js';
import type { Arrivals } from './trace.js';
import { headerMapOf, withCorrelationId } from './graph.server.js';
import type { Params } from './params.js';
import { paramsOf, plainOf, searchOf, withQuery } from './params.js';
import type { Refusal } from './refusal.js';
import { internal, refuse } from './refusal.js';
import type { Repeats } from './repeats.js';

export interface RouteOptions extends Door {
  readonly server: ApolloServer<GatewayContext>;
  readonly repeats: Repeats;
  readonly gate: DocumentGate;
  /** Whether strangers may ask for the schema. */
  readonly introspection: boolean;
  readonly bodyBytes: number;
  readonly requestTimeoutMs: number;
  readonly requests: Requests;
  readonly traced: Arrivals;
  readonly logger: Logger;
}

/**
 * `/graphql`. Before Apollo sees a request it has a correlation id, an asker who has proved himself or is nobody, points
 * to spend, and a document of bearable size and cost. Every answer is JSON with errors of one shape, also to a body that
 * cannot be read.
 */
export function routeGraph(app: FastifyInstance, options: RouteOptions): void {
  const { server, repeats, rates, gate, introspection, bodyBytes, requestTimeoutMs, requests, traced, logger } =
    options;
  readBodies(app);
  const letIn = arrive(options);
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    bodyLimit: bodyBytes,
    onRequest: async (request, reply) => (wantsPage(request) ? reply.redirect('/') : letIn(request, reply)),
    onResponse: ({ progress }, { elapsedTime }, done) => {
      if (progress) requests.answered(progress.operation, elapsedTime / 1000, progress.codes);
      done();
    },
    errorHandler: (error, request, reply) => {
      const correlationId = request.arrival?.correlationId ?? correlationIdOf(request.headers);
      const { status, refusal } = unreadable(error, bodyBytes);
      if (status === 500) logger.error({ correlationId, err: error }, 'A request failed');
      void refused(reply, correlationId, status, refusal);
    },
    handler: async (request, reply) => {
      const { asker, correlationId } = request.arrival!;
      const params = paramsOf(request);
      const query = params.query ?? gate.trusted?.textOf(params.documentId ?? '') ?? null;
      if (await refusedDocument(request, reply, query, params)) return reply;

      const progress: Progress = { answered: false, operation: 'none', codes: [] };
      request.progress = progress;
      const client = { address: request.ip, userAgent: request.headers['user-agent'] ?? null };
      const { traceparent, span } = traced.arrive(request.headers, asker);
      const deadline = Date.now() + requestTimeoutMs;
      const context = { asker, client, correlationId, traceparent, deadline, writes: false, progress };
      void reply.header('x-correlation-id', correlationId);
      const { accept } = request.headers;
      const plain = plainOf(request, query);
      const repeated = plain && (await repeats.answer({ ...plain, accept }, context));
      if (repeated && 'text' in repeated) {
        span?.end(undefined, progress.name);
        return reply.type(repeated.type).send(repeated.text);
      }
      const asked = {
        method: request.method,
        headers: headerMapOf(request.headers),
        search: searchOf(request.url),
        body: request.body,
      };
      const response = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: params.query === null && query !== null ? withQuery(asked, query) : asked,
        context: async () => ({ ...context, ...repeated }),
      });
      span?.end(progress.codes[0], progress.name);
      const { answered } = progress;
      const { status = 200 } = response;
      if (answered && status === 200 && progress.codes.length === 0)
        repeats.keepType(accept, response.headers.get('content-type'));
      return send(reply, answered ? response : withCorrelationId(response, correlationId), answered && query !== null);
    },
  });

  /** Whether a document was refused, and the reply sent. */
  async function refusedDocument(
    request: FastifyRequest,
    reply: FastifyReply,
    query: string | null,
    { variables, documentId }: Params,
  ): Promise<boolean> {
    const { asker, correlationId } = request.arrival!;
    const refuseWith = (refusal: Refusal, status: number | 'document' = 'document') =>
      Boolean(refused(reply, correlationId, status, refusal));
    if (query === null) return gate.trusted !== null && documentId !== null && refuseWith(notTrusted);
    const { refusal, points, introspects } = gate.judge(query, variables);
    if (refusal) return refuseWith(refusal);
    if (introspects && !introspection && asker === anonymous) return refuseWith(signInForSchema);
    if (points === 0) return false;
    const taken = await rates.take(asker, request.ip, points);
    void reply.headers(taken.headers);
    return !taken.allowed && refuseWith(tooOften(taken), 429);
  }
}

const signInForSchema = refuse('UNAUTHENTICATED', 'Only who is signed in may ask for the schema. Sign in with signIn.');

/** A person who opens the address in a browser is shown the page for queries. */
function wantsPage(request: FastifyRequest): boolean {
  const search = searchOf(request.url);
  return request.method === 'GET' && search === '' && (request.headers.accept ?? '').includes('text/html');
}

/** What Fastify could not read, by its own codes. */
function unreadable(error: unknown, bodyBytes: number): { status: number; refusal: Refusal } {
  if (error instanceof RefusedBody) return { status: 400, refusal: error.refusal };
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
