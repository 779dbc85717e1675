import { expect, it } from '@jest/globals';
import { together, type Counted } from './holdings.js';

const row = (currency: string | null, count: number, amount: number | null, status = 'OPEN'): Counted => ({
  ...{ noun: 'deal', status, currency, count, amount },
});

it('counts a noun and status in one line, and keeps currencies apart', () => {
  expect(together([row('EUR', 2, 500), row('USD', 1, 70), row(null, 4, null), row('EUR', 1, 9, 'WON')])).toEqual([
    {
      ...{ noun: 'deal', status: 'OPEN', count: 7 },
      value: [
        { amount: 500, currency: 'EUR' },
        { amount: 70, currency: 'USD' },
      ],
    },
    { noun: 'deal', status: 'WON', count: 1, value: [{ amount: 9, currency: 'EUR' }] },
  ]);
});
