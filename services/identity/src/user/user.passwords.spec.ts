import { describe, expect, it } from '@jest/globals';
import { check } from '@voronka/service-kit';
import { password, Passwords } from './user.passwords.js';

describe('a password', () => {
  const passwords = new Passwords();

  it('is kept as an Argon2id hash, another one each time', async () => {
    const [one, two] = await Promise.all([
      passwords.hash('correct horse battery'),
      passwords.hash('correct horse battery'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('is right or wrong, however its accents were typed', async () => {
    const hash = await passwords.hash('caf\u00e9 au lait, sans sucre');
    expect(await passwords.verify(hash, 'cafe\u0301 au lait, sans sucre')).toBe(true);
    expect(await passwords.verify(hash, 'cafe au lait, sans sucre')).toBe(false);
  });

  it('is never right for someone who has none', async () => {
    expect(await passwords.verify(null, '')).toBe(false);
  });

  it('has 12 to 200 characters', () => {
    expect(check(password, 'twelve chars')).toBe('twelve chars');
    expect(() => check(password, 'eleven char')).toThrow(expect.objectContaining({ code: 'PASSWORD_TOO_SHORT' }));
    expect(() => check(password, 'x'.repeat(201))).toThrow(expect.objectContaining({ code: 'TEXT_TOO_LONG' }));
  });
});
