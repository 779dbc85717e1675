import { describe, expect, it } from '@jest/globals';
import { aDeal, after, id } from '../../test/given.js';
import { valueOf } from './deal-lines.js';

const line = (quantity: number, amount: number, currency = 'USD') => ({
  productId: id(40),
  quantity,
  price: { amount, currency },
});
const MAX = Number.MAX_SAFE_INTEGER;

describe('the value of a deal', () => {
  it('is the amount that was said while there are no lines', () => {
    expect(valueOf({ amount: 0, currency: 'RUB' }, [])).toEqual({ amount: 0, currency: 'RUB', lines: [] });
    expect(valueOf(null, [])).toEqual({ amount: null, currency: null, lines: [] });
  });

  it('is the sum of the lines, in their currency, the same amount said again included', () => {
    const lines = [line(2_000, 55_000), line(1_000, 482_100)];
    expect(valueOf(null, lines)).toMatchObject({ amount: 592_100, currency: 'USD' });
    expect(valueOf({ amount: 592_100, currency: 'USD' }, lines)).toMatchObject({ amount: 592_100 });
  });

  it.each([
    [1, 499, 0],
    [1, 500, 1],
    [500, 3, 2],
    [333, 100, 33],
    [1_500, 333, 500],
    [1_000, MAX, MAX],
  ])('of %d thousandths at %d is %d, rounded half up', (quantity, price, amount) => {
    expect(valueOf(null, [line(quantity, price)]).amount).toBe(amount);
  });

  it('rounds each line by itself, so that products add up to deals', () => {
    expect(valueOf(null, [line(500, 1), line(500, 1)]).amount).toBe(2);
  });

  it.each([
    ['a sum beyond 2^53', null, [line(1_000, MAX), line(1_000, 1)], 'INVALID_AMOUNT'],
    ['a line beyond 2^53', null, [line(MAX, MAX)], 'INVALID_AMOUNT'],
    ['an amount that says otherwise', { amount: 1, currency: 'USD' }, [line(1_000, 2)], 'INVALID_AMOUNT'],
    ['lines in two currencies', null, [line(1_000, 1), line(1_000, 1, 'EUR')], 'CURRENCIES_DIFFER'],
    ['an amount in another currency', { amount: 2, currency: 'EUR' }, [line(1_000, 2)], 'CURRENCIES_DIFFER'],
  ])('refuses %s', (_, amount, lines, code) => {
    expect(() => valueOf(amount, lines)).toThrow(expect.objectContaining({ code }));
  });

  it('follows the lines when they change, stays when they are taken away, and cannot be set against them', () => {
    const deal = aDeal(undefined, { amount: null, lines: [line(1_000, 500)] });
    deal.update({ lines: [line(3_000, 500)] }, null, after(1));
    expect(deal.amount).toBe(1_500);
    expect(() => deal.update({ amount: { amount: 7, currency: 'USD' } }, null, after(2))).toThrow(
      'With lines the amount is their sum',
    );
    deal.update({ lines: [] }, null, after(2));
    expect(deal.money).toEqual({ amount: 1_500, currency: 'USD' });
    deal.update({ amount: { amount: 7, currency: 'USD' } }, null, after(3));
    expect(deal.money).toEqual({ amount: 7, currency: 'USD' });
  });
});
