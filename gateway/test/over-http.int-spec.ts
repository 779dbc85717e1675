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
});
