import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { accessToken, internal, openOrganisation } from './organisation.js';
import type { Subgraph } from './subgraph.js';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation();
});
afterAll(() => organisation.close());
beforeEach(() => {
  organisation.deals.received.length = 0;
  organisation.accounts.received.length = 0;
});

const QUERY = '{ deals { company { name } } }';
const ask = (headers: Record<string, string>) =>
  request(organisation.url).post('/graphql').set(headers).send({ query: QUERY });
const tokenAt = (service: Subgraph) => service.received[0]!.headers.authorization!.replace('Bearer ', '');

describe('Identity at the gateway', () => {
  it('reaches each service signed for that service alone', async () => {
    await ask({ authorization: `Bearer ${await accessToken({ sub: 'anna', sid: 'session-1' })}` }).expect(200);
    const options = { issuer: 'voronka-gateway', algorithms: ['EdDSA'] };
    const atDeals = await jwtVerify(tokenAt(organisation.deals), internal.publicKey, { ...options, audience: 'deals' });
    const atAccounts = await jwtVerify(tokenAt(organisation.accounts), internal.publicKey, {
      ...options,
      audience: 'accounts',
    });

    expect(atDeals.payload).toMatchObject({ sub: 'anna', sid: 'session-1' });
    expect(atDeals.payload.exp! - atDeals.payload.iat!).toBe(60);
    expect(atAccounts.payload).toMatchObject({ sub: 'anna', sid: 'session-1' });
    await expect(
      jwtVerify(tokenAt(organisation.deals), internal.publicKey, { ...options, audience: 'accounts' }),
    ).rejects.toThrow('aud');
  });

  it('is signed once for a session and a service, and never shared by two sessions', async () => {
    const anna = `Bearer ${await accessToken({ sub: 'anna', sid: 'session-2' })}`;
    const boris = `Bearer ${await accessToken({ sub: 'boris', sid: 'session-3' })}`;
    for (const authorization of [anna, anna, boris]) await ask({ authorization });
    const [first, second, third] = organisation.deals.received.map(({ headers }) => headers.authorization);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('of someone without a token is anonymous', async () => {
    await ask({}).expect(200);
    const { payload } = await jwtVerify(tokenAt(organisation.deals), internal.publicKey);
    expect(payload.sub).toBe('anonymous');
    expect(payload).not.toHaveProperty('sid');
  });

  it.each([
    ['forged', async () => `Bearer ${await accessToken({ key: generateKeyPairSync('ed25519').privateKey })}`],
    ['expired', async () => `Bearer ${await accessToken({ expiresIn: -1 })}`],
    ['of another issuer', async () => `Bearer ${await accessToken({ iss: 'somebody' })}`],
    ['unsigned', async () => `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"u1"}')}.`],
    ['not a token', async () => 'Bearer x'],
    ['of another scheme', async () => 'Basic cm9vdDpodW50ZXIy'],
    ['empty', async () => ''],
  ])('is refused when the token is %s, and no service is asked', async (_, header) => {
    const { body } = await ask({ authorization: await header() }).expect(401);
    expect(body).toEqual({
      errors: [
        {
          message: expect.stringMatching(/\.$/),
          extensions: {
            code: 'UNAUTHENTICATED',
            hint: expect.stringContaining('refreshSession'),
            correlationId: expect.any(String),
          },
        },
      ],
    });
    expect(organisation.deals.received).toEqual([]);
  });

  it('is refused once the remembered token has expired', async () => {
    const authorization = `Bearer ${await accessToken({ sub: 'vera', sid: 'session-4', expiresIn: 2 })}`;
    await ask({ authorization }).expect(200);
    const deadline = Date.now() + 5_000;
    let status = 200;
    while (status === 200 && Date.now() < deadline) status = (await ask({ authorization })).status;
    expect(status).toBe(401);
  });

  it('lets nothing of a stranger’s headers through but a correlation id, a trace context and what he asks with', async () => {
    const correlationId = '0190a8f2-6a1c-7d3e-8f21-0123456789ab';
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await ask({
      'x-correlation-id': correlationId,
      traceparent,
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'x-user-id': 'root',
      'user-agent': 'tester',
    });
    const { headers } = organisation.deals.received[0]!;

    expect(Object.keys(headers).sort()).toEqual(
      ['authorization', 'traceparent', 'user-agent', 'x-client-address', 'x-correlation-id'].sort(),
    );
    expect(headers).toMatchObject({
      ...{ 'x-correlation-id': correlationId, traceparent, 'user-agent': 'tester' },
      'x-client-address': '127.0.0.1',
    });
    expect(response.headers['x-correlation-id']).toBe(correlationId);
  });

  it('tells no service where somebody is who is signed in', async () => {
    await ask({ authorization: `Bearer ${await accessToken()}`, 'user-agent': 'tester' }).expect(200);
    const { headers } = organisation.deals.received[0]!;
    expect(headers).not.toHaveProperty('x-client-address');
    expect(headers).not.toHaveProperty('user-agent');
  });

  it('replaces a correlation id that is none and drops a trace context that is none', async () => {
    await ask({ 'x-correlation-id': 'x; drop table', traceparent: '00-1' });
    const { headers } = organisation.deals.received[0]!;
    expect(headers['x-correlation-id']).toMatch(/^[0-9a-f]{8}-/);
    expect(headers).not.toHaveProperty('traceparent');
  });
});
