import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ActivityCompleted,
  ActivityPlanned,
  ActivityUpdated,
  ConversionCompleted,
  type ConversionState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, recalledSince, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { tasks as definition } from '../src/service.js';
import { knownDeal, knownLead, plan, PLAN } from './people.js';

let tasks: ServiceUnderTest;
let anna: Asker;
let lead: string;
beforeAll(async () => {
  tasks = await serviceUnderTest(definition);
  anna = await tasks.person({ name: 'Anna', role: 'HEAD_OF_SALES' });
  lead = await knownLead(tasks, anna);
}, 60_000);
afterAll(() => tasks.stop());

const day = (n: number, time = '12:00') => `2026-03-${String(n).padStart(2, '0')}T${time}:00.000Z`;
const COMPLETE = `mutation ($id: ID!, $outcome: String, $next: NextStepInput, $version: Int, $at: DateTime) {
  completeActivity(id: $id, outcome: $outcome, next: $next, expectedVersion: $version, occurredAt: $at) {
    status outcome completedAt next { id kind lead { id } owner { id } } } }`;
const ENTITIES = `query ($refs: [_Any!]!) { _entities(representations: $refs) {
  ... on Lead { nextStep { id } activities(first: 10) { id } } ... on Deal { nextStep { id } activities(first: 10) { id } } } }`;

