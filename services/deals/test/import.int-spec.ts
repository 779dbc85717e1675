import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@voronka/testing';
import { deal, house, known, MOVE, stageId, story, type House } from './house.js';

interface Row {
  index: number;
  outcome: string;
  id: string | null;
  error: { code: string; field: string } | null;
}
const IMPORT = `mutation ($rows: [ImportDealInput!]!) { importDeals(rows: $rows) {
  index outcome id error { code field message } } }`;

let h: House;
beforeAll(async () => {
  h = await house();
}, 60_000);
afterAll(() => h.system.stop());

const importDeals = async (rows: object[]) => (await h.admin.get<{ importDeals: Row[] }>(IMPORT, { rows })).importDeals;

describe('an imported deal', () => {
  it('arrives with its history in business time, and each step is an event that happened then', async () => {
    const companyId = await known(h, 'company');
    const [row] = await importDeals([
      {
        externalId: 'crm:1C1I7A6R',
        title: 'GTX Plus Basic',
        amount: { amount: 105_400, currency: 'USD' },
        ownerId: h.anna.id,
        companyId,
        createdAt: '2016-10-20T00:00:00Z',
        history: [
          { at: '2016-10-20T00:00:00Z', stageId: stageId(h, 'Qualified') },
          { at: '2017-03-01T00:00:00Z', won: true },
        ],
      },
    ]);
    const id = row?.id ?? '';
    expect(row).toMatchObject({ outcome: 'CREATED', error: null });
    await eventually(() => story(h, id).length === 3);
    const events = h.system.published().filter((event) => event.subject === id);
    expect(events.map((e) => [e.type, e.aggregateVersion, e.occurredAt.toISOString(), e.actor])).toEqual([
      ['crm.deal.created', 1, '2016-10-20T00:00:00.000Z', h.admin.id],
      ['crm.deal.moved', 2, '2016-10-20T00:00:00.000Z', h.admin.id],
      ['crm.deal.won', 3, '2017-03-01T00:00:00.000Z', h.admin.id],
    ]);
    expect(events.every((e) => e.recordedAt.getTime() === h.system.clock.now().getTime())).toBe(true);
    expect(events[0]).toMatchObject({ data: { deal: { ownerId: h.anna.id, teamId: h.annasTeam, status: 'OPEN' } } });
    expect(await deal(h.anna, id)).toMatchObject({
      status: 'WON',
      stage: { name: 'Qualified' },
      closedAt: '2017-03-01T00:00:00.000Z',
      version: 3,
    });
  });

  it('is left as it is by a second import, also when it was worked since, and is not imported anew with other content', async () => {
    const rows = [{ externalId: 'crm:again', title: 'Again' }];
    const [first] = await importDeals(rows);
    await h.anna.get(MOVE, { id: first?.id, stageId: stageId(h, 'Proposal') });
    expect(await importDeals(rows)).toMatchObject([{ outcome: 'UNCHANGED', id: first?.id }]);
    expect((await deal(h.anna, first?.id ?? ''))?.stage.name).toBe('Proposal');
    expect(await importDeals([{ externalId: 'crm:again', title: 'Otherwise' }])).toMatchObject([
      { outcome: 'REFUSED', error: { code: 'CONFLICT' } },
    ]);
  });

  it('is found by a call that is repeated while the first one is at work', async () => {
    const rows = Array.from({ length: 300 }, (_, n) => ({ externalId: `crm:twice:${n}`, title: 'Twice' }));
    const [first, second] = await Promise.all([importDeals(rows), importDeals(rows)]);
    const ids = (answers: typeof first) => answers.map(({ id }) => id);
    expect(ids(first)).toEqual(ids(second));
    expect(first.map(({ outcome }, n) => [outcome, second[n]?.outcome].sort())).toEqual(
      rows.map(() => ['CREATED', 'UNCHANGED']),
    );
  });

  it('that is refused says why and where, and its neighbours come in', async () => {
    const at = '2017-01-01T00:00:00Z';
    const bad: [object, string, string][] = [
      [{ amount: { amount: -5, currency: 'USD' } }, 'INVALID_AMOUNT', 'amount.amount'],
      [{ createdAt: at, history: [{ at: '2016-01-01T00:00:00Z', won: true }] }, 'INVALID_DATE', 'history.0.at'],
      [{ history: [{ at: '2999-01-01T00:00:00Z', won: true }] }, 'INVALID_DATE', 'history.0.at'],
      [{ history: [{ at: '2027-01-01T00:00:00Z', won: true }] }, 'DATE_IN_FUTURE', 'history.0.at'],
      [{ history: [{ at, won: true, lost: 'PRICE' }] }, 'INVALID_VALUE', 'history.0'],
      [{ history: [{ at }] }, 'INVALID_VALUE', 'history.0'],
      [{ history: [{ at, stageId: '01920000-0000-7000-8000-999999999999' }] }, 'STAGE_NOT_FOUND', 'history.0.stageId'],
      [
        {
          history: [
            { at, lost: 'PRICE' },
            { at, won: true },
          ],
        },
        'DEAL_CLOSED',
        'history.1.at',
      ],
      [{ title: '' }, 'TEXT_EMPTY', 'title'],
    ];
    const rows = [
      { externalId: 'mixed:first', title: 'Fine' },
      ...bad.map(([row], i) => ({ externalId: `mixed:${i}`, title: 'Bad', ...row })),
      { externalId: 'mixed:last', title: 'Fine' },
    ];
    const results = await importDeals(rows);
    expect(results.map((r) => r.outcome)).toEqual(['CREATED', ...bad.map(() => 'REFUSED'), 'CREATED']);
    expect(results.slice(1, -1).map((r) => [r.error?.code, r.error?.field])).toEqual(bad.map(([, ...why]) => why));
  });

  it('comes 500 at a time, and not 501', async () => {
    const rows = Array.from({ length: 501 }, (_, i) => ({
      externalId: `many:${i}`,
      title: `Many ${i}`,
      amount: { amount: i, currency: 'USD' },
      history: [{ at: '2017-01-01T00:00:00Z', stageId: stageId(h, 'Proposal') }],
    }));
    expect(await h.admin.refusal(IMPORT, { rows })).toMatchObject({ code: 'TOO_MANY', field: 'rows' });
    const results = await importDeals(rows.slice(0, 500));
    expect(results.filter((r) => r.outcome === 'CREATED').map((r) => r.index)).toEqual(
      rows.slice(0, 500).map((_, i) => i),
    );
  }, 30_000);

  it('is for those who may import', async () => {
    expect(await h.anna.refusal(IMPORT, { rows: [] })).toMatchObject({ code: 'FORBIDDEN' });
  });
});
