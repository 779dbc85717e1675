import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountHandover,
  ActivityHandover,
  DealHandover,
  LeadHandover,
  OffboardingCompleted,
  OffboardingStarted,
  OffboardingUndone,
  PipelineCreated,
  shippedRoles,
  UserDeactivated,
  UserReactivated,
  type HandoverStatus,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, type Asker } from '@voronka/testing';
import { openHouse, type Hired, type House } from './house.js';

const OFFBOARD = `mutation ($id: ID!, $plan: HandoverPlanInput!) { offboardUser(id: $id, plan: $plan) {
  id status user { id active } startedBy { id } to { id } byPipeline { pipeline { id } to { id } } undoableUntil } }`;
const UNDO = 'mutation ($id: ID!) { undoOffboarding(id: $id) { id status user { active } } }';
const STATE = 'query ($id: ID!) { offboarding(id: $id) { status parts { part status total handedOver givenBack } } }';
const HOLDINGS = `query ($id: ID!) { holdings(userId: $id) {
  user { id } teams { name } apiKeys { name } covers { owner { id } substitute { id } } } }`;
const ACTIVE = 'mutation ($id: ID!, $active: Boolean!) { updateUser(id: $id, input: { active: $active }) { active } }';

interface Started {
  id: string;
  status: string;
  user: { id: string; active: boolean };
}

let house: House;
let leaver: Hired;
let boris: Hired;
beforeAll(async () => {
  house = await openHouse();
  boris = await house.hire({ name: 'Boris' });
}, 60_000);
afterAll(() => house.system.stop());

const to = (...people: Hired[]) => ({ to: { userIds: people.map(({ id }) => id) } });
const offboard = async (id: string, plan: object = to(boris)) =>
  (await house.admin.get<{ offboardUser: Started }>(OFFBOARD, { id, plan })).offboardUser;
const refusal = (id: string, plan: object = to(boris)) => house.admin.refusal(OFFBOARD, { id, plan });

/** Lets each service say how far it has come. */
async function hear(id: string, userId: string, status: HandoverStatus, version: number) {
  const state = { id, userId, status, total: 4, handedOver: 4, givenBack: status === 'UNDONE' ? 3 : 0 };
  const word = status === 'DONE' ? 'completed' : 'undone';
  const { system } = house;
  await system.deliver(LeadHandover[word], id, { leadHandover: state }, { version });
  await system.deliver(AccountHandover[word], id, { accountHandover: state }, { version });
  await system.deliver(DealHandover[word], id, { dealHandover: state }, { version });
  await system.deliver(ActivityHandover[word], id, { activityHandover: state }, { version });
}
const statusOf = async (id: string) =>
  (await house.admin.get<{ offboarding: { status: string } }>(STATE, { id })).offboarding.status;
const completed = async (id: string, userId: string) => {
  await hear(id, userId, 'DONE', 1);
  await eventually(async () => (await statusOf(id)) === 'DONE');
};

