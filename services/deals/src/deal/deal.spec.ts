import { describe, expect, it } from '@jest/globals';
import {
  DealLost,
  DealMoved,
  DealReopened,
  DealUpdated,
  DealWon,
  dealStatuses,
  type DealStatus,
} from '@voronka/contracts';
import { aDeal, after, ANNA, aPipeline, id, MARCH } from '../../test/given.js';
import { relive } from './deal-history.js';
import type { PipelinePatch } from '../pipeline/pipeline.js';
import { dealVerbs, transitions, type Deal, type DealVerb } from './deal.js';

const refusal = (rule: () => unknown) => {
  try {
    rule();
  } catch (error) {
    const { code, field } = error as { code: string; field?: string };
    return { code, field };
  }
  return null;
};
const types = (events: { declaration: { type: string } }[]) => events.map((event) => event.declaration.type);

const pipeline = aPipeline();
const inStatus: Record<DealStatus, () => Deal> = {
  OPEN: () => aDeal(pipeline),
  WON: () => {
    const deal = aDeal(pipeline);
    deal.win(null, after(1));
    return deal;
  },
  LOST: () => {
    const deal = aDeal(pipeline);
    deal.lose('PRICE', null, null, after(1));
    return deal;
  },
};
const verbs: Record<DealVerb, (deal: Deal) => unknown> = {
  update: (deal) => deal.update({ title: 'Another title' }, null, after(2)),
  move: (deal) => deal.move(pipeline, id(12), null, after(2)),
  win: (deal) => deal.win(null, after(2)),
  lose: (deal) => deal.lose('TIMING', 'next year', null, after(2)),
  reopen: (deal) => deal.reopen(pipeline, null, after(2)),
};

describe('what may happen to a deal', () => {
  const table = dealStatuses.flatMap((status) => dealVerbs.map((verb) => [status, verb] as const));
  const allowed = table.filter(([status, verb]) => transitions[status][verb]);
  const refused = table.filter(([status, verb]) => !transitions[status][verb]);

  it.each(allowed)('a deal that is %s may %s', (status, verb) => {
    const deal = inStatus[status]();
    verbs[verb](deal);
    expect(deal.status).toBe(transitions[status][verb]);
  });

  it.each(refused)('a deal that is %s refuses to %s', (status, verb) => {
    const code = status === 'OPEN' ? 'DEAL_OPEN' : 'DEAL_CLOSED';
    expect(refusal(() => verbs[verb](inStatus[status]()))).toEqual({ code, field: 'id' });
  });
});

describe('a deal', () => {
  it('enters the first stage of its pipeline when no stage is named, with the team its owner is in', () => {
    expect(aDeal(pipeline).state()).toMatchObject({
      status: 'OPEN',
      stageId: id(11),
      stagePosition: 0,
      ownerId: ANNA.id,
      teamId: ANNA.teamId,
      amount: 105_400,
      currency: 'USD',
      openedAt: MARCH.toISOString(),
      closedAt: null,
    });
  });

  it('tells with a move where it came from and what changed', () => {
    const [moved] = aDeal(pipeline).move(pipeline, id(13), null, after(3));
    expect(moved).toMatchObject({
      declaration: DealMoved,
      version: 2,
      occurredAt: after(3),
      data: {
        fromStageId: id(11),
        toStageId: id(13),
        changes: { stageId: { from: id(11), to: id(13) }, stagePosition: { from: 0, to: 2 } },
      },
    });
  });

  it('is refused a stage of another pipeline, and the one it is in', () => {
    const other = aPipeline(id(30), [31]);
    expect(refusal(() => aDeal(pipeline).move(other, id(31), null, after(1)))).toEqual({
      code: 'STAGE_IN_ANOTHER_PIPELINE',
      field: 'stageId',
    });
    expect(refusal(() => aDeal(pipeline).move(pipeline, id(11), null, after(1)))).toEqual({
      code: 'INVALID_VALUE',
      field: 'stageId',
    });
  });

  it('closes in the stage it was in and opens there again, without its reason', () => {
    const deal = aDeal(pipeline);
    deal.move(pipeline, id(12), null, after(1));
    const [lost] = deal.lose('COMPETITOR', 'They were quicker.', null, after(2));
    expect(lost).toMatchObject({ declaration: DealLost, data: { note: 'They were quicker.' } });
    expect(deal.state()).toMatchObject({ lostReason: 'COMPETITOR', closedAt: after(2).toISOString(), stageId: id(12) });
    const [reopened] = deal.reopen(pipeline, null, after(4));
    expect(reopened?.declaration).toBe(DealReopened);
    expect(deal.state()).toMatchObject({ status: 'OPEN', lostReason: null, closedAt: null, stageId: id(12) });
  });

  it('is not reopened into a stage or a pipeline that is archived', () => {
    const reopenAfter = (change: PipelinePatch) => {
      const own = aPipeline();
      const deal = aDeal(own);
      deal.win(null, after(1));
      own.change(change, new Map(), after(2));
      return refusal(() => deal.reopen(own, null, after(3)));
    };
    expect(reopenAfter({ stages: aPipeline().stages.slice(1) })).toEqual({ code: 'STAGE_ARCHIVED', field: 'id' });
    expect(reopenAfter({ archived: true })).toEqual({ code: 'PIPELINE_ARCHIVED', field: 'id' });
  });

  it('says nothing when nothing changes', () => {
    expect(aDeal(pipeline).update({ title: 'Ten licences', owner: ANNA }, null, after(1))).toEqual([]);
  });

  it('takes the team of a new owner, and keeps the team while the owner stays', () => {
    const deal = aDeal(pipeline);
    deal.update({ owner: { ...ANNA, teamId: id(99) } }, null, after(1));
    expect(deal.teamId).toBe(ANNA.teamId);
    const [updated] = deal.update({ owner: { id: id(3), teamId: id(4) } }, null, after(1));
    expect(updated).toMatchObject({ declaration: DealUpdated, data: { deal: { ownerId: id(3), teamId: id(4) } } });
  });

  it('fills in what it lacks of its customer, and gives back only what still stands', () => {
    const deal = aDeal(pipeline, { companyId: id(50) });
    const links = { companyId: id(51), contactId: id(52), leadId: id(53) };
    const lacking = deal.lacks(links);
    deal.link(links, after(1));
    expect(deal).toMatchObject({ companyId: id(50), contactId: id(52), leadId: id(53) });
    deal.update({ contactId: id(54) }, null, after(2));
    deal.unlink(lacking, after(3));
    expect(deal).toMatchObject({ companyId: id(50), contactId: id(54), leadId: null });
  });
});

