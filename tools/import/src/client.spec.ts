import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from './client.js';

describe('the client of an import', () => {
  let gateway: Server;
  let asked = 0;

  beforeAll(async () => {
    gateway = createServer((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': '0' }).end('{"errors":[]}');
      else response.writeHead(200).end('{"data":{"me":{"id":"u1"}}}');
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    gateway.closeAllConnections();
    gateway.close();
  });

  it('waits when it has asked too much within a minute, and asks again', async () => {
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/graphql`;
    const client = new Client(url, 'anna@crm.example', 'secret');
    expect(await client.ask('{ me { id } }')).toEqual({ me: { id: 'u1' } });
    expect(asked).toBe(2);
  });
});
