import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Connection } from './connection.js';

let server: Server;
afterEach(() => void server.close());

/** A server that answers each question in its own way; answers a connection to it. */
async function answering(answer: Parameters<typeof createServer>[1]): Promise<Connection> {
  server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Connection(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
}

describe('a kept connection', () => {
  it('asks one after the other, and reads answers that come in pieces', async () => {
    const sockets = new Set();
    const connection = await answering((request, response) => {
      sockets.add(request.socket);
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const answer = `${request.headers.authorization} ${body} ${'é'.repeat(100_000)}`;
        response.setHeader('content-length', Buffer.byteLength(answer)).end(answer);
      });
    });
    const answers = [await connection.ask('{"n":1}', 'a'), await connection.ask('{"n":"ü"}', 'b')];
    connection.end();
    expect(answers.map((answer) => answer.replace(/é+/, ''))).toEqual(['Bearer a {"n":1} ', 'Bearer b {"n":"ü"} ']);
    expect(answers.map(({ length }) => length)).toEqual([100_017, 100_019]);
    expect(sockets.size).toBe(1);
  });

  it('says so when it breaks before the answer, and can be asked again', async () => {
    let asked = 0;
    const connection = await answering((request, response) => {
      if ((asked += 1) === 1) request.socket.destroy();
      else response.setHeader('content-length', 2).end('ok');
    });
    await expect(connection.ask('{}', 'a')).rejects.toThrow();
    expect(await connection.ask('{}', 'a')).toBe('ok');
    connection.end();
  });
});
