import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { openOrganisation } from './organisation.js';

const OURS = 'https://crm.example';
const FOREIGN = 'https://elsewhere.example';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation({ corsOrigins: [OURS] });
});
afterAll(() => organisation.close());

const preflight = (origin: string) =>
  request(organisation.url).options('/graphql').set({ origin, 'access-control-request-method': 'POST' });
const ask = (headers: Record<string, string>, query = '{ deals { id } }') =>
  request(organisation.url).post('/graphql').set(headers).send({ query });

describe('A page in a browser', () => {
  it('of an origin on the list may ask, with a token and without cookies', async () => {
    const { headers } = await preflight(OURS).expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': OURS,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('authorization'),
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    const answer = await ask({ origin: OURS }).expect(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': OURS,
      'access-control-expose-headers': expect.stringContaining('retry-after'),
      vary: expect.stringMatching(/origin/i),
    });
  });

  it('can read why it was refused', async () => {
    const { headers } = await ask({ origin: OURS, authorization: 'Bearer x' }).expect(401);
    expect(headers['access-control-allow-origin']).toBe(OURS);
  });

  it.each([FOREIGN, 'null', `${OURS}.elsewhere.example`, 'http://crm.example'])(
    'of another origin may not: %s',
    async (origin) => {
      const answers = [await preflight(origin), await ask({ origin })];
      expect(answers.map(({ headers }) => headers['access-control-allow-origin'])).toEqual([undefined, undefined]);
    },
  );

  it('is told nothing of origins where none is on the list', async () => {
    const closed = await openOrganisation();
    const { headers } = await request(closed.url)
      .post('/graphql')
      .set({ origin: OURS })
      .send({ query: '{ deals { id } }' });
    await closed.close();
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it.each([
    ['an answer', () => ask({})],
    ['a refusal', () => ask({}, '{ nothing }')],
    ['the page for queries', () => request(organisation.url).get('/')],
    ['a file of it', () => request(organisation.url).get('/graphiql/page.js')],
    ['what is not there', () => request(organisation.url).get('/nothing')],
  ])('is told to trust nothing but this origin: %s', async (_, get) => {
    const { headers } = await get();
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'$/),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'query={deals{id}}', 415],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415],
    ['plain text', { 'content-type': 'text/plain' }, '{"query":"{ deals { id } }"}', 400],
  ])('cannot be made to ask without asking first: %s', async (_, headers, body, status) => {
    organisation.deals.received.length = 0;
    await request(organisation.url)
      .post('/graphql')
      .set({ ...headers, origin: FOREIGN })
      .send(body)
      .expect(status);
    expect(organisation.deals.received).toEqual([]);
  });
});
