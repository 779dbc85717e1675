import { describe, expect, it } from '@jest/globals';
import type { DealStatus } from '@voronka/contracts';
import { salesFigures, salesRows } from './sales.js';

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

describe('sales rows', () => {
  const counts = [
    deals(null, 'WON', 9, 9),
    deals('2026-02', 'WON', 1, 10),
    deals('2026-01', 'LOST', 4, 10),
    deals('2026-03', 'WON', 5, 10),
  ];

  it('are in the order of months by month', () => {
    expect(salesRows('MONTH', counts).map((row) => row.key)).toEqual(['2026-01', '2026-02', '2026-03', null]);
  });

  it('are otherwise in the order of deals won, what has no key last', () => {
    expect(salesRows('SOURCE', counts).map((row) => row.key)).toEqual(['2026-03', '2026-02', '2026-01', null]);
  });
});
