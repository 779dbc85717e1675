import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { refuseWeakSecrets } from './secrets.js';

const strong = 'k7Qv-92mXw_pLz4e';
const pair = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
const [internal, access] = [pair(), pair()];
const good = {
  HOST: '0.0.0.0',
  DATABASE_URL: `postgres://leads:${strong}@db:5432/voronka_leads`,
  BROKER_URL: 'kafka://kafka:9092',
  INTERNAL_PUBLIC_KEY: internal.publicPem,
  ACCESS_PRIVATE_KEY: access.privatePem,
};
const refuse = (changes: object) => () => refuseWeakSecrets({ ...good, ...changes }, {});
/** PKCS #8 of a seed. */
const seeded = (seed: string) =>
  createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'), format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

describe('A process that listens beyond loopback', () => {
  it.each([
    ['strong secrets of its own', {}],
    ['a socket, where the system knows who asks', { DATABASE_URL: 'postgres:///voronka?host=/var/run/postgresql' }],
    ['a certificate', { DATABASE_URL: 'postgres://leads@db/voronka?sslcert=/run/leads.crt' }],
  ])('starts with %s', (_, changes) => {
    expect(refuse(changes)).not.toThrow();
  });

  it.each([
    '',
    'postgres',
    'leads',
    'short1',
    'Password1234',
    'postgrespostgres',
    'changeme-changeme',
    'aaaaaaaaaaaaaaaa',
  ])('does not with the database password “%s”, and does not repeat it', (password) => {
    const url = `postgres://leads:${password}@db:5432/voronka_leads`;
    expect(refuse({ DATABASE_URL: url })).toThrow(/^DATABASE_URL has (no password|a password that can be guessed): /);
    expect(refuse({ DATABASE_URL: url })).not.toThrow(/Password1234|changeme|aaaa/);
  });

  it('takes the log in PostgreSQL for a database too', () => {
    expect(refuse({ BROKER_URL: 'postgres://bus:bus@db/voronka_bus' })).toThrow(/^BROKER_URL /);
  });

  it('takes a password from where the client library does', () => {
    const settings = { ...good, DATABASE_URL: 'postgres://leads@db/voronka_leads' };
    expect(() => refuseWeakSecrets(settings, { PGPASSWORD: strong })).not.toThrow();
    expect(() => refuseWeakSecrets(settings, { PGPASSWORD: 'postgres' })).toThrow(/^DATABASE_URL /);
  });

  it.each([
    ['RFC 8032, test 1', '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'],
    ['RFC 8032, test 2', '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'],
    ['RFC 8032, test 3', 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'],
    ['RFC 8410', 'd4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842'],
    ['zeros', '0'.repeat(64)],
  ])('refuses a key that stands in print: %s', (_, seed) => {
    expect(refuse({ ACCESS_PRIVATE_KEY: seeded(seed) })).toThrow(/^ACCESS_PRIVATE_KEY is a key that stands in print/);
  });

  it('refuses one pair of keys for two purposes', () => {
    expect(refuse({ ACCESS_PRIVATE_KEY: internal.privatePem })).toThrow(
      /^ACCESS_PRIVATE_KEY is of the same pair as INTERNAL_PUBLIC_KEY/,
    );
  });
});

describe('A process on loopback', () => {
  it.each(['127.0.0.1', 'localhost', '::1'])('starts with whatever it is given: %s', (HOST) => {
    expect(refuse({ HOST, DATABASE_URL: 'postgres://postgres@127.0.0.1/postgres' })).not.toThrow();
  });
});
