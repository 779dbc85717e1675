import { describe, expect, it } from '@jest/globals';
import { Trade, type Row } from './trade.js';

const NOW = new Date('2026-03-02T09:00:00Z');
const owners = Array.from({ length: 100 }, (_, n) => `owner ${n}`);
const stages = ['new', 'offer', 'contract'].map((id) => ({ id }));
const trade = () => new Trade(2_000, owners, stages, NOW);
const text = (row: Row, field: string) => String(row[field]);

/** How many of these rows the first tenth of what a field may be has. */
const shareOfFirst = (rows: readonly Row[], field: string, all: readonly string[]) => {
  const first = new Set(all.slice(0, all.length / 10));
  return rows.filter((row) => first.has(text(row, field))).length / rows.length;
};

describe('what an organisation has traded', () => {
  const one = trade();
  const deals = [...one.dealRows()];

  it('is in proportion to its deals, and the same again on the same day', () => {
    expect(one.counts).toEqual({ companies: 800, contacts: 1_200, leads: 1_000, deals: 2_000, activities: 3_000 });
    expect(one.rows).toBe(8_000);
    expect([...trade().dealRows()]).toEqual(deals);
  });

  it('is uneven: the first owners and companies have most, and later stages less', () => {
    expect(shareOfFirst(deals, 'ownerId', owners)).toBeGreaterThan(0.25);
    expect(shareOfFirst(deals, 'companyId', one.companyIds)).toBeGreaterThan(0.4);
    const reached = (id: string) => deals.filter(({ history }) => JSON.stringify(history).includes(`"${id}"`)).length;
    expect(reached('offer')).toBeGreaterThan(reached('contract'));
    expect(reached('contract')).toBeGreaterThan(100);
  });

  it('refers only to what there is, and lies behind but for what is planned', () => {
    const [companies, contacts] = [new Set(one.companyIds), new Set(one.contactIds)];
    expect(deals.every((row) => companies.has(text(row, 'companyId')) && contacts.has(text(row, 'contactId')))).toBe(
      true,
    );
    expect([...one.contacts()].every((row) => companies.has(text(row, 'companyId')))).toBe(true);
    const times = [one.companies(), one.contacts(), one.leads(), deals].flatMap((rows) =>
      [...rows].flatMap(({ createdAt, history = [] }) => [
        createdAt,
        ...(history as { at: string }[]).map(({ at }) => at),
      ]),
    );
    expect(times.every((at) => Date.parse(String(at)) < NOW.getTime())).toBe(true);
    const owned = deals.map((row, n) => ({ id: `deal ${n}`, ownerId: text(row, 'ownerId') }));
    const planned = [...one.activities(owned)].filter(({ completedAt }) => completedAt === undefined);
    expect(planned).toHaveLength(2_000);
    expect(planned.every((row) => Date.parse(text(row, 'dueAt')) > NOW.getTime())).toBe(true);
  });

  it('sums up to what it has given out', () => {
    const sums = [...one.sums.values()];
    const amounts = deals.map(({ amount }) => (amount as { amount: number }).amount);
    expect(sums.reduce((sum, { count }) => sum + count, 0)).toBe(2_000);
    expect(sums.reduce((sum, { amount }) => sum + amount, 0)).toBe(amounts.reduce((sum, amount) => sum + amount));
    expect([...one.sums.keys()].sort()).toContain('WON USD');
  });
});
