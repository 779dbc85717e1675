import { describe, expect, it } from '@jest/globals';
import { BulkReadNoticed } from '@voronka/contracts';
import { BulkRead, isTooMuch } from './bulk-read.js';

const hour = new Date('2026-03-02T09:00:00.000Z');
const within = new Date('2026-03-02T09:59:59.999Z');
const id = '0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d';

describe('reading in bulk', () => {
  it.each([
    [99, 100, within, false],
    [100, 100, within, true],
    [1_000_000, null, within, false],
    [100, 100, new Date('2026-03-02T10:00:00.000Z'), false],
  ])('is %d records of a budget of %j at %j: %j', (rows, limit, now, is) => {
    expect(isTooMuch(rows, limit, hour, now)).toBe(is);
  });

  it('is announced with the hour that it lasts', () => {
    const read = { userId: id, rows: 120, rowsPerHour: 100, startsAt: hour, sessionsEnded: true };
    expect(BulkRead.notice(id, read, within)).toMatchObject([
      {
        declaration: BulkReadNoticed,
        data: {
          bulkRead: {
            ...{ id, userId: id, rows: 120, rowsPerHour: 100, sessionsEnded: true },
            ...{ startsAt: '2026-03-02T09:00:00.000Z', endsAt: '2026-03-02T10:00:00.000Z' },
          },
        },
      },
    ]);
  });
});
