import { describe, expect, it } from '@jest/globals';
import { ApiKeyCreated, ApiKeyRevoked } from '@voronka/contracts';
import { isNetwork, within } from './api-key.addresses.js';
import { ApiKey } from './api-key.js';
import { readKey } from './api-key.secrets.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const after = (ms: number) => new Date(now.getTime() + ms);
const DAY = 24 * 60 * 60 * 1000;
const id = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';
const owner = '0190a8f2-7c1e-7d44-9b60-000000000001';
const content = { name: 'Nightly import', roleId: '00000000-0000-7000-8000-000000000006', addresses: [] };
const make = (about: { expiresAt?: Date; addresses?: string[] } = {}) =>
  ApiKey.make(id, { ...content, expiresAt: after(DAY), ...about }, owner, now);
const made = (about: Parameters<typeof make>[0] = {}) => make(about)[0]?.record as ApiKey;
const refusal = (message: string) =>
  expect.objectContaining({ code: 'UNAUTHENTICATED', message: expect.stringContaining(message) });
const use =
  (key: ApiKey, { address = '198.51.100.7', active = true, at = now } = {}) =>
  () =>
    key.requireUsable({ active }, within(key.addresses, address), at);

describe('an API key', () => {
  it('is its maker’s, and announced without its secret', () => {
    expect(make()).toMatchObject([
      {
        declaration: ApiKeyCreated,
        data: { apiKey: { ...content, id, ownerId: owner, expiresAt: '2026-03-03T09:00:00.000Z', revokedAt: null } },
      },
    ]);
  });

  it('expires after now and within a year', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_DATE', field: 'input.expiresAt' });
    expect(() => make({ expiresAt: now })).toThrow(refusal);
    expect(() => make({ expiresAt: after(366 * DAY + 1) })).toThrow(refusal);
    expect(made({ expiresAt: after(366 * DAY) }).expiresAt).toEqual(after(366 * DAY));
  });

  it('serves until its last moment', () => {
    expect(use(made(), { at: after(DAY - 1) })).not.toThrow();
    expect(use(made(), { at: after(DAY) })).toThrow(refusal('expired'));
  });

  it('is revoked once, and refused then in the words for one that never was', () => {
    const key = made();
    expect(key.revoke(now)).toMatchObject([
      { declaration: ApiKeyRevoked, data: { apiKey: { revokedAt: now.toISOString() } } },
    ]);
    expect(key.revoke(after(1))).toEqual([]);
    expect(use(key)).toThrow(refusal('not valid here'));
  });

  it('serves nobody whose owner has left', () => {
    expect(use(made(), { active: false })).toThrow(refusal('not valid here'));
    expect(() => made().requireUsable(null, true, now)).toThrow(refusal('not valid here'));
  });
});

describe('an API key that is kept to addresses', () => {
  const key = made({ addresses: ['203.0.113.7', '10.1.0.0/16', '2001:db8:5::/48', '2001:db8::1'] });

  it.each(['203.0.113.7', '::ffff:203.0.113.7', '10.1.255.1', '::ffff:10.1.0.1', '2001:db8:5:1::9', '2001:DB8::1'])(
    'serves at %s',
    (address) => {
      expect(use(key, { address })).not.toThrow();
    },
  );

  it.each(['203.0.113.8', '::ffff:203.0.113.8', '10.2.0.1', '2001:db8:6::1', '2001:db8::2', '::1', '', 'localhost'])(
    'is refused at “%s”',
    (address) => {
      expect(use(key, { address })).toThrow(refusal('other addresses'));
    },
  );

  it('serves at an address of a link, whatever the interface is called', () => {
    expect(use(made({ addresses: ['fe80::/10'] }), { address: 'fe80::1%eth0' })).not.toThrow();
  });

  it('serves everywhere where none is named, and at all of a family', () => {
    expect(use(made(), { address: '2001:db8::2' })).not.toThrow();
    expect(use(made({ addresses: ['0.0.0.0/0'] }))).not.toThrow();
    expect(use(made({ addresses: ['0.0.0.0/0'] }), { address: '2001:db8::2' })).toThrow(refusal('other addresses'));
  });
});

describe('an address or a network', () => {
  it.each(['203.0.113.7', '0.0.0.0/0', '203.0.113.0/24', '203.0.113.7/32', '::1', '2001:db8::/32', '::/0', '::1/128'])(
    'is %s',
    (text) => {
      expect(isNetwork(text)).toBe(true);
    },
  );

  it.each([
    '',
    'crm.example',
    '203.0.113',
    '203.0.113.7/33',
    '203.0.113.7/',
    '203.0.113.7/8/8',
    '::1/129',
    '::1/-1',
    'fe80::1%eth0',
    ' 10.0.0.1',
    '010.0.0.1',
  ])('is not “%s”', (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});

describe('a key as a program shows it', () => {
  const secret = Buffer.alloc(32, 7);
  const shown = `vrk_${id}_${secret.toString('base64url')}`;

  it('names the key and carries a secret of 256 bits', () => {
    expect(readKey(shown)).toEqual({ id, secret });
  });

  it.each([
    ['nothing', ''],
    ['a word', 'vrk_key'],
    ['one that is too short', shown.slice(0, -1)],
    ['one that is too long', `${shown}A`],
    ['one in other letters', shown.replace('vrk', 'VRK')],
    ['one without a key', shown.replace(id, '-'.repeat(36))],
    ['one whose last bits say nothing', `${shown.slice(0, -1)}d`],
  ])('is not %s', (_, text) => {
    expect(readKey(text)).toBeNull();
  });
});
