import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { leaving } from './leaving.js';

describe('a server that is about to close', () => {
  it('answers as before, and tells who keeps the connection that this was the last answer on it', async () => {
    const server = fastify();
    const leave = leaving(server);
    server.get('/', () => 'answer');
    server.get('/hijacked', (_request, reply) => {
      void reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/plain' }).end('answer');
    });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const asked = async (path: string) => {
      const answer = await fetch(`${address}${path}`);
      return [await answer.text(), answer.headers.get('connection')];
    };
    expect(await asked('/')).toEqual(['answer', 'keep-alive']);
    const left = leave();
    expect(await asked('/')).toEqual(['answer', 'close']);
    expect(await asked('/hijacked')).toEqual(['answer', 'close']);
    await left;
    await server.close();
  });
});
