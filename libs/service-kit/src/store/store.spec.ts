import { describe, expect, it } from '@jest/globals';
import { digestOf } from './store.js';

describe('the digest by which a repeated creation is known', () => {
  const content = {
    title: 'Forty units',
    lines: [{ quantity: 2, productId: null }],
    amount: { currency: 'EUR', amount: 1200 },
    at: new Date(0),
    note: undefined,
    ...{ 10: 'b', 9: 'a' },
  };

  it('is the one that earlier versions have kept', () => {
    expect(digestOf(content)).toBe('mZUZwLtZMyrAobR-mQp7TsvdeT85rSEBCbP6xnesNy4');
  });

  it('does not depend on the order of keys, and does on that of a list', () => {
    const { title, lines, amount, ...rest } = content;
    expect(digestOf({ amount: { amount: 1200, currency: 'EUR' }, lines, title, ...rest })).toBe(digestOf(content));
    expect(digestOf({ list: [1, 2] })).not.toBe(digestOf({ list: [2, 1] }));
  });
});
