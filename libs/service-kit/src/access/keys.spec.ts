import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { GATEWAY_ISSUER, IdentityVerifier } from './identity.js';
import { Keys } from './keys.js';

const [old, next] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const publicPem = ({ publicKey }: { publicKey: KeyObject }) =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = ({ privateKey }: { privateKey: KeyObject }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const identityBy = async (key: KeyObject, subject = 'anna') => {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(GATEWAY_ISSUER)
    .setAudience('deals')
    .setSubject(subject)
    .setExpirationTime('60s')
    .sign(key);
  return `Bearer ${token}`;
};

describe('keys that a file holds', () => {
  let folder: string;
  let file: string;
  let now = 0;
  const keysOf = (half: 'public' | 'private', text: string) => {
    writeFileSync(file, text);
    return Keys.of('A_KEY', text, half, { given: { A_KEY_FILE: file }, now: () => now });
  };
  const write = (text: string) => {
    writeFileSync(file, text);
    now += 2_000;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'key.pem');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are gone over to without a restart: both verify, another signs, the old one is taken out', async () => {
    const [verifying, signing] = [keysOf('public', publicPem(old)), privatePem(old)];
    const verifier = new IdentityVerifier(verifying, 'deals');
    const [before, after] = [await identityBy(old.privateKey), await identityBy(next.privateKey)];
    expect(await verifier.verify(before)).toEqual({ id: 'anna' });
    await expect(verifier.verify(after)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    write(publicPem(old) + publicPem(next));
    expect(await verifier.verify(before)).toEqual({ id: 'anna' });
    expect(await verifier.verify(after)).toEqual({ id: 'anna' });

    write(publicPem(next));
    expect(await verifier.verify(after)).toEqual({ id: 'anna' });
    await expect(verifier.verify(before)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    const signer = keysOf('private', signing);
    expect(signer.first.equals(old.privateKey)).toBe(true);
    write(privatePem(next));
    expect(signer.first.equals(next.privateKey)).toBe(true);
  });

  it('stay what they were while the file holds none, or is away', () => {
    const keys = keysOf('public', publicPem(old));
    const [first] = keys.all;
    for (const text of ['', 'half a key', publicPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))]) {
      write(text);
      expect(keys.all).toEqual([first]);
    }
    rmSync(file);
    now += 2_000;
    expect(keys.all).toEqual([first]);
  });

  it('stay what they were where no file was named', () => {
    const keys = Keys.of('A_KEY', publicPem(old), 'public', { given: { A_KEY: 'given', A_KEY_FILE: file } });
    write(publicPem(next));
    expect(keys.first.equals(old.publicKey)).toBe(true);
  });

  it.each(['', 'no key', publicPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))])('%j are none', (text) => {
    expect(() => Keys.of('A_KEY', text, 'public')).toThrow();
  });
});
