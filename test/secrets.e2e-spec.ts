import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';

const pem = {
  public: { type: 'spki', format: 'pem' },
  private: { type: 'pkcs8', format: 'pem' },
} as const;
const pair = () => generateKeyPairSync('ed25519');
/** A key pair that stands in RFC 8032. */
const printed = createPrivateKey({
  key: Buffer.from(
    '302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  ),
  format: 'der',
  type: 'pkcs8',
});
const strong = 'k7Qv-92mXw_pLz4e';
const databaseUrl = (password: string) => `postgres://leads:${password}@127.0.0.1:9/voronka_leads`;

const service = {
  HOST: '0.0.0.0',
  PORT: '0',
  BROKER_URL: 'kafka://127.0.0.1:9',
  DATABASE_URL: databaseUrl(strong),
  INTERNAL_PUBLIC_KEY: pair().publicKey.export(pem.public).toString(),
};
const gateway = {
  HOST: '0.0.0.0',
  PORT: '0',
  ACCESS_PUBLIC_KEY: pair().publicKey.export(pem.public).toString(),
  INTERNAL_PRIVATE_KEY: pair().privateKey.export(pem.private).toString(),
};

/** What was built, started as any operator would. */
function start(main: string, env: Record<string, string>) {
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, said: stderr.trim() };
}

describe('beyond loopback', () => {
  it.each([
    [
      'a service with a default password',
      'services/leads/dist/main.js',
      { ...service, DATABASE_URL: databaseUrl('postgres') },
      /^DATABASE_URL has a password that can be guessed: .*\.$/,
    ],
    [
      'a service without a password',
      'services/leads/dist/main.js',
      { ...service, DATABASE_URL: databaseUrl('') },
      /^DATABASE_URL has no password: .*\.$/,
    ],
    [
      'a service with a key out of a book',
      'services/leads/dist/main.js',
      { ...service, INTERNAL_PUBLIC_KEY: createPublicKey(printed).export(pem.public).toString() },
      /^INTERNAL_PUBLIC_KEY is a key that stands in print: .*\.$/,
    ],
    [
      'a gateway with a key out of a book',
      'gateway/dist/main.js',
      { ...gateway, INTERNAL_PRIVATE_KEY: printed.export(pem.private).toString() },
      /^INTERNAL_PRIVATE_KEY is a key that stands in print: .*\.$/,
    ],
  ])('%s does not start, and says which setting to mend', (_, main, env, sentence) => {
    const { status, said } = start(main, env);
    expect(said).toMatch(sentence);
    expect(said.split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });
});
