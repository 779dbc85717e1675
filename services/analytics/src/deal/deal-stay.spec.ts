import { describe, expect, it } from '@jest/globals';
import type { DealState } from '@voronka/contracts';
import { factOf, staysAfter, type DealNews, type Stay } from './deal-stay.js';

const id = (n: number) => `0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b0${n}`;
const [first, second] = [id(1), id(2)];
const on = (day: number) => new Date(Date.UTC(2026, 2, day));
const deal: DealState = {
  id: id(0),
  title: 'Forty laptops',
  status: 'OPEN',
  pipelineId: id(9),
  stageId: first,
  stagePosition: 0,
  amount: 100,
  currency: 'USD',
  lines: [],
  ownerId: id(8),
  teamId: null,
  companyId: null,
  contactId: null,
  leadId: null,
  source: 'fair',
  expectedCloseOn: null,
  lostReason: null,
  openedAt: on(1).toISOString(),
  closedAt: null,
};
const news = (day: number, change: Partial<DealState> = {}, withdrawn = false): DealNews => ({
  deal: { ...deal, ...change },
  at: on(day),
  withdrawn,
});

/** Every stay after a run of news, and the facts told on the way. */
function live(all: DealNews[]) {
  const stays: Stay[] = [];
  const facts = all.flatMap((item) => {
    const changed = staysAfter(stays.at(-1) ?? null, item);
    changed.forEach((stay) => (stays[stay.n - 1] = stay));
    return changed.map((stay) => factOf(stay, item));
  });
  return { stays, facts };
}
const told = (all: DealNews[]) =>
  live(all).stays.map(({ stageId, enteredAt, leftAt, how }) => [
    stageId === first ? 'first' : 'second',
    enteredAt.getUTCDate(),
    leftAt?.getUTCDate() ?? null,
    how,
  ]);

describe('the stays of a deal', () => {
  it('follow it through the stages until it is won', () => {
    expect(told([news(1), news(3, { stageId: second }), news(9, { stageId: second, status: 'WON' })])).toEqual([
      ['first', 1, 3, 'MOVED'],
      ['second', 3, 9, 'WON'],
    ]);
  });

  it('begin anew where it is moved back, and where it is reopened in the stage it was lost in', () => {
    const all = [news(1, { stageId: second }), news(2), news(4, { status: 'LOST' }), news(6)];
    expect(told(all)).toEqual([
      ['second', 1, 2, 'MOVED'],
      ['first', 2, 4, 'LOST'],
      ['first', 6, null, null],
    ]);
  });

  it('are not touched by a change of owner or amount, nor by a change of a closed deal', () => {
    const all = [
      news(1),
      news(2, { ownerId: id(7), amount: 5 }),
      news(3, { status: 'WON' }),
      news(4, { status: 'WON', amount: 7 }),
    ];
    expect(told(all)).toEqual([['first', 1, 3, 'WON']]);
  });

  it('end where the deal is withdrawn', () => {
    expect(told([news(1), news(5, {}, true)])).toEqual([['first', 1, 5, 'WITHDRAWN']]);
  });

  it('never end before they began', () => {
    expect(told([news(5), news(2, { stageId: second })])).toEqual([
      ['first', 5, 5, 'MOVED'],
      ['second', 5, null, null],
    ]);
  });
});

describe('the facts of a deal', () => {
  it('have versions without a gap', () => {
    const { facts } = live([
      news(1),
      news(2, { stageId: second }),
      news(3, { stageId: second, status: 'LOST' }),
      news(4, { stageId: second }),
      news(5, {}, true),
    ]);
    expect(facts.map((fact) => fact.version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(facts.map((fact) => fact.declaration.type.split('.').at(-1))).toEqual([
      ...['entered', 'left', 'entered', 'left', 'entered', 'left'],
    ]);
  });

  it('tell the deal as it is when the stay begins or ends, and fit their schema', () => {
    const { facts } = live([
      news(1),
      news(3, { ownerId: id(7), amount: 250 }),
      news(4, { ownerId: id(7), amount: 250, status: 'WON' }),
    ]);
    const left = facts[1];
    expect(left).toMatchObject({ occurredAt: on(4), data: { how: 'WON', dealStage: { ownerId: id(7), amount: 250 } } });
    expect(facts.every((fact) => fact.declaration.schema.safeParse(fact.data).success)).toBe(true);
  });
});
