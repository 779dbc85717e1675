import { describe, expect, it } from '@jest/globals';
import type { DealStatus } from '@voronka/contracts';
import { salesFigures } from './sales.js';

const deals = (key: string | null, status: DealStatus, count: number, amount: number | null, currency = 'USD') => ({
  ...{ key, status, count, amount },
  currency: amount === null ? null : currency,
});

describe('sales figures', () => {
  it('count deals by what became of them and keep currencies apart', () => {
    const counts = [
      deals('a', 'WON', 3, 900),
      deals('a', 'WON', 1, 40, 'EUR'),
      deals('a', 'LOST', 1, 70),
      deals('a', 'OPEN', 2, null),
    ];
    expect(salesFigures(counts)).toEqual({
      won: 4,
      lost: 1,
      winRate: 0.8,
      wonValue: [
        { amount: 40, currency: 'EUR' },
        { amount: 900, currency: 'USD' },
      ],
      open: 2,
      openValue: [],
    });
  });

  it('have no win rate where nothing closed', () => {
    expect(salesFigures([deals('a', 'OPEN', 2, 10)]).winRate).toBeNull();
  });
});
