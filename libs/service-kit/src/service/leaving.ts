import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Milliseconds in which those who ask often come by and are told; what is idle longer is closed while nobody uses it. */
const TOLD_MS = 500;

/**
 * Has those who keep connections to a server give them up before it closes: from the first call on, each answer says that it is the
 * last on its connection. Without this a request that comes on a kept connection while the server closes is lost. The call
 * ends when the server may close. It is to be made before the server listens.
 */
export function leaving(fastify: FastifyInstance): () => Promise<void> {
  let left = false;
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (left) reply.raw.setHeader('connection', 'close');
    done();
  });
  return async () => {
    left = true;
    await delay(TOLD_MS);
  };
}
