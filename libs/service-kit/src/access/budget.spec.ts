import { beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../clock.js';
import { Budgets } from './budget.js';
import { Organisation, type Person, type Role } from './organisation.js';

const role = (id: string, rowsPerHour: number | null): Role => ({
  ...{ id, grants: [], pipelines: null, fields: [], rowsPerHour },
});
const person = (id: string, ...roleIds: string[]): Person => ({ id, name: id, teamId: null, active: true, roleIds });
const roles = [role('few', 100), role('many', 1_000), role('all', null)];
const organisation = (...read: { userId: string; rows: number }[]) =>
  new Organisation(
    [person('anna', 'few'), person('boris', 'few', 'many'), person('vera', 'few', 'all'), person('gleb', 'gone')],
    [],
    roles,
    [],
    read,
  );

describe('the budget of a person', () => {
  it.each([
    ['anna', 100],
    ['boris', 1_000],
    ['vera', null],
    ['gleb', null],
    ['a stranger', null],
  ])('is the widest of the roles: of %s %j records an hour', (id, rows) => {
    expect(organisation().rowsPerHour(id)).toBe(rows);
  });
});

describe('what somebody is shown', () => {
  let now: Date;
  let budgets: Budgets;
  const anna = { id: 'anna' };
  const spent = (of = organisation()) => {
    try {
      budgets.require(anna, of);
      return null;
    } catch (error) {
      return error as Error;
    }
  };

  beforeEach(() => {
    now = new Date('2026-03-02T09:59:00.000Z');
    budgets = new Budgets(
      new (class extends Clock {
        override now = () => now;
      })(),
    );
  });

  it('is counted until the budget is spent, which is told with when it opens again', () => {
    budgets.count(anna, 99);
    expect(spent()).toBeNull();
    budgets.count(anna, 1);
    expect(spent()).toMatchObject({ code: 'BUDGET_SPENT' });
    expect(spent()?.message).toMatch(/read 100 records in this hour.*at 10:00 UTC/);
    now = new Date('2026-03-02T10:00:00.000Z');
    expect(spent()).toBeNull();
  });

  it('is counted for each by himself', () => {
    budgets.count({ id: 'boris' }, 100);
    expect(spent()).toBeNull();
  });

  it('is spent where others have shown him too much, unless he may read more by now', () => {
    expect(spent(organisation({ userId: 'anna', rows: 99 }))).toBeNull();
    expect(spent(organisation({ userId: 'anna', rows: 100 }))).toMatchObject({ code: 'BUDGET_SPENT' });
    expect(spent(organisation({ userId: 'boris', rows: 500 }))).toBeNull();
  });

  it('is told once, with its hour, also when the hour has ended', () => {
    budgets.count(anna, 5);
    budgets.count(anna, 6);
    expect(budgets.take()).toEqual([{ personId: 'anna', hour: '2026-03-02T09:00:00.000Z', rows: 11 }]);
    expect(budgets.take()).toEqual([]);
    budgets.count(anna, 7);
    now = new Date('2026-03-02T10:00:00.000Z');
    budgets.count(anna, 8);
    expect(budgets.take()).toEqual([
      { personId: 'anna', hour: '2026-03-02T09:00:00.000Z', rows: 7 },
      { personId: 'anna', hour: '2026-03-02T10:00:00.000Z', rows: 8 },
    ]);
  });

  it('of more people than one message takes is told in the next', () => {
    for (let n = 0; n < 700; n++) budgets.count({ id: `person ${n}` }, 1);
    expect([budgets.take().length, budgets.take().length, budgets.take().length]).toEqual([500, 200, 0]);
  });
});
