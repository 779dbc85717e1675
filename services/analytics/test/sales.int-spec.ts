import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { shippedRoles, type Power } from '@voronka/contracts';
import { serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { analytics as definition } from '../src/service.js';
import { A, people, pipelineId, staff, teams } from './march.js';
import { line, on, send, settled, Story } from './story.js';

const [laptop, dock] = [newId(), newId()];
let analytics: ServiceUnderTest;
let analyst: Asker;

beforeAll(async () => {
  // Ten hours ahead of UTC: there April begins on 31 March at 14:00 UTC.
  analytics = await serviceUnderTest(definition, { ORGANISATION_TIME_ZONE: 'Asia/Vladivostok' });
  analyst = await staff(analytics);
  const { anna, boris, vera, gleb } = people;
  const story = new Story();
  const at = { pipelineId, stageId: A };
  const two = [line(laptop, 2_000, 150), line(dock, 1_000, 700)];
  story.deal({ ...at, ownerId: anna, source: 'fair', amount: 1_000, lines: two }, on(1)).won(on(10));
  const half = [line(laptop, 500, 101)];
  story.deal({ ...at, ownerId: boris, source: 'fair', amount: 51, lines: half }, on(30)).won(on(31, 15));
  story.deal({ ...at, ownerId: vera, amount: 400, currency: 'EUR' }, on(1)).won(on(5));
  story.deal({ ...at, ownerId: vera, source: 'web', amount: 100 }, on(1)).lost(on(6));
  story.deal({ ...at, ownerId: gleb, source: 'web', amount: 250 }, on(2));
  story.deal({ ...at, ownerId: gleb, source: 'web', amount: 777 }, on(-10));
  story.deal({ ...at, ownerId: anna, source: 'web', amount: 888 }, on(-20)).won(on(-8));
  story
    .deal({ ...at, ownerId: anna, source: 'web', amount: 999 }, on(3))
    .won(on(4))
    .withdrawn(on(5));
  await send(analytics, story.events);
  await settled(analytics, story.events);
}, 60_000);
afterAll(() => analytics.stop());

interface Row {
  key: string | null;
  won: number;
  lost: number;
  open: number;
  wonValue: { amount: number; currency: string }[];
  openValue: { amount: number; currency: string }[];
}
const SALES = `query ($by: SalesGrouping!, $from: DateTime, $to: DateTime) { sales(from: $from, to: $to, groupBy: $by) {
  rows { key owner { id } team { id } product { id } month source won lost winRate open wonValue { amount currency } openValue { amount currency } }
  total { won lost winRate open wonValue { amount currency } openValue { amount currency } } } }`;
const span = { from: '2026-03-01T00:00:00Z', to: '2026-04-02T00:00:00Z' };
const sales = async (by: string) =>
  (await analyst.get<{ sales: { rows: Row[]; total: object } }>(SALES, { ...span, by })).sales;

/** An analyst whose role counts in these pipelines and keeps these fields. */
const limited = (pipelines: Power['pipelines'], fields: Power['fields']): Promise<Asker> =>
  analytics.person({ powers: [{ grants: shippedRoles.ANALYST.grants, pipelines, fields }] });

/** Rows as `key: won/lost/open, sums of the won, sums of the open`. */
const written = async (by: string) => {
  const money = (sums: Row['wonValue']) =>
    sums.map(({ amount, currency }) => `${amount} ${currency}`).join(' + ') || '–';
  const { rows } = await sales(by);
  return Object.fromEntries(
    rows.map((r) => [String(r.key), `${r.won}/${r.lost}/${r.open}, ${money(r.wonValue)}, ${money(r.openValue)}`]),
  );
};

describe('sales', () => {
  it('by owner', async () => {
    expect(await written('OWNER')).toEqual({
      [people.anna]: '1/0/0, 1000 USD, –',
      [people.boris]: '1/0/0, 51 USD, –',
      [people.vera]: '1/1/0, 400 EUR, –',
      [people.gleb]: '0/0/1, –, 250 USD',
    });
  });

  it('by team, each with the teams below it', async () => {
    expect(await written('TEAM')).toEqual({
      [teams.house]: '3/1/0, 400 EUR + 1051 USD, –',
      [teams.west]: '2/0/0, 1051 USD, –',
      [teams.westOne]: '1/0/0, 1000 USD, –',
      [teams.east]: '1/1/0, 400 EUR, –',
      null: '0/0/1, –, 250 USD',
    });
  });

  it('by month of the organisation, in order', async () => {
    expect(await written('MONTH')).toEqual({
      '2026-03': '2/1/1, 400 EUR + 1000 USD, 250 USD',
      '2026-04': '1/0/0, 51 USD, –',
    });
    expect((await sales('MONTH')).rows.map((row) => row.key)).toEqual(['2026-03', '2026-04']);
  });

  it('by product, each deal with the value of its lines', async () => {
    expect(await written('PRODUCT')).toEqual({
      [laptop]: '2/0/0, 351 USD, –',
      [dock]: '1/0/0, 700 USD, –',
      null: '1/1/1, 400 EUR, 250 USD',
    });
  });

  it('by source', async () => {
    expect(await written('SOURCE')).toEqual({
      fair: '2/0/0, 1051 USD, –',
      web: '0/1/1, –, 250 USD',
      null: '1/0/0, 400 EUR, –',
    });
  });

  it.each(['OWNER', 'TEAM', 'MONTH', 'PRODUCT', 'SOURCE'])('have the same total by %s', async (by) => {
    expect((await sales(by)).total).toEqual({
      ...{ won: 3, lost: 1, winRate: 0.75, open: 1 },
      wonValue: [
        { amount: 400, currency: 'EUR' },
        { amount: 1_051, currency: 'USD' },
      ],
      openValue: [{ amount: 250, currency: 'USD' }],
    });
  });

  it('have the best sellers first, what has no key last, and the rest where it is asked for', async () => {
    const page = async (by: string, first: number, skip: number) => {
      const text = `query ($by: SalesGrouping!, $from: DateTime, $to: DateTime, $first: Int!, $skip: Int!) {
        sales(from: $from, to: $to, groupBy: $by, first: $first, skip: $skip) { rows { key } more total { won } } }`;
      const { sales } = await analyst.get<{ sales: { rows: Row[]; more: number; total: { won: number } } }>(text, {
        ...span,
        ...{ by, first, skip },
      });
      return [sales.rows.map(({ key }) => key), sales.more, sales.total.won];
    };
    expect(await page('SOURCE', 1, 0)).toEqual([['fair'], 2, 3]);
    expect(await page('SOURCE', 2, 1)).toEqual([['web', null], 0, 3]);
    expect(await page('SOURCE', 2, 3)).toEqual([[], 0, 3]);
    expect(await page('TEAM', 1, 0)).toEqual([[teams.house], 4, 3]);
    expect(await page('MONTH', 1, 1)).toEqual([['2026-04'], 0, 3]);
  });

  it.each([
    ['first: 0', 'INVALID_NUMBER', 'first'],
    ['first: 201', 'PAGE_TOO_LARGE', 'first'],
    ['skip: -1', 'INVALID_NUMBER', 'skip'],
  ])('refuse rows that nobody can mean: %s', async (asked, code, field) => {
    const refused = await analyst.refusal(`{ sales(groupBy: OWNER, ${asked}) { more } }`);
    expect(refused).toMatchObject({ code, field });
  });

  it('say what a row stands for', async () => {
    const [first] = (await sales('TEAM')).rows;
    expect(first).toMatchObject({
      key: teams.house,
      team: { id: teams.house },
      owner: null,
      product: null,
      month: null,
    });
  });

  it('refuse a period that ends before it begins', async () => {
    const wrong = { by: 'OWNER', from: span.to, to: span.from };
    expect(await analyst.refusal(SALES, wrong)).toMatchObject({ code: 'INVALID_DATE', field: 'to' });
  });
});

describe('sales, for whom not everything is', () => {
  const asked = { ...span, by: 'OWNER' };
  interface Report {
    sales: { rows: Row[]; total: Row };
  }

  it('are those of the pipelines in which the role counts', async () => {
    const { sales: all } = await analyst.get<Report>(SALES, asked);
    const there = await limited([{ pipelineId, stageIds: null }], []);
    expect((await there.get<Report>(SALES, asked)).sales).toEqual(all);
    const elsewhere = await limited([{ pipelineId: newId(), stageIds: null }], []);
    expect((await elsewhere.get<Report>(SALES, asked)).sales).toMatchObject({ rows: [], total: { won: 0, open: 0 } });
    const leads =
      '{ leadFunnel(from: "2026-03-01T00:00:00Z", to: "2026-04-02T00:00:00Z", groupBy: SOURCE) { total { captured } } }';
    expect(await elsewhere.get(leads)).toEqual(await analyst.get(leads));
  });

  it('have counts and no sums where amounts are hidden', async () => {
    const blind = await limited(null, [{ field: 'deal.amount', access: 'HIDDEN' }]);
    const { rows, total } = (await blind.get<Report>(SALES, asked)).sales;
    expect(rows.map(({ won }) => won)).toContain(1);
    expect([total, ...rows].flatMap(({ wonValue, openValue }) => [...wonValue, ...openValue])).toEqual([]);
  });
});
