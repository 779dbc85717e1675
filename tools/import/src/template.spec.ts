import { describe, expect, it } from '@jest/globals';
import { evaluate, fill, holds, minor, RowRefused, type Match } from './template.js';

const row = {
  name: 'Дом & Co',
  agent: 'Anna Snelling',
  price: '',
  'catalogue.price': '4821',
  day: '2016-10-20',
  stage: 'Won',
  empty: '',
};
const match: Match = (noun, name, within) => `${noun}:${within ? `${within}/` : ''}${name}`;

describe('a mapping', () => {
  it('fills templates with columns, with the first that has a value, and with their Latin form', () => {
    expect(fill('{name} ({stage})', row)).toBe('Дом & Co (Won)');
    expect(fill('{price|catalogue.price}', row)).toBe('4821');
    expect(fill('{agent:slug}@example.com', row)).toBe('anna.snelling@example.com');
  });

  it('names a column that the file does not have', () => {
    expect(() => fill('{nmae}', row)).toThrow(
      new RowRefused('UNKNOWN_COLUMN', 'The file has no column nmae. Mend the mapping.'),
    );
  });

  it('sends null for what comes out empty', () => {
    expect(
      evaluate({ note: '{empty}', on: { $instant: '{empty}' }, by: { $match: 'user', name: '{empty}' } }, row, match),
    ).toEqual({ note: null, on: null, by: null });
  });

  it('matches names, and stages within their pipeline', () => {
    expect(evaluate({ $match: 'user', name: '{agent}' }, row, match)).toBe('user:Anna Snelling');
    expect(evaluate({ $match: 'stage', name: 'Engaging', pipeline: 'Hardware' }, row, match)).toBe(
      'stage:Hardware/Engaging',
    );
  });

  it('leaves out the items of a list whose condition does not hold', () => {
    const history = [
      { $when: { stage: ['Lost'] }, lost: true },
      { $when: { stage: ['Won', 'Lost'] }, at: { $instant: '{day}' } },
    ];
    expect(evaluate(history, row, match)).toEqual([{ at: '2016-10-20T00:00:00.000Z' }]);
  });

  it('tells filled from empty columns', () => {
    expect(holds({ empty: 'empty', name: 'filled' }, row)).toBe(true);
    expect(holds({ name: 'empty' }, row)).toBe(false);
  });

  it.each([
    ['1054', 'USD', 105_400],
    ['0.5', 'USD', 50],
    ['90071992547409.91', 'USD', 9_007_199_254_740_991],
    ['1054', 'JPY', 1_054],
    ['1.50', 'KWD', 1_500],
    ['2.000', 'USD', 200],
  ])('takes %s %s as %d minor units', (value, currency, expected) => {
    expect(minor(value, currency)).toBe(expected);
  });

  it.each([
    ['1,054', 'USD'],
    ['-1', 'USD'],
    ['0.005', 'USD'],
    ['1.5', 'JPY'],
  ])('refuses %s %s as an amount', (value, currency) => {
    expect(() => minor(value, currency)).toThrow(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
  });

  it.each(['2016-02-30', 'yesterday'])('refuses %s as a date', (day) => {
    expect(() => evaluate({ $instant: '{day}' }, { day }, match)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATE' }),
    );
  });
});