describe('offboarding somebody', () => {
  it('ends his sessions and keys at once, and tells the services who takes over', async () => {
    leaver = await house.hire({ name: 'Anna' });
    const session = await house.signIn(leaver.email, leaver.password);
    const his = house.system.asker(leaver.id, session.id);
    const { createApiKey } = await his.get<{ createApiKey: { secret: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      {
        input: { name: 'Nightly', roleId: shippedRoles.SALESPERSON.id, expiresAt: '2026-06-01T00:00:00Z' },
      },
    );
    const prove = () =>
      house.system.anonymous.ask(
        'query ($key: String!) { apiKeyBearer(key: $key, address: "203.0.113.7") { ownerId } }',
        {
          key: createApiKey.secret,
        },
      );
    expect((await prove()).errors).toBeUndefined();

    const started = await offboard(leaver.id);

    expect(started).toMatchObject({
      ...{ status: 'RUNNING', user: { id: leaver.id, active: false }, startedBy: { id: house.admin.id } },
      ...{ to: [{ id: boris.id }], byPipeline: [], undoableUntil: '2026-04-01T09:00:00.000Z' },
    });
    expect((await prove()).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    await eventually(async () => (await his.ask('{ me { id } }')).errors?.[0]?.extensions.code === 'UNAUTHENTICATED');
    await eventually(() => house.system.published(OffboardingStarted).length === 1);
    expect(house.system.published(UserDeactivated).map(({ subject }) => subject)).toEqual([leaver.id]);
    const { rows } = await house.system.service.database.query({
      text: 'select ended from session where id = $1',
      values: [session.id],
    });
    expect(rows).toEqual([{ ended: true }]);
  });

  it('cannot be begun twice, and he is not let in meanwhile', async () => {
    expect(await refusal(leaver.id)).toMatchObject({ code: 'OFFBOARDING_UNDER_WAY', field: 'id' });
    expect(await house.admin.refusal(ACTIVE, { id: leaver.id, active: true })).toMatchObject({
      ...{ code: 'OFFBOARDING_UNDER_WAY', field: 'input.active' },
    });
  });

  it('is done when every service says so', async () => {
    const [{ subject: id } = { subject: '' }] = house.system.published(OffboardingStarted);
    await completed(id, leaver.id);
    const { offboarding } = await house.admin.get<{ offboarding: { parts: object[] } }>(STATE, { id });
    expect(offboarding.parts).toEqual(
      ['leads', 'accounts', 'deals', 'tasks'].map((part) => ({
        ...{ part, status: 'DONE', total: 4, handedOver: 4, givenBack: 0 },
      })),
    );
    await eventually(() => house.system.published(OffboardingCompleted).length === 1);
    expect(await refusal(leaver.id)).toMatchObject({ code: 'ALREADY_OFFBOARDED', field: 'id' });
  });

  it('is undone once, and lets him in again at once', async () => {
    const [{ subject: id } = { subject: '' }] = house.system.published(OffboardingStarted);
    const undoing = { undoOffboarding: { id, status: 'UNDOING', user: { active: true } } };
    expect(await house.admin.get(UNDO, { id })).toEqual(undoing);
    expect(await house.admin.get(UNDO, { id })).toEqual(undoing);
    expect(await refusal(leaver.id)).toMatchObject({ code: 'OFFBOARDING_UNDER_WAY' });
    expect(await house.signIn(leaver.email, leaver.password)).toMatchObject({ user: { id: leaver.id } });
    await hear(id, leaver.id, 'UNDONE', 2);
    await eventually(() => house.system.published(OffboardingUndone).length === 1);
    expect(await house.admin.refusal(UNDO, { id })).toMatchObject({ code: 'OFFBOARDING_ENDED', field: 'id' });
    expect(house.system.published(UserReactivated)).toHaveLength(1);
  });

  it('can be followed by another; one who was back is undone by the latest alone', async () => {
    const first = await offboard(leaver.id);
    await completed(first.id, leaver.id);
    await house.admin.get(ACTIVE, { id: leaver.id, active: true });
    await eventually(async () => (await statusOf(first.id)) === 'CLOSED');
    await house.admin.get(ACTIVE, { id: leaver.id, active: false });
    const second = await offboard(leaver.id);
    await completed(second.id, leaver.id);
    expect(await house.admin.refusal(UNDO, { id: first.id })).toMatchObject({ code: 'OFFBOARDING_ENDED' });
    house.system.clock.set('2026-04-01T09:00:00Z');
    expect(await house.admin.refusal(UNDO, { id: second.id })).toMatchObject({
      code: 'OFFBOARDING_ENDED',
      field: 'id',
    });
    house.system.clock.set('2026-03-02T09:00:00Z');
  });

  it('of one who was deactivated before leaves him so when it is undone', async () => {
    const gone = await house.hire({ name: 'Gone' });
    await house.admin.get(ACTIVE, { id: gone.id, active: false });
    const { id } = await offboard(gone.id);
    expect(await house.admin.get(UNDO, { id })).toMatchObject({ undoOffboarding: { user: { active: false } } });
  });
});

describe('what still names somebody', () => {
  it('is listed: teams, keys, and covers, which his successors take over', async () => {
    const [vera, absent] = [await house.hire({ name: 'Vera', role: 'HEAD' }), await house.hire({ name: 'Absent' })];
    const teamId = await house.createTeam('North');
    const { admin } = house;
    await admin.get('mutation ($id: ID!, $t: ID!) { updateUser(id: $id, input: { teamId: $t }) { id } }', {
      ...{ id: vera.id, t: teamId },
    });
    await admin.get('mutation ($id: ID!, $h: ID!) { updateTeam(id: $id, input: { headId: $h }) { id } }', {
      ...{ id: teamId, h: vera.id },
    });
    const arrange = 'mutation ($input: ArrangeCoverInput!) { arrangeCover(input: $input) { id } }';
    const cover = { substituteId: vera.id, ownerId: absent.id, endsAt: '2026-03-20T00:00:00Z' };
    await eventually(() => admin.get(arrange, { input: cover }));
    const between = (substitute: Hired) => ({ owner: { id: absent.id }, substitute: { id: substitute.id } });
    expect(await admin.get(HOLDINGS, { id: vera.id })).toEqual({
      holdings: { user: { id: vera.id }, teams: [{ name: 'North' }], apiKeys: [], covers: [between(vera)] },
    });

    const { id } = await offboard(vera.id);
    expect(await admin.get(HOLDINGS, { id: vera.id })).toMatchObject({
      holdings: { teams: [{ name: 'North' }], covers: [] },
    });
    expect(await admin.get(HOLDINGS, { id: boris.id })).toMatchObject({ holdings: { covers: [between(boris)] } });

    await admin.get(UNDO, { id });
    expect(await admin.get(HOLDINGS, { id: vera.id })).toMatchObject({ holdings: { covers: [between(vera)] } });
    expect(await admin.get(HOLDINGS, { id: boris.id })).toMatchObject({ holdings: { covers: [] } });
  });
});

describe('a plan', () => {
  it('may name a team, and pipelines that this service has heard of', async () => {
    const teamId = await house.createTeam('West');
    const [anna, zoe] = [await house.hire({ teamId }), await house.hire({ teamId })];
    const pipelineId = newId();
    const byPipeline = [{ pipelineId, to: { userIds: [boris.id] } }];
    expect(await refusal(anna.id, { to: { teamId }, byPipeline })).toMatchObject({
      ...{ code: 'PIPELINE_NOT_FOUND', field: 'plan.byPipeline.0.pipelineId' },
    });
    const pipeline = { id: pipelineId, name: 'Sales', isDefault: true, archived: false, stages: [] };
    await house.system.deliver(PipelineCreated, pipelineId, { pipeline });
    await eventually(
      async () => (await house.system.service.database.query({ text: 'select from reference' })).rowCount,
    );
    expect(await offboard(anna.id, { to: { teamId }, byPipeline })).toMatchObject({
      to: [{ id: zoe.id }],
      byPipeline: [{ pipeline: { id: pipelineId }, to: [{ id: boris.id }] }],
    });
  });

  it('that is refused leaves everything as it was', async () => {
    const stays = await house.hire({ name: 'Stays' });
    const inactive = await house.hire({ name: 'Inactive' });
    await house.admin.get(ACTIVE, { id: inactive.id, active: false });
    const before = house.system.published(OffboardingStarted).length;
    const cases: [object, string, string][] = [
      [{}, 'REQUIRED', 'plan.to'],
      [{ to: null }, 'REQUIRED', 'plan.to'],
      [{ to: {} }, 'INVALID_VALUE', 'plan.to'],
      [{ to: { userIds: [] } }, 'REQUIRED', 'plan.to.userIds'],
      [to(stays), 'INVALID_VALUE', 'plan.to.userIds.0'],
      [to(boris, inactive), 'OWNER_NOT_FOUND', 'plan.to.userIds.1'],
      [{ to: { userIds: [newId()] } }, 'OWNER_NOT_FOUND', 'plan.to.userIds.0'],
      [{ to: { userIds: ['nobody'] } }, 'INVALID_ID', 'plan.to.userIds.0'],
      [{ to: { teamId: newId() } }, 'TEAM_NOT_FOUND', 'plan.to.teamId'],
      [{ to: { userIds: Array.from({ length: 101 }, newId) } }, 'TOO_MANY', 'plan.to.userIds'],
    ];
    for (const [plan, code, field] of cases) expect(await refusal(stays.id, plan)).toMatchObject({ code, field });
    const { user } = await house.admin.get<{ user: { active: boolean } }>(
      'query ($id: ID!) { user(id: $id) { active } }',
      {
        id: stays.id,
      },
    );
    expect(user.active).toBe(true);
    expect(house.system.published(OffboardingStarted)).toHaveLength(before);
  });

  it('is refused for nobody, and for the last administrator', async () => {
    expect(await refusal(newId())).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await refusal('nobody')).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    expect(await refusal(house.admin.id)).toMatchObject({ code: 'LAST_ADMINISTRATOR', field: 'id' });
    expect(await house.admin.get('{ me { active } }')).toEqual({ me: { active: true } });
  });
});

describe('the right to offboard', () => {
  it('is the administrators’, for all that belongs to it', async () => {
    const head: Asker = (await house.hire({ role: 'HEAD_OF_SALES' })).asker;
    await eventually(() => head.get('{ me { id } }'));
    const id = boris.id;
    const asked: [string, object][] = [
      [OFFBOARD, { id, plan: to(boris) }],
      [UNDO, { id }],
      [STATE, { id }],
      [HOLDINGS, { id }],
      ['{ offboardings { nodes { id } } }', {}],
    ];
    for (const [text, variables] of asked)
      expect(await head.refusal(text, variables)).toMatchObject({ code: 'FORBIDDEN' });
    const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Holdings { apiKeys { id } } } }`;
    expect(await head.refusal(entities, { of: [{ __typename: 'Holdings', id }] })).toMatchObject({ code: 'FORBIDDEN' });
  });
});
