import { createServer, type Server, type Socket, connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Link } from './link.js';

const portOf = (server: Server): number => (server.address() as { port: number }).port;
const listening = async (server: Server): Promise<Server> => {
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return server;
};

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));

describe('a faulty link', () => {
  let echo: Server;
  let link: Link;
  const clients: Socket[] = [];

  const client = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: link.port });
    socket.on('error', () => undefined);
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const said = async (socket: Socket, length: number): Promise<string> => {
    let text = '';
    while (text.length < length) text += String((await once(socket, 'data'))[0]);
    return text;
  };

  beforeEach(async () => {
    echo = await listening(createServer((socket) => socket.on('error', () => undefined).pipe(socket)));
    const free = await listening(createServer());
    link = new Link(portOf(free), portOf(echo));
    await new Promise((resolve) => free.close(resolve));
    await link.open();
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await link.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  it('hands on what is said, both ways', async () => {
    const socket = await client();
    socket.write('hello');
    expect(await said(socket, 5)).toBe('hello');
  });

  it('holds one direction and then lets everything through in its order', async () => {
    const socket = await client();
    const end = link.begin({ owner: null, hold: 'response' });
    socket.write('one ');
    const answered = said(socket, 8);
    setTimeout(() => socket.write('two '), 20);
    setTimeout(end, 60);
    expect(await answered).toBe('one two ');
  });

  it('is late by the delay and keeps the order when the delay ends in between', async () => {
    const socket = await client();
    const end = link.begin({ owner: null, delay: 40 });
    const began = Date.now();
    socket.write('slow ');
    const answered = said(socket, 9);
    setTimeout(() => {
      end();
      socket.write('fast');
    }, 10);
    expect(await answered).toBe('slow fast');
    expect(Date.now() - began).toBeGreaterThanOrEqual(39);
  });

  it('ends a connection instead of handing a response on, so many times', async () => {
    link.begin({ owner: null, dropResponses: 1 });
    const first = await client();
    first.write('lost');
    await closed(first);
    const second = await client();
    second.write('kept');
    expect(await said(second, 4)).toBe('kept');
  });

  it('hurts only the connections of the service it is told', async () => {
    const [leads, deals] = [await client(), await client()];
    leads.write('voronka_leads');
    deals.write('voronka-deals');
    await Promise.all([said(leads, 13), said(deals, 13)]);
    expect(link.cut('deals')).toBe(1);
    await closed(deals);
    leads.write('on');
    expect(await said(leads, 2)).toBe('on');
  });
});
