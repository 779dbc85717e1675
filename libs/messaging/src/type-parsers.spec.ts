import { describe, expect, it } from '@jest/globals';
import { typeParsers } from './type-parsers.js';

const instant = typeParsers.getTypeParser(1184, 'text') as (text: string) => unknown;

describe('an instant', () => {
  it.each([
    ['2026-03-01 09:30:00+00', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01 09:30:00.1+00', '2026-03-01T09:30:00.100Z'],
    ['2026-12-31 23:59:59.999999+00', '2026-12-31T23:59:59.999Z'],
    ['1000-02-28 00:00:00+00', '1000-02-28T00:00:00.000Z'],
    ['0050-01-01 00:00:00+00', '0050-01-01T00:00:00.000Z'],
    ['12026-01-01 00:00:00+00', '+012026-01-01T00:00:00.000Z'],
    ['1044-03-15 00:00:00+00 BC', '-001043-03-15T00:00:00.000Z'],
    ['2026-03-01 09:30:00+05:30', '2026-03-01T04:00:00.000Z'],
  ])('arrives as PostgreSQL tells it: %s', (text, iso) => {
    expect(instant(text)).toEqual(new Date(iso));
  });

  it('may be none that a calendar has', () => {
    expect(instant('infinity')).toBe(Infinity);
  });

  it('is told to the thousandth, whatever the thousandth', () => {
    const fractions = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
    const told = fractions.map((fraction) => (instant(`2026-03-01 09:30:00.${fraction}+00`) as Date).getTime() % 1000);
    expect(told).toEqual(fractions.map(Number));
  });
});