describe('when it happened', () => {
  it('is taken as said, in the event and as the time of closing', () => {
    const deal = aDeal(pipeline);
    const [won] = deal.win(after(5), after(30));
    expect(won).toMatchObject({ declaration: DealWon, occurredAt: after(5) });
    expect(deal.closedAt).toEqual(after(5));
  });

  it('is refused before the last change that reports count', () => {
    const moved = aDeal(pipeline);
    moved.move(pipeline, id(12), after(5), after(30));
    expect(refusal(() => moved.win(after(4), after(30)))).toEqual({ code: 'INVALID_DATE', field: 'occurredAt' });
    const repriced = aDeal(pipeline);
    repriced.update({ amount: { amount: 1, currency: 'USD' } }, null, after(30));
    expect(refusal(() => repriced.win(after(29), after(31)))).toEqual({ code: 'INVALID_DATE', field: 'occurredAt' });
  });

  it('may lie before a correction of a title, which no report counts', () => {
    const deal = aDeal(pipeline);
    deal.update({ title: 'Eleven licences' }, null, after(30));
    deal.win(after(5), after(30));
    expect(deal.closedAt).toEqual(after(5));
  });

  it('is never before the last change when clocks differ a little and nothing is said', () => {
    const deal = aDeal(pipeline);
    deal.move(pipeline, id(12), null, after(2));
    const [won] = deal.win(null, new Date(after(2).getTime() - 5));
    expect(won?.occurredAt).toEqual(after(2));
  });
});

describe('an imported history', () => {
  it('is led through by the same rules, each step at its time', () => {
    const deal = aDeal(pipeline);
    const events = relive(
      deal,
      pipeline,
      [
        { at: after(1), stageId: id(12) },
        { at: after(7), lost: 'UNKNOWN', note: null },
      ],
      after(90),
    );
    expect(types(events)).toEqual(['crm.deal.moved', 'crm.deal.lost']);
    expect(events.map((event) => [event.version, event.occurredAt])).toEqual([
      [2, after(1)],
      [3, after(7)],
    ]);
    expect(deal.closedAt).toEqual(after(7));
  });

  it('names the step that is refused', () => {
    const backwards = [
      { at: after(3), stageId: id(12) },
      { at: after(2), won: true as const },
    ];
    expect(refusal(() => relive(aDeal(pipeline), pipeline, backwards, after(90)))).toEqual({
      code: 'INVALID_DATE',
      field: 'input.history.1.at',
    });
    const twice = [
      { at: after(3), won: true as const },
      { at: after(4), stageId: id(12) },
    ];
    expect(refusal(() => relive(aDeal(pipeline), pipeline, twice, after(90)))).toEqual({
      code: 'DEAL_CLOSED',
      field: 'input.history.1.at',
    });
  });
});
