import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { jwtVerify } from 'jose';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { internal, openOrganisation } from './organisation.js';
import type { Subgraph } from './subgraph.js';

const QUERY = '{ deals { company { name } } }';
const claims = async (service: Subgraph) =>
  (await jwtVerify(service.received[0]!.headers.authorization!.replace('Bearer ', ''), internal.publicKey)).payload;
const bearer = { keyId: 'key-1', ownerId: 'anna', roleId: 'role-1' };
const refuse = () => {
  throw new GraphQLError('This API key is not valid here.', { extensions: { code: 'UNAUTHENTICATED' } });
};
let count = 0;
/** A key that the gateway has not seen yet. */
const newKey = () => `vrk_0190a8f2-7c1e-7d44-9b60-${String(++count).padStart(12, '0')}_${'A'.repeat(43)}`;

describe('An API key at the gateway', () => {
  let organisation: Organisation;
  beforeAll(async () => {
    organisation = await openOrganisation({ rates: { person: 10_000, anonymous: 40 }, trustedProxies: ['127.0.0.1'] });
  });
  afterAll(() => organisation.close());
  beforeEach(() => {
    organisation.keys = () => bearer;
    for (const service of [organisation.deals, organisation.accounts, organisation.identity])
      service.received.length = 0;
  });

  const ask = (key: string, { query = QUERY, from = '198.51.100.1' } = {}) =>
    request(organisation.url)
      .post('/graphql')
      .set({ authorization: `Bearer ${key}`, 'x-forwarded-for': from })
      .send({ query });

  it('reaches services as its owner, with its role', async () => {
    await ask(newKey()).expect(200);
    expect(await claims(organisation.deals)).toMatchObject({ sub: 'anna', key: 'key-1', role: 'role-1', aud: 'deals' });
    expect(await claims(organisation.accounts)).toMatchObject({ sub: 'anna', key: 'key-1', role: 'role-1' });
    expect(await claims(organisation.deals)).not.toHaveProperty('sid');
  });

  it('is shown to identity alone, with the address that it comes from', async () => {
    const key = newKey();
    await ask(key, { from: '2001:db8::7' }).expect(200);
    expect(organisation.identity.received[0]!.body.variables).toEqual({ key, address: '2001:db8::7' });
    expect(await claims(organisation.identity)).toMatchObject({ sub: 'anonymous', aud: 'identity' });
    expect(JSON.stringify(organisation.deals.received)).not.toContain(key);
    expect(organisation.log.join()).not.toContain(key);
  });

  it('is not taken from an address that the client makes up', async () => {
    const direct = await openOrganisation();
    direct.keys = () => bearer;
    const key = newKey();
    const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': '203.0.113.7' };
    await request(direct.url).post('/graphql').set(headers).send({ query: QUERY }).expect(200);
    await direct.close();
    expect(direct.identity.received[0]!.body.variables).toEqual({ key, address: '127.0.0.1' });
  });

  it('is asked about once for all who show it at the same moment, and again from another address', async () => {
    const key = newKey();
    await Promise.all([ask(key), ask(key), ask(key)]);
    expect(organisation.identity.received).toHaveLength(1);
    await ask(key, { from: '198.51.100.2' });
    expect(organisation.identity.received).toHaveLength(2);
  });

  it('is asked about again after a moment, and so refused once it is revoked', async () => {
    const key = newKey();
    await ask(key).expect(200);
    organisation.keys = refuse;
    const revoked = performance.now();
    let status = 200;
    while (status === 200 && performance.now() - revoked < 10_000) status = (await ask(key)).status;
    expect(status).toBe(401);
  });

  it('that lets nobody in is refused in identity’s words, and no other service is asked', async () => {
    organisation.keys = refuse;
    const { body, headers } = await ask(newKey()).expect(401);
    expect(body).toEqual({
      errors: [
        {
          message: 'This API key is not valid here.',
          extensions: { code: 'UNAUTHENTICATED', correlationId: expect.any(String) },
        },
      ],
    });
    expect(headers['ratelimit-policy']).toContain('anonymous');
    expect(organisation.deals.received).toEqual([]);
  });

  it('is not lost while identity is away', async () => {
    await organisation.identity.down();
    const { body } = await ask(newKey()).expect(503);
    await organisation.identity.up();
    expect(body.errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE' });
    expect(organisation.deals.received).toEqual([]);
  });

  it('is not looked at once its address has guessed too often', async () => {
    organisation.keys = refuse;
    const from = '198.51.100.66';
    const statuses = [];
    for (let guess = 0; guess < 45; guess++) statuses.push((await ask(newKey(), { from })).status);
    expect(statuses).toEqual([...Array<number>(40).fill(401), ...Array<number>(5).fill(429)]);
    expect(organisation.identity.received).toHaveLength(40);
    organisation.keys = () => bearer;
    await ask(newKey(), { from: '198.51.100.67' }).expect(200);
  });

  it('takes its points from its owner', async () => {
    const { headers } = await ask(newKey()).expect(200);
    expect(headers['ratelimit-policy']).toContain('person');
  });

  it('tells the log what it writes, by the correlation id that events carry', async () => {
    const query = 'mutation Move { moveDeal(input: { id: "d1" }) { id } }';
    const key = newKey();
    // The first time by Apollo Server, then without it.
    const answers = [await ask(key, { query }).expect(200), await ask(key, { query }).expect(200)];
    const lines = organisation.log.filter((text) => text.includes('A key writes')).map((line) => JSON.parse(line));
    expect(lines).toMatchObject(
      answers.map(({ headers }) => ({
        ...{ keyId: 'key-1', userId: 'anna', operationName: 'Move' },
        correlationId: headers['x-correlation-id'],
      })),
    );
  });

  it('finds nothing in the graph by which to ask about keys', async () => {
    const { body } = await ask(newKey(), { query: '{ apiKeyBearer(key: "x", address: "y") { ownerId } }' });
    expect(body.errors[0].message).toContain('Cannot query field "apiKeyBearer"');
    expect(organisation.identity.received).toHaveLength(1);
  });
});
