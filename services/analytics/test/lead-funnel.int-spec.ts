import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { analytics as definition } from '../src/service.js';
import { people, staff } from './march.js';
import { on, send, settled, Story } from './story.js';

let analytics: ServiceUnderTest;
let analyst: Asker;
beforeAll(async () => {
  analytics = await serviceUnderTest(definition);
  analyst = await staff(analytics);
  const { anna, boris } = people;
  const story = new Story();
  const captured = (ownerId: string, source: string | null, day = 1) => story.lead({ ownerId, source }, on(day));
  captured(anna, 'fair')
    .became('WORKING', on(2))
    .became('QUALIFIED', on(3))
    .became('CONVERTING', on(4))
    .became('CONVERTED', on(5));
  captured(boris, 'fair').became('CONVERTING', on(2)).became('CONVERTED', on(3));
  captured(anna, 'fair').became('WORKING', on(2)).became('DISQUALIFIED', on(3));
  captured(anna, 'web');
  captured(boris, null).became('QUALIFIED', on(2)).became('DISQUALIFIED', on(3)).became('WORKING', on(4));
  captured(anna, 'web', -10).became('WORKING', on(2));
  await send(analytics, story.events);
  await settled(analytics, story.events);
}, 60_000);
afterAll(() => analytics.stop());

const LEADS = `query ($by: LeadFunnelGrouping!, $from: DateTime, $to: DateTime) { leadFunnel(from: $from, to: $to, groupBy: $by) {
  rows { key source owner { id } captured working qualified converted disqualified conversionRate medianDaysToConvert }
  total { captured working qualified converted disqualified conversionRate medianDaysToConvert } } }`;
interface Answer {
  leadFunnel: { rows: object[]; total: object };
}
const inMarch = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
const leads = async (variables: object) => (await analyst.get<Answer>(LEADS, { ...inMarch, ...variables })).leadFunnel;

describe('the lead funnel', () => {
  it('by source agrees with the figures reckoned by hand', async () => {
    const row = (source: string | null) => ({ key: source, source, owner: null });
    expect(await leads({ by: 'SOURCE' })).toEqual({
      rows: [
        {
          ...row('fair'),
          ...{ captured: 3, working: 3, qualified: 2, converted: 2, disqualified: 1 },
          ...{ conversionRate: 2 / 3, medianDaysToConvert: 3 },
        },
        {
          ...row('web'),
          ...{ captured: 1, working: 0, qualified: 0, converted: 0, disqualified: 0 },
          ...{ conversionRate: 0, medianDaysToConvert: null },
        },
        {
          ...row(null),
          ...{ captured: 1, working: 1, qualified: 1, converted: 0, disqualified: 0 },
          ...{ conversionRate: 0, medianDaysToConvert: null },
        },
      ],
      total: {
        ...{ captured: 5, working: 4, qualified: 3, converted: 2, disqualified: 1 },
        ...{ conversionRate: 0.4, medianDaysToConvert: 3 },
      },
    });
  });

  it('by owner', async () => {
    const { rows } = await leads({ by: 'OWNER' });
    expect(rows).toEqual([
      expect.objectContaining({ owner: { id: people.anna }, captured: 3, converted: 1, medianDaysToConvert: 4 }),
      expect.objectContaining({ owner: { id: people.boris }, captured: 2, converted: 1, medianDaysToConvert: 2 }),
    ]);
  });

  it('shows the rows that are asked for, and says how many there are after them', async () => {
    const page = async (first: number, skip: number) => {
      const text = `query ($from: DateTime, $to: DateTime, $first: Int!, $skip: Int!) {
        leadFunnel(from: $from, to: $to, groupBy: SOURCE, first: $first, skip: $skip) { rows { source } more total { captured } } }`;
      const { leadFunnel } = await analyst.get<{
        leadFunnel: { rows: { source: string | null }[]; more: number; total: { captured: number } };
      }>(text, { ...inMarch, first, skip });
      return [leadFunnel.rows.map(({ source }) => source), leadFunnel.more, leadFunnel.total.captured];
    };
    expect(await page(1, 0)).toEqual([['fair'], 2, 5]);
    expect(await page(2, 1)).toEqual([['web', null], 0, 5]);
    expect(await page(2, 3)).toEqual([[], 0, 5]);
  });

  it('of a period without leads has a total of nothing', async () => {
    const { rows, total } = await leads({ by: 'OWNER', from: '2027-01-01T00:00:00Z', to: '2028-01-01T00:00:00Z' });
    expect({ rows, total }).toMatchObject({ rows: [], total: { captured: 0, conversionRate: null } });
  });
});
