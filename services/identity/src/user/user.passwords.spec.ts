import { describe, expect, it } from '@jest/globals';
import { check } from '@voronka/service-kit';
import { password, Passwords, requireImpersonal } from './user.passwords.js';

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

  it.each([
    ['one of the list', 'passwordpassword'],
    ['one of the list with a year and a sign', 'Password2026!'],
    ['one of the list with letters turned into signs', 'P@ssw0rd1234'],
    ['a row of keys', '1q2w3e4r5t6y'],
    ['a sequence', '123456789012'],
    ['one thing over and over', 'Zq8#'.repeat(50)],
  ])('is not what everybody takes: %s', (_, common) => {
    expect(() => check(password, common)).toThrow(expect.objectContaining({ code: 'PASSWORD_TOO_COMMON' }));
  });

  it('may be a few words in a row', () => {
    for (const words of ['correct horse battery', 'кот несёт зелёный чемодан', 'twelve chars'])
      expect(check(password, words)).toBe(words);
  });

  it('is looked at in milliseconds, however long and odd', () => {
    check(password, 'correct horse battery');
    const before = process.cpuUsage();
    expect(() => check(password, 'p4$$w0rd1'.repeat(22))).not.toThrow();
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(200);
  });

  it.each([
    ['a name', 'Karenina with a train'],
    ['a name in another case and form', 'ZOE\u0308LLA and the sea'],
    ['a part of the mail', 'my oblonskaya words'],
  ])('does not hold %s of its person', (_, personal) => {
    const person = { name: 'Zo\u00eblla Karenina', email: 'z.oblonskaya@example.com' };
    const refusal = { code: 'PASSWORD_NAMES_ITS_PERSON', field: 'input.password' };
    expect(() => requireImpersonal(personal, person, 'input.password')).toThrow(expect.objectContaining(refusal));
  });

  it('may hold what is as short as a syllable, and the domain of the mail', () => {
    const person = { name: 'Li Wu', email: 'li@example.com' };
    expect(() => requireImpersonal('a liquid example would', person, 'input.password')).not.toThrow();
  });
});
