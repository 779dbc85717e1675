import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { check } from '@voronka/service-kit';
import { hashOf, newRecoveryCodes } from './second-factor.recovery.js';
import { Seal, settings } from './second-factor.seal.js';
import { newSecret, stepOf, uriOf } from './second-factor.totp.js';

describe('the code of an authenticator app', () => {
  // RFC 6238, appendix B: the secret is these twenty bytes, of the eight digits there these are the last six.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  it.each([
    ['1970-01-01T00:00:59Z', '287082', 1],
    ['2005-03-18T01:58:29Z', '081804', 37_037_036],
    ['2033-05-18T03:33:20Z', '279037', 66_666_666],
  ])('is that of RFC 6238 at %s', (at, code, step) => {
    expect(stepOf(secret, code, new Date(at))).toBe(step);
  });

  it('is good a step before and after its own, and then no more', () => {
    const at = (seconds: number) => stepOf(secret, '279037', new Date(2_000_000_000_000 + seconds * 1000));
    // 2,000,000,000 is twenty seconds into its step.
    expect([-51, -50, 0, 39, 40].map(at)).toEqual([null, 66_666_666, 66_666_666, 66_666_666, null]);
  });

  it.each(['', '27903', '2790377', 'abcdef'])('is none: %j', (code) => {
    expect(stepOf(secret, code, new Date(2_000_000_000_000))).toBeNull();
  });

  it('belongs to a secret of 160 bits, which an app reads from an address', () => {
    const made = newSecret();
    expect(made).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(uriOf(made, 'anna@example.com'));
    expect(uri.href).toMatch(/^otpauth:\/\/totp\/Voronka:anna%40example\.com\?/);
    expect(uri.searchParams.get('secret')).toBe(made);
  });
});

describe('recovery codes', () => {
  it('are ten that differ, and are read however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    const [one = ''] = codes;
    expect(hashOf(` ${one.toLowerCase().replaceAll('-', ' ')}`)).toEqual(hashOf(one));
  });
});

describe('a secret at rest', () => {
  const key = randomBytes(32).toString('base64');
  const seal = new Seal({ SECOND_FACTOR_KEY: key });

  it('is read again by its key, for whom it was closed', () => {
    const sealed = seal.close('JBSWY3DPEHPK3PXP', 'anna');
    expect(sealed.toString('latin1')).not.toContain('JBSWY3DPEHPK3PXP');
    expect(seal.open(sealed, 'anna')).toBe('JBSWY3DPEHPK3PXP');
    expect(seal.close('JBSWY3DPEHPK3PXP', 'anna')).not.toEqual(sealed);
  });

  it('is not read by another key, for another person, or when something was changed', () => {
    const sealed = seal.close('JBSWY3DPEHPK3PXP', 'anna');
    const other = new Seal({ SECOND_FACTOR_KEY: randomBytes(32).toString('base64') });
    expect(() => other.open(sealed, 'anna')).toThrow();
    expect(() => seal.open(sealed, 'boris')).toThrow();
    sealed[sealed.length - 1]! ^= 1;
    expect(() => seal.open(sealed, 'anna')).toThrow();
  });

  it('has a key of 32 bytes made by chance', () => {
    const { SECOND_FACTOR_KEY } = settings;
    expect(check(SECOND_FACTOR_KEY, key)).toBe(key);
    for (const weak of ['secret', Buffer.alloc(32).toString('base64'), randomBytes(16).toString('base64')])
      expect(() => check(SECOND_FACTOR_KEY, weak)).toThrow('32 bytes');
  });
});
