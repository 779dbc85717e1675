import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { instant } from './type-parsers.js';

const TIMESTAMPTZ = 1184;
const asPg = pg.types.getTypeParser(TIMESTAMPTZ);

describe('An instant of PostgreSQL', () => {
  it.each([
    ['2026-03-01 09:30:00+00', '2026-03-01T09:30:00.000Z'],
    ['2026-12-31 23:59:59.9+00', '2026-12-31T23:59:59.900Z'],
    ['2026-03-01 09:30:00.05+00', '2026-03-01T09:30:00.050Z'],
    ['2026-03-01 09:30:00.007+00', '2026-03-01T09:30:00.007Z'],
    ['2026-03-01 09:30:00.123999+00', '2026-03-01T09:30:00.123Z'],
    ['1969-07-20 20:17:40.5+00', '1969-07-20T20:17:40.500Z'],
    ['0100-01-01 00:00:00+00', '0100-01-01T00:00:00.000Z'],
  ])('%s is read to the millisecond', (text, said) => {
    expect(instant(text)).toEqual(new Date(said));
  });

  it.each([
    ['in another zone', '2026-03-01 09:30:00+03'],
    ['in the zone of half an hour', '2026-03-01 09:30:00.25-02:30'],
    ['of the first century', '0044-03-15 12:00:00+00'],
    ['before our era', '0044-03-15 12:00:00+00 BC'],
    ['far ahead', '12026-03-01 09:30:00+00'],
    ['that never comes', 'infinity'],
    ['that never was', '-infinity'],
  ])('%s is read as pg reads it', (_, text) => {
    expect(instant(text)).toEqual(asPg(text));
  });
});
