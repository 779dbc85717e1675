import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import { pino } from 'pino';
import request from 'supertest';
import { composeSupergraph } from '../../tools/compose-supergraph.mjs';
import type { Gateway } from '../src/gateway.js';
import { createGateway } from '../src/gateway.js';
import { accessToken, internal, usual } from './organisation.js';

const { supergraphSdl } = composeSupergraph({
  deals: `type Query { deals(first: Int): DealConnection!, dealCount: Int }
          type DealConnection { nodes: [Deal!]! } type Deal { id: ID! }`,
  leads: `type Query { leads(first: Int): LeadConnection! }
          type LeadConnection { nodes: [Lead!]! } type Lead { id: ID! }`,
});

/** Stands for every service: what it answers, each test says. */
const service = createServer((asked, response) => void answering(asked, response));
let answering: (asked: IncomingMessage, response: ServerResponse) => void;
const csv = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' });

let gateway: Gateway;
let url: string;
let person: { authorization: string };

beforeAll(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  person = { authorization: `Bearer ${await accessToken()}` };
});
afterAll(() => void service.close());
beforeEach(async () => {
  answering = (_, response) => void csv(response).end('id\r\nd1\r\n');
  gateway = await createGateway(
    {
      ...usual,
      rates: { person: 250, anonymous: 10 },
      requestTimeoutMs: 300,
      serviceUrl: (name) => new URL(`http://127.0.0.1:${(service.address() as AddressInfo).port}/${name}/graphql`),
    },
    supergraphSdl,
    pino({ level: 'silent' }),
  );
  url = await gateway.listen();
});
afterEach(async () => {
  service.closeAllConnections();
  await gateway.close();
});

const take = (path: string, headers: Record<string, string> = person) => request(url).get(path).set(headers);
async function begun(path: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(new URL(path, url), { headers: person }), 'response')) as [IncomingMessage];
  return answer;
}

describe('A list taken at the gateway', () => {
  it('is asked of the service whose list it is, in the name of who asks', async () => {
    const asked: IncomingMessage[] = [];
    answering = (incoming, response) => {
      asked.push(incoming);
      csv(response).end('id\r\nl1\r\n');
    };
    const filter = encodeURIComponent('{"status":{"eq":"NEW"}}');
    const answer = await take(`/export/leads.csv?filter=${filter}`).expect(200);
    expect(answer.text).toBe('id\r\nl1\r\n');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="leads.csv"',
      'cache-control': 'no-store',
      'x-correlation-id': asked[0]!.headers['x-correlation-id'],
    });
    expect(asked[0]!.url).toBe(`/leads/export/leads?filter=${filter}`);
    const token = asked[0]!.headers.authorization!.slice('Bearer '.length);
    expect((await jwtVerify(token, internal.publicKey, { audience: 'leads' })).payload).toMatchObject({ sub: 'u1' });
  });

  it('is passed on while the service still reads it', async () => {
    let rest: ServerResponse;
    answering = (_, response) => {
      rest = csv(response);
      rest.write('id\r\n');
    };
    const answer = await begun('/export/deals.csv');
    const chunks = answer[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('id\r\n');
    rest!.end('d1\r\n');
    expect(String((await chunks.next()).value)).toBe('d1\r\n');
  });

  it.each([
    ['breaks', (response: ServerResponse) => void response.destroy()],
    ['falls silent', () => {}],
  ])('is no whole file where the service %s half-way', async (_, then) => {
    answering = (__, response) => csv(response).write('id\r\n', () => then(response));
    await expect((await begun('/export/deals.csv')).toArray()).rejects.toThrow('aborted');
  });

  it('is read no further once the client has gone', async () => {
    const left = new Promise((resolve) => {
      answering = (asked, response) => {
        asked.on('close', resolve);
        csv(response).write('id\r\n');
      };
    });
    (await begun('/export/deals.csv')).destroy();
    await expect(left).resolves.toBeUndefined();
  });

  it.each([
    ['a stranger', '/export/deals.csv', {}, 401, 'UNAUTHENTICATED'],
    ['a token that proves nobody', '/export/deals.csv', { authorization: 'Bearer a.b.c' }, 401, 'UNAUTHENTICATED'],
    ['a list that is not there', '/export/secrets.csv', undefined, 404, 'NOT_FOUND'],
    ['a query that is no list', '/export/dealCount.csv', undefined, 404, 'NOT_FOUND'],
    ['a filter without end', `/export/deals.csv?filter=${'['.repeat(30)}`, undefined, 400, 'QUERY_TOO_COMPLEX'],
  ])('is refused to %s', async (_, path, headers, status, code) => {
    const { body } = await take(path, headers).expect(status);
    expect(body).toMatchObject({ code, message: expect.any(String), correlationId: expect.any(String) });
  });

  it.each([
    ['FORBIDDEN', 403, 'Your role does not allow this.', { code: 'FORBIDDEN' }, undefined],
    ['INVALID_ID', 400, 'This is not an id.', { code: 'INVALID_ID', field: 'filter.id.eq' }, 'filter.id.eq'],
    [
      'UNKNOWN_FIELD',
      400,
      'Variable "$filter" got invalid value { colour: { eq: "red" } }; Field "colour" is not defined by type "DealFilter".',
      { code: 'INVALID_VALUE' },
      'filter.colour',
    ],
    ['INTERNAL', 500, 'relation "deal" does not exist', { code: 'INTERNAL' }, undefined],
  ])('is refused as the service refuses it: %s', async (code, status, message, extensions, field) => {
    answering = (__, response) =>
      void response.writeHead(status).end(JSON.stringify({ errors: [{ message, extensions }] }));
    const { body } = await take('/export/deals.csv').expect(status);
    expect(body).toMatchObject({ code, ...(field && { field }) });
    expect(body.message).not.toMatch(/relation "|Variable/);
  });

  it('is not there while its service is not', async () => {
    answering = (_, response) => void response.destroy();
    expect((await take('/export/deals.csv').expect(503)).body).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is paid for with a hundred points, and refused to who has none left', async () => {
    const first = await take('/export/deals.csv').expect(200);
    expect(first.headers['ratelimit']).toBe('"person";r=149;t=60');
    await take('/export/deals.csv').expect(200);
    const { headers, body } = await take('/export/deals.csv').expect(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body).toMatchObject({ code: 'RATE_LIMITED' });
  });
});