describe('planning', () => {
  it('makes the asker the owner and links the lead', async () => {
    const id = await plan(anna, { about: { leadId: lead }, remindAt: day(2, '11:00') });
    const { activity } = await anna.get<{ activity: object }>(
      `query ($id: ID!) { activity(id: $id) { kind subject owner { id } createdBy { id } lead { id } deal { id } aboutKind dueAt remindAt overdue } }`,
      { id },
    );
    expect(activity).toEqual({
      kind: 'CALL',
      subject: 'Ring them',
      owner: { id: anna.id },
      createdBy: { id: anna.id },
      lead: { id: lead },
      deal: null,
      aboutKind: 'LEAD',
      dueAt: day(2),
      remindAt: day(2, '11:00'),
      overdue: false,
    });
    const planned = await eventually(() => tasks.published(ActivityPlanned).find((e) => e.subject === id));
    expect(planned).toMatchObject({ aggregateVersion: 1, actor: anna.id, data: { activity: { aboutId: lead } } });
  });

  it('answers the same activity to a repeat under the same id, and refuses other content', async () => {
    const id = newId();
    await plan(anna, { id });
    expect(await plan(anna, { id })).toBe(id);
    const other = { id, kind: 'TASK', subject: 'Something else', dueAt: day(3) };
    expect(await anna.refusal(PLAN, { input: other })).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
  });

  it.each([
    ['an empty subject', { subject: ' ' }, 'TEXT_EMPTY', 'input.subject'],
    ['an overlong subject', { subject: 'x'.repeat(301) }, 'TEXT_TOO_LONG', 'input.subject'],
    ['control characters', { note: 'a\u0007' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.note'],
    ['a reminder after it is due', { remindAt: day(3) }, 'INVALID_DATE', 'input.remindAt'],
    ['a due time nobody can mean', { dueAt: '0206-03-01T00:00:00Z' }, 'INVALID_DATE', 'input.dueAt'],
    ['an owner who does not exist', { ownerId: newId() }, 'OWNER_NOT_FOUND', 'input.ownerId'],
    ['a malformed id', { ownerId: 'nobody' }, 'INVALID_ID', 'input.ownerId'],
    ['an unknown lead', { about: { leadId: newId() } }, 'LEAD_NOT_FOUND', 'input.about.leadId'],
    ['two things at once', { about: { leadId: newId(), dealId: newId() } }, 'INVALID_VALUE', 'input.about'],
  ])('refuses %s', async (_, wrong, code, field) => {
    const input = { kind: 'CALL', subject: 'Ring them', dueAt: day(2), ...wrong };
    expect(await anna.refusal(PLAN, { input })).toMatchObject({ code, field });
  });
});

describe('putting an activity otherwise', () => {
  const UPDATE = `mutation ($id: ID!, $input: UpdateActivityInput!, $at: DateTime) { updateActivity(id: $id, input: $input, occurredAt: $at) {
    version kind subject note owner { id } lead { id } } }`;

  it('gives it to somebody else and leaves the rest', async () => {
    const boris = await tasks.person({ name: 'Boris', role: 'HEAD_OF_SALES' });
    const id = await plan(anna, { note: 'Be brief' });
    const input = { ownerId: boris.id, about: { leadId: lead } };
    const { updateActivity } = await anna.get<{ updateActivity: object }>(UPDATE, { id, input });
    expect(updateActivity).toEqual({
      ...{ version: 2, kind: 'CALL', subject: 'Ring them', note: 'Be brief' },
      ...{ owner: { id: boris.id }, lead: { id: lead } },
    });
    const updated = await eventually(() => tasks.published(ActivityUpdated).find((e) => e.subject === id));
    expect(updated.data.changes).toMatchObject({ ownerId: { from: anna.id, to: boris.id } });
    expect(await anna.get(UPDATE, { id, input: { kind: 'TASK' } })).toMatchObject({
      updateActivity: { kind: 'TASK', note: 'Be brief', lead: { id: lead } },
    });
    expect(await anna.get(UPDATE, { id, input: { note: null, about: null } })).toMatchObject({
      updateActivity: { note: null, lead: null, owner: { id: boris.id } },
    });
  });

  it('refuses an unknown owner, a null where there must be something, and a time to come', async () => {
    const id = await plan(anna, {});
    const refusal = (input: object, at?: string) => anna.refusal(UPDATE, { id, input, at });
    expect(await refusal({ ownerId: newId() })).toMatchObject({ code: 'OWNER_NOT_FOUND', field: 'input.ownerId' });
    expect(await refusal({ subject: null })).toMatchObject({ code: 'REQUIRED', field: 'input.subject' });
    expect(await refusal({ note: 'x' }, day(9))).toMatchObject({ code: 'DATE_IN_FUTURE', field: 'occurredAt' });
  });
});

describe('completing', () => {
  it('takes outcome and next step in one write, the next about the same lead', async () => {
    const id = await plan(anna, { about: { leadId: lead } });
    const next = { kind: 'MEETING', subject: 'Show it', dueAt: day(5) };
    const { completeActivity } = await anna.get<{ completeActivity: { next: { id: string } } }>(COMPLETE, {
      id,
      outcome: 'Wants to see it',
      next,
      at: day(1),
    });
    expect(completeActivity).toMatchObject({
      status: 'COMPLETED',
      outcome: 'Wants to see it',
      completedAt: day(1),
      next: { kind: 'MEETING', lead: { id: lead }, owner: { id: anna.id } },
    });
    const completed = await eventually(() => tasks.published(ActivityCompleted).find((e) => e.subject === id));
    expect(completed.data.nextId).toBe(completeActivity.next.id);
    expect(completed.occurredAt).toEqual(new Date(day(1)));
  });

  it('refuses a second time, and a stale version, and then plans nothing', async () => {
    const deal = await knownDeal(tasks, anna);
    const id = await plan(anna, { about: { dealId: deal } });
    const next = { kind: 'TASK', subject: 'Never', dueAt: day(5) };
    expect(await anna.refusal(COMPLETE, { id, next, version: 7 })).toMatchObject({ code: 'CONFLICT' });
    await anna.get(COMPLETE, { id });
    expect(await anna.refusal(COMPLETE, { id, next })).toMatchObject({ code: 'ACTIVITY_CLOSED', field: 'id' });
    const { _entities } = await anna.get<{ _entities: object[] }>(ENTITIES, {
      refs: [{ __typename: 'Deal', id: deal }],
    });
    expect(_entities).toEqual([{ nextStep: null, activities: [{ id }] }]);
  });

  it('refuses an id that is none, and one that is not here', async () => {
    expect(await anna.refusal(COMPLETE, { id: '1' })).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    expect(await anna.refusal(COMPLETE, { id: newId() })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('next steps', () => {
  it('are the planned activities due first, for many leads and deals at once', async () => {
    const [one, two] = [await knownLead(tasks, anna), await knownLead(tasks, anna)];
    const deal = await knownDeal(tasks, anna);
    const later = await plan(anna, { about: { leadId: one }, dueAt: day(8) });
    const sooner = await plan(anna, { about: { leadId: one }, dueAt: day(7) });
    const done = await plan(anna, { about: { leadId: one }, dueAt: day(3) });
    await anna.get(COMPLETE, { id: done });
    const ofDeal = await plan(anna, { about: { dealId: deal } });
    const refs = [
      { __typename: 'Lead', id: one },
      { __typename: 'Lead', id: two },
      { __typename: 'Deal', id: deal },
    ];
    const { _entities } = await anna.get<{ _entities: { nextStep: { id: string } | null; activities: object[] }[] }>(
      ENTITIES,
      { refs },
    );
    expect(_entities.map((e) => e.nextStep?.id)).toEqual([sooner, undefined, ofDeal]);
    expect(_entities[0]?.activities).toHaveLength(3);
    expect(_entities[0]?.activities).toContainEqual({ id: later });
  });

  it('are for each the first that he may see, however many of others come before it, also where they ask at once', async () => {
    const about = { leadId: await knownLead(tasks, anna) };
    const [vera, gleb] = [await tasks.person({ role: 'SALESPERSON' }), await tasks.person({ role: 'SALESPERSON' })];
    const first = await plan(anna, { about, dueAt: day(3) });
    for (const n of [4, 5, 6]) await plan(anna, { about, dueAt: day(n) });
    const hers = await plan(anna, { about, dueAt: day(7), ownerId: vera.id });
    const steps = await Promise.all(
      [anna, vera, gleb].map(async (who) => {
        const refs = [{ __typename: 'Lead', id: about.leadId }];
        const { _entities } = await who.get<{ _entities: { nextStep: { id: string } | null }[] }>(ENTITIES, { refs });
        return _entities[0]?.nextStep?.id;
      }),
    );
    expect(steps).toEqual([first, hers, undefined]);
  });
});

describe('lists and the agenda', () => {
  it('filters by owner and what it is about, in the order of due times', async () => {
    const boris = await tasks.person({ name: 'Boris', role: 'HEAD_OF_SALES' });
    const about = { leadId: await knownLead(tasks, boris) };
    const ids = [
      await plan(boris, { about, dueAt: day(9) }),
      await plan(boris, { about, dueAt: day(4) }),
      await plan(boris, { dueAt: day(6) }),
    ];
    const { activities } = await boris.get<{ activities: { nodes: { id: string }[]; totalCount: number } }>(
      `query ($lead: ID!, $owner: ID!) { activities(filter: { aboutId: { eq: $lead }, ownerId: { eq: $owner }, status: { in: [PLANNED] } },
         orderBy: [{ field: dueAt }]) { nodes { id } totalCount } }`,
      { lead: about.leadId, owner: boris.id },
    );
    expect(activities).toEqual({ nodes: [{ id: ids[1] }, { id: ids[0] }], totalCount: 2 });
  });

  it('shows what is due in the span in order of time, and what is past its time', async () => {
    const vera = await tasks.person({ name: 'Vera' });
    const missed = await plan(vera, { dueAt: day(1) });
    const second = await plan(vera, { dueAt: day(4) });
    const first = await plan(vera, { dueAt: day(3) });
    await plan(vera, { dueAt: day(20) });
    const AGENDA = `query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { due { id } overdue { id } more } }`;
    const { agenda } = await vera.get<{ agenda: object }>(AGENDA, { from: day(3, '00:00'), to: day(5, '00:00') });
    expect(agenda).toEqual({ due: [{ id: first }, { id: second }], overdue: [{ id: missed }], more: false });
    expect(await vera.refusal(AGENDA, { from: day(5), to: day(3) })).toMatchObject({
      code: 'INVALID_DATE',
      field: 'to',
    });
  });
});

describe('importing', () => {
  it('brings planned and completed activities with their own times, once', async () => {
    const admin = await tasks.person({ role: 'ADMINISTRATOR' });
    const rows = [
      {
        externalId: 'a:1',
        kind: 'CALL',
        subject: 'Rang them',
        dueAt: day(1),
        createdAt: day(1, '08:00'),
        completedAt: day(1),
        outcome: 'No',
      },
      {
        externalId: 'a:2',
        kind: 'TASK',
        subject: 'Write',
        dueAt: day(1),
        createdAt: day(1),
        completedAt: day(1, '08:00'),
      },
      { externalId: 'a:3', kind: 'TASK', subject: 'Post', dueAt: day(9), about: { leadId: lead } },
    ];
    const IMPORT = `mutation ($rows: [ImportActivityInput!]!) { importActivities(rows: $rows) { index outcome error { code field } } }`;
    const first = await admin.get<{ importActivities: object[] }>(IMPORT, { rows });
    expect(first.importActivities).toEqual([
      { index: 0, outcome: 'CREATED', error: null },
      { index: 1, outcome: 'REFUSED', error: { code: 'INVALID_DATE', field: 'completedAt' } },
      { index: 2, outcome: 'CREATED', error: null },
    ]);
    const again = await admin.get<{ importActivities: { outcome: string }[] }>(IMPORT, { rows });
    expect(again.importActivities.map((r) => r.outcome)).toEqual(['UNCHANGED', 'REFUSED', 'UNCHANGED']);
    expect(await anna.refusal(IMPORT, { rows })).toMatchObject({ code: 'FORBIDDEN' });
    const done = await eventually(() =>
      tasks.published(ActivityCompleted).find((e) => e.data.activity.subject === 'Rang them'),
    );
    expect(done).toMatchObject({ aggregateVersion: 2, occurredAt: new Date(day(1)) });
  });
});

describe('a lead that became a deal', () => {
  it('hands its planned steps to the deal, and keeps what was done', async () => {
    const leadId = await knownLead(tasks, anna);
    const dealId = await knownDeal(tasks, anna);
    const done = await plan(anna, { about: { leadId } });
    await anna.get(COMPLETE, { id: done, outcome: 'They want it' });
    const next = await plan(anna, { about: { leadId }, subject: 'Send the offer' });
    const conversion: ConversionState = {
      ...{ id: newId(), leadId, status: 'DONE', ownerId: anna.id, source: null, note: null },
      ...{ requestedBy: anna.id, requestedAt: day(1), company: null, contact: null },
      deal: { kind: 'existing', id: dealId },
    };
    await tasks.deliver(ConversionCompleted, conversion.id, { conversion }, { version: 4, actor: anna.id });
    const refs = [
      { __typename: 'Lead', id: leadId },
      { __typename: 'Deal', id: dealId },
    ];
    await eventually(async () => {
      const { _entities } = await anna.get<{ _entities: { nextStep: { id: string } | null }[] }>(ENTITIES, { refs });
      return _entities[1]?.nextStep?.id === next;
    });
    expect(await anna.get(ENTITIES, { refs })).toEqual({
      _entities: [
        { nextStep: null, activities: [{ id: done }] },
        { nextStep: { id: next }, activities: [{ id: next }] },
      ],
    });
  });
});

it('a database that is older takes back from its own topics what was said since', async () => {
  const id = await plan(anna, { about: { leadId: lead } });
  const { nouns, left, before, after } = await recalledSince(tasks, definition, async () => {
    const next = { kind: 'TASK', subject: 'Send the offer', dueAt: day(9) };
    await anna.get(COMPLETE, { id, outcome: 'Forty, by May', next });
  });
  expect({ left, activity: nouns['activity'] }).toEqual({ left: [], activity: { made: 1, changed: 1, removed: 0 } });
  expect(after).toEqual(before);
});
