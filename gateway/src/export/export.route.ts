import type { FastifyInstance, FastifyReply } from 'fastify';
import { arrive, tooOften, type Door } from '../door/arrival.js';
import { checkJson } from '../door/body.js';
import { traceparentOf } from '../graph/context.js';
import { searchOf } from '../graph/params.js';
import type { Refusal } from '../graph/refusal.js';
import { refuse } from '../graph/refusal.js';
import { anonymous } from '../identity/asker.js';
import type { Service } from '../services/service.js';

export interface ExportOptions extends Door {
  /** By the name of a list, the service that answers it. */
  readonly lists: ReadonlyMap<string, Service>;
}

/** What taking a list costs beside the point of every request: as much as the dearest document that is answered. */
const POINTS = 100;

/**
 * `/export/<list>.csv?filter=…&orderBy=…`: a list as a whole, passed on as the service streams it. What is refused is
 * answered before the first byte; what breaks later breaks the connection, so that nobody takes a part for the whole.
 */
export function routeExports(app: FastifyInstance, { lists, ...door }: ExportOptions): void {
  app.route<{ Params: { list: string }; Querystring: Record<string, unknown> }>({
    url: '/export/:list(^\\w+).csv',
    method: 'GET',
    exposeHeadRoute: false,
    onRequest: arrive(door, refusedPlainly),
    handler: async ({ params: { list }, arrival, query, headers, ip, url }, reply) => {
      const { asker, correlationId } = arrival!;
      const refuseWith = (status: number, refusal: Refusal) => refusedPlainly(reply, correlationId, status, refusal);
      if (asker === anonymous) return refuseWith(401, signInFirst);
      const service = lists.get(list);
      if (!service) return refuseWith(404, refuse('NOT_FOUND', `There is no list ${list}. Check the name.`));
      for (const [field, json] of Object.entries(query)) {
        const tooMuch = checkJson(Buffer.from(String(json)), 0);
        if (tooMuch) return refuseWith(400, { ...tooMuch, field });
      }
      const taken = await door.rates.take(asker, ip, POINTS);
      void reply.headers(taken.headers);
      if (!taken.allowed) return refuseWith(429, tooOften(taken));

      const traceparent = traceparentOf(headers);
      const answer = await service.take(list, searchOf(url), { asker, correlationId, traceparent });
      if ('refusal' in answer) return refuseWith(answer.status, answer.refusal);
      return reply
        .type('text/csv; charset=utf-8')
        .headers({
          'content-disposition': `attachment; filename="${list}.csv"`,
          'cache-control': 'no-store',
          'x-correlation-id': correlationId,
        })
        .send(answer.stream);
    },
  });
}

const signInFirst = refuse('UNAUTHENTICATED', 'Sign in first, then repeat this with the access token.');

/** A refusal to who asks without GraphQL. */
function refusedPlainly(reply: FastifyReply, correlationId: string, status: number, refusal: Refusal): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return reply
    .code(status)
    .header('x-correlation-id', correlationId)
    .send({ ...refusal, correlationId });
}
