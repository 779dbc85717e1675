import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { network } from '@voronka/service-kit/process';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { accessToken, openOrganisation } from './organisation.js';

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation({ rates: { person: 5, anonymous: 3 }, trustedProxies: ['127.0.0.1'] });
});
afterAll(() => organisation.close());
beforeEach(() => {
  organisation.deals.received.length = 0;
});

const SMALL = '{ deals { id } }';
const ask = (headers: Record<string, string> = {}, query = SMALL) =>
  request(organisation.url).post('/graphql').set(headers).send({ query });
const from = (address: string) => ({ 'x-forwarded-for': address });
const as = async (sub: string, sid = 's1') => ({ authorization: `Bearer ${await accessToken({ sub, sid })}` });

async function times(count: number, headers: Record<string, string>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await ask(headers)).status);
  return statuses;
}

describe('Who asks too often', () => {
  it('is told what is left, and once nothing is, when to come back', async () => {
    const first = await ask(await as('anna-1'));
    expect(first.headers).toMatchObject({ 'ratelimit-policy': '"person";q=5;w=60', ratelimit: '"person";r=4;t=60' });
    expect(first.headers).not.toHaveProperty('retry-after');
    await times(4, await as('anna-1'));
    organisation.deals.received.length = 0;

    const refused = await ask(await as('anna-1')).expect(429);
    expect(refused.headers['ratelimit']).toMatch(/^"person";r=0;t=\d+$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.body.errors[0]).toMatchObject({
      message: expect.stringMatching(/^You have asked too much within a minute\. Ask again in \d+ s\.$/),
      extensions: { code: 'RATE_LIMITED', correlationId: expect.any(String) },
    });
    expect(organisation.deals.received).toEqual([]);
  });

  it('is the person, over all sessions and addresses, and nobody else', async () => {
    const anna = async (n: number) => ({ ...(await as('anna-2', `s${n}`)), ...from(`10.0.2.${n}`) });
    const boris = { ...(await as('boris-2')), ...from('10.0.2.1') };
    expect(await times(3, await anna(1))).toEqual([200, 200, 200]);
    expect(await times(3, await anna(2))).toEqual([200, 200, 429]);
    expect([...(await times(1, boris)), ...(await times(1, from('10.0.2.1')))]).toEqual([200, 200]);
  });

  it('is the address, where nobody is signed in', async () => {
    expect(await times(4, from('10.0.3.1'))).toEqual([200, 200, 200, 429]);
    await ask(from('10.0.3.2')).expect(200);
  });

  it('is the address from which tokens are tried out', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const forged = {
      authorization: `Bearer ${await accessToken({ sub: 'anna-4', key: privateKey })}`,
      ...from('10.0.4.1'),
    };
    expect(await times(4, forged)).toEqual([401, 401, 401, 429]);
    await ask(await as('anna-4')).expect(200);
  });

  it('pays a dear document with more than one point, before a service is asked', async () => {
    const dear = `{ ${Array.from({ length: 50 }, (_, i) => `d${i}: deal(id: "d1") { id }`).join(' ')} }`;
    await ask(await as('anna-5'), dear).expect(429);
    expect(organisation.deals.received).toEqual([]);
  });

  it('is refused before the body is read', async () => {
    await times(3, from('10.0.6.1'));
    const broken = await request(organisation.url)
      .post('/graphql')
      .set({ ...from('10.0.6.1'), 'content-type': 'application/json' })
      .send('{"query":');
    expect(broken.status).toBe(429);
  });
});

describe('The address of a client', () => {
  it('is what it says itself only behind a proxy that is trusted', async () => {
    const open = await openOrganisation({ rates: { person: 5, anonymous: 1 } });
    const say = (address: string) =>
      request(open.url)
        .post('/graphql')
        .set(from(address))
        .send({ query: SMALL })
        .then(({ status }) => status);
    const statuses = [await say('10.0.7.1'), await say('10.0.7.2')];
    await open.close();
    expect(statuses).toEqual([200, 429]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('is a whole network, where one client has it: %s', (address, expected) => {
    expect(network(address)).toBe(expected);
  });
});
