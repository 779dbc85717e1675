import { describe, expect, it } from '@jest/globals';
import { DomainError, prose, text } from '@voronka/contracts';
import { z } from 'zod';
import {
  address,
  check,
  currency,
  day,
  emails,
  happened,
  ids,
  instant,
  money,
  optional,
  phones,
  url,
} from './inputs.js';

const refusal = (schema: z.ZodType, input: unknown): { code: string; field: string | undefined } => {
  try {
    check(schema, input);
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error('was accepted');
};

describe('what is typed in', () => {
  const person = z.object({ name: text(5), note: optional(prose(20)), phones, emails });

  it('is trimmed, and what is left out is null or an empty list', () => {
    expect(check(person, { name: ' Anna ' })).toEqual({ name: 'Anna', note: null, phones: [], emails: [] });
  });

  it.each([
    [{ name: '   ' }, 'TEXT_EMPTY', 'input.name'],
    [{}, 'REQUIRED', 'input.name'],
    [{ name: 'Annabel' }, 'TEXT_TOO_LONG', 'input.name'],
    [{ name: 'A\u0000a' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.name'],
    [{ name: 'A\na' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.name'],
    [{ name: 'A\u202ea' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.name'],
    [{ name: 'A', emails: ['anna'] }, 'INVALID_EMAIL', 'input.emails.0'],
    [{ name: 'A', phones: ['+7 495 123-45-67', 'ask her'] }, 'INVALID_PHONE', 'input.phones.1'],
    [{ name: 'A', phones: Array(11).fill('123') }, 'TOO_MANY', 'input.phones'],
  ])('%j is refused with %s', (input, code, field) => {
    expect(refusal(person, input)).toEqual({ code, field });
  });

  it('keeps a phone as typed and normalises it to E.164, a national one as Russian', () => {
    expect(check(phones, ['8 (495) 123-45-67', '+1 650 253 0000', '12-34'])).toEqual([
      { typed: '8 (495) 123-45-67', normalised: '+74951234567' },
      { typed: '+1 650 253 0000', normalised: '+16502530000' },
      { typed: '12-34', normalised: null },
    ]);
  });

  it('keeps a mail as typed and in lower case', () => {
    expect(check(emails, ['Anna@Example.COM'])).toEqual([
      { typed: 'Anna@Example.COM', normalised: 'anna@example.com' },
    ]);
  });

  it.each([
    [{ amount: -1, currency: 'USD' }, 'INVALID_AMOUNT', 'input.amount'],
    [{ amount: 0.5, currency: 'USD' }, 'INVALID_AMOUNT', 'input.amount'],
    [{ amount: 2 ** 53, currency: 'USD' }, 'INVALID_AMOUNT', 'input.amount'],
    [{ amount: 1, currency: 'XXY' }, 'UNKNOWN_CURRENCY', 'input.currency'],
    [{ amount: 1, currency: 'usd' }, 'UNKNOWN_CURRENCY', 'input.currency'],
  ])('an amount of %j is refused with %s', (input, code, field) => {
    expect(refusal(money, input)).toEqual({ code, field });
  });

  it('takes amounts to 2^53 − 1 and every currency of ISO 4217', () => {
    expect(check(money, { amount: Number.MAX_SAFE_INTEGER, currency: 'RUB' })).toEqual({
      amount: Number.MAX_SAFE_INTEGER,
      currency: 'RUB',
    });
    expect(check(currency, 'CHF')).toBe('CHF');
  });

  it('takes a web address with or without its scheme, and no other scheme', () => {
    expect(check(url, 'example.com/a')).toBe('https://example.com/a');
    expect(refusal(url, 'javascript://example.com')).toMatchObject({ code: 'INVALID_URL' });
    expect(refusal(url, 'no site')).toMatchObject({ code: 'INVALID_URL' });
  });

  it('refuses days and instants that cannot be meant', () => {
    expect(check(day, '2026-02-28')).toBe('2026-02-28');
    for (const bad of ['2026-02-30', '0206-01-01', 'tomorrow'])
      expect(refusal(day, bad)).toMatchObject({ code: 'INVALID_DATE' });
    expect(refusal(instant, new Date('0206-01-01'))).toMatchObject({ code: 'INVALID_DATE' });
  });

  it('lets nothing happen in the future', () => {
    const now = new Date('2026-03-01T00:00:00Z');
    expect(happened(null, now)).toBe(now);
    expect(() => happened(new Date('2026-03-02'), now)).toThrow(
      expect.objectContaining({ code: 'DATE_IN_FUTURE', field: 'occurredAt' }),
    );
  });

  it('names each id once, and refuses what is none', () => {
    const id = '0190a8f2-0000-7000-8000-000000000001';
    expect(check(ids(2), [id, id])).toEqual([id]);
    expect(refusal(ids(2), ['x'])).toEqual({ code: 'INVALID_ID', field: 'input.0' });
  });

  it('fills an address with what was left out', () => {
    expect(check(address, { city: 'Kazan' })).toEqual({
      country: null,
      region: null,
      city: 'Kazan',
      street: null,
      postalCode: null,
    });
    expect(check(address, null)).toBeNull();
  });
});
