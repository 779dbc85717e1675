import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { accessToken, openOrganisation } from './organisation.js';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation();
});
afterAll(() => organisation.close());
beforeEach(() => {
  organisation.log.length = 0;
  organisation.deals.received.length = 0;
});

const post = () => request(organisation.url).post('/graphql');
const ask = (query: string, variables?: object) => post().send({ query, variables });
const correlationId = expect.stringMatching(/^[0-9a-f-]{36}$/);
const MOVE = 'mutation ($input: MoveInput!) { moveDeal(input: $input) { id } }';

describe('An error of the gateway', () => {
  it('is a service’s refusal with code, field, hint and a correlation id, and no more', async () => {
    const { body } = await ask(MOVE, { input: { id: 'd9' } });
    expect(body.errors).toEqual([
      {
        message: 'There is no such deal.',
        path: ['moveDeal'],
        extensions: { code: 'DEAL_NOT_FOUND', field: 'input.id', hint: 'Look it up.', correlationId },
      },
    ]);
  });

  it('names the field of a scalar that only the service can read', async () => {
    const { body } = await ask(MOVE, { input: { id: 'd1', at: 'soon' } });
    expect(body.errors[0].extensions).toEqual({
      code: 'INVALID_DATE',
      field: 'input.at',
      hint: expect.stringContaining('RFC 3339'),
      correlationId,
    });
  });

  it('names an unknown input field without asking a service', async () => {
    const { body } = await ask(MOVE, { input: { id: 'd1', color: 'red' } });
    expect(body.errors[0].extensions).toEqual({ code: 'UNKNOWN_FIELD', field: 'input.color', correlationId });
    expect(organisation.deals.received).toEqual([]);
  });

  it('shows a correlation id and nothing else of an internal error, whose cause is in the log under that id', async () => {
    const { body, text } = await ask('{ secret deals { id } }').expect(200);
    expect(body.errors).toEqual([
      {
        message: 'Something went wrong on our side. Report it with its correlation id.',
        path: ['secret'],
        extensions: { code: 'INTERNAL', correlationId },
      },
    ]);
    expect(body.data.deals).toHaveLength(3);
    expect(text).not.toContain('hunter2');
    const logged = organisation.log.find((line) => line.includes(body.errors[0].extensions.correlationId));
    expect(logged).toContain('connection string');
  });

  it.each([
    ['an unknown field', { query: '{ deals { colour } }' }, 200, 'INVALID_QUERY'],
    ['a query that cannot be read', { query: '{ deals {' }, 200, 'INVALID_QUERY'],
    ['no query', { variables: {} }, 400, 'INVALID_QUERY'],
    ['an unknown operation', { query: 'query A { deals { id } }', operationName: 'B' }, 200, 'INVALID_QUERY'],
    ['several requests in one', [{ query: '{ deals { id } }' }], 400, 'INVALID_QUERY'],
    ['a persisted query', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }, 200, 'INVALID_QUERY'],
    ['a query that is too deep', { query: `${'{ a '.repeat(16)}${'}'.repeat(16)}` }, 200, 'QUERY_TOO_COMPLEX'],
    ['too many words', { query: `{ ${'deals { id } '.repeat(600)} }` }, 200, 'QUERY_TOO_COMPLEX'],
    [
      'too many aliases',
      { query: `{ ${Array.from({ length: 51 }, (_, i) => `a${i}: deals { id }`).join(' ')} }` },
      200,
      'QUERY_TOO_COMPLEX',
    ],
    ['a fragment within itself', { query: '{ deals { ...F } } fragment F on Deal { id ...F }' }, 200, 'INVALID_QUERY'],
  ])('refuses %s in the same shape, and no service is asked', async (_, payload, status, code) => {
    const response = await post().send(payload);
    expect(response.status).toBe(status);
    expect(response.body.data).toBeUndefined();
    const { hint, ...others } = response.body.errors[0].extensions;
    expect(others).toEqual({ code, correlationId });
    expect(['string', 'undefined']).toContain(typeof hint);
    expect(organisation.deals.received).toEqual([]);
  });

  it('refuses a body that is not JSON, not readable or too large', async () => {
    const broken = await post().set('content-type', 'application/json').send('{"query":');
    const text = await post().set('content-type', 'text/plain').send('{ deals { id } }');
    const form = await post().set('content-type', 'application/x-www-form-urlencoded').send('query={deals{id}}');
    const authorization = `Bearer ${await accessToken()}`;
    const large = await post()
      .set({ authorization })
      .send({ query: '{ deals { id } }', variables: { x: 'x'.repeat(4 * 1024 * 1024) } });
    expect([broken.status, text.status, form.status, large.status]).toEqual([400, 400, 415, 413]);
    for (const { body } of [broken, text, form])
      expect(body.errors[0].extensions).toEqual({ code: 'INVALID_QUERY', correlationId });
    expect(large.body.errors[0].extensions).toEqual({ code: 'REQUEST_TOO_LARGE', correlationId });
  });

  it('lets a request of three megabytes through of somebody who is signed in', async () => {
    const variables = { input: { id: 'd1', at: `2026-01-01${' '.repeat(3 * 1024 * 1024)}` } };
    const authorization = `Bearer ${await accessToken()}`;
    await post().set({ authorization }).send({ query: MOVE, variables }).expect(200);
    expect(organisation.deals.received).toHaveLength(1);
  });

  it('refuses a query that a foreign page could have made a browser send', async () => {
    const { body } = await request(organisation.url).get('/graphql').query({ query: '{ deals { id } }' }).expect(400);
    expect(body.errors[0].extensions).toEqual({ code: 'INVALID_QUERY', correlationId });
    expect(organisation.deals.received).toEqual([]);
  });

  it('answers a query by GET that is no such request, and no mutation', async () => {
    const get = (query: string) =>
      request(organisation.url).get('/graphql').set('apollo-require-preflight', '1').query({ query });
    const read = await get('{ deals { id } }').expect(200);
    const written = await get('mutation { moveDeal(input: { id: "d1" }) { id } }').expect(405);
    expect(read.body.data.deals).toHaveLength(3);
    expect(written.body.errors[0].extensions).toEqual({ code: 'INVALID_QUERY', correlationId });
  });
});
