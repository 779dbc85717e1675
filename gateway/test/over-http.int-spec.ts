import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditResult } from 'graphql-http';
import { serverAudits } from 'graphql-http';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { openOrganisation } from './organisation.js';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation();
});
afterAll(() => organisation.close());

const url = () => new URL('/graphql', organisation.url).href;
const preflighted: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...init?.headers, 'apollo-require-preflight': '1' } });
/** The audits that did not go well, by how badly. */
async function audit(fetchFn: typeof fetch) {
  const results: AuditResult[] = [];
  for (const { fn } of serverAudits({ url, fetchFn })) results.push(await fn());
  const said = (status: string) => results.filter((result) => result.status === status).map(({ name }) => name);
  return { count: results.length, errors: said('error'), warnings: said('warn'), notices: said('notice') };
}

describe('GraphQL over HTTP', () => {
  it('is spoken without an error or a warning; what a foreign page could send by GET is not answered', async () => {
    expect(await audit(fetch)).toEqual({
      count: 61,
      errors: [],
      warnings: [],
      notices: [
        'MAY accept application/x-www-form-urlencoded formatted GET requests',
        'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
        'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
      ],
    });
  });

  it('is spoken in full with a client that shows that it is no foreign page', async () => {
    expect(await audit(preflighted)).toEqual({ count: 61, errors: [], warnings: [], notices: [] });
  });

  it.each([
    [undefined, 200, 'application/json'],
    ['*/*', 200, 'application/json'],
    ['application/json', 200, 'application/json'],
    ['application/graphql-response+json', 400, 'application/graphql-response+json'],
    ['application/graphql-response+json, application/json;q=0.9', 400, 'application/graphql-response+json'],
    ['application/graphql-response+json;q=0.5, application/json', 200, 'application/json'],
    ['application/json, application/graphql-response+json', 200, 'application/json'],
  ])('says of a refused document what the media type has for it: %s', async (accept, status, type) => {
    const ask = (query: string) =>
      request(organisation.url)
        .post('/graphql')
        .set(accept === undefined ? {} : { accept })
        .send({ query });
    // The first is refused before Apollo sees it, the second by Apollo: a client must not see a difference.
    const answers = [await ask(`{ ${'deals { id } '.repeat(51)} }`), await ask('{ nothing }')];
    expect(answers.map((answer) => [answer.status, answer.headers['content-type']])).toEqual(
      Array(2).fill([status, `${type}; charset=utf-8`]),
    );
  });

  const EACH = 'query Each($at: Boolean!) { deals { title company @include(if: $at) { name } } }';
  const told = ['content-type', 'content-length', 'cache-control', 'ratelimit-policy', 'vary'] as const;

  it.each([
    ['as it is sent first', {}, {}],
    ['by its name', {}, { operationName: 'Each' }],
    ['by no name of it', {}, { operationName: 'Other' }],
    ['with a variable of the wrong type', {}, { variables: { at: 'yes' } }],
    ['without its variables', {}, { variables: null }],
    ['with variables that are a list', {}, { variables: [] }],
    ['with variables that are a text', {}, { variables: '{"at":true}' }],
    ['with what it has no use for', {}, { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }],
    ['for GraphQL’s own media type', { accept: 'application/graphql-response+json, application/json;q=0.9' }, {}],
    ['for a media type that it has no answer in', { accept: 'text/xml' }, {}],
  ])(
    'is spoken alike to a query that comes for the first time and to one that comes again: %s',
    async (_, headers, body) => {
      const ask = async (more: object) => {
        const answer = await request(organisation.url)
          .post('/graphql')
          .set(headers)
          .send({ query: EACH, variables: { at: true }, ...more });
        const text = answer.text.replace(/"correlationId":"[^"]*"/, '');
        return { status: answer.status, text, headers: told.map((name) => answer.headers[name] as unknown) };
      };
      const first = await ask({ ...body, query: `${EACH} # ${JSON.stringify([headers, body])}` });
      for (let times = 0; times < 3; times++) await ask({});
      expect(await ask(body)).toEqual(first);
    },
  );

  const MOVE = 'mutation Move($input: MoveInput!) { moveDeal(input: $input) { id } }';

  it.each([
    ['as it was made', { id: 'd1' }, 1],
    ['of what is not there', { id: 'd9' }, 1],
    ['with a day that is none', { id: 'd1', at: 'soon' }, 1],
    ['with a field that there is not', { id: 'd1', color: 'red' }, 0],
  ])('asks the service as often for a change that comes again as for a new one: %s', async (_, input, often) => {
    const ask = async (query: string, variables: object) => {
      organisation.deals.received.length = 0;
      const answer = await request(organisation.url).post('/graphql').send({ query, variables });
      const text = answer.text.replace(/"correlationId":"[^"]*"/, '');
      const received = organisation.deals.received.length;
      return { status: answer.status, text, received, headers: told.map((name) => answer.headers[name] as unknown) };
    };
    const first = await ask(`${MOVE} # ${JSON.stringify(input)}`, { input });
    expect(first.received).toBe(often);
    for (let times = 0; times < 3; times++) await ask(MOVE, { input: { id: 'd1' } });
    expect(await ask(MOVE, { input })).toEqual(first);
  });
});
