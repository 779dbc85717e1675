import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  PipelineCreated,
  PipelineUpdated,
  RoleCreated,
  RoleUpdated,
  shippedRoles,
  type Entity,
  type PipelineState,
  type ShippedRole,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { openHouse, type House } from './house.js';

const CREATE =
  'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id grants { entity action scope } } }';
const UPDATE = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id } }`;
const WITHDRAW = `mutation ($id: ID!) { withdrawRole(id: $id) { id } }`;
const GIVE = `mutation ($id: ID!, $roleIds: [ID!]!) { updateUser(id: $id, input: { roleIds: $roleIds }) { roles { name } } }`;
const read = (entity: string, scope = 'ALL') => ({ entity, action: 'READ', scope });

describe('roles', () => {
  let house: House;
  const create = async (name: string, grants: object[]) =>
    (await house.admin.get<{ createRole: { id: string; grants: object[] } }>(CREATE, { input: { name, grants } }))
      .createRole;

  beforeAll(async () => {
    house = await openHouse();
  }, 60_000);
  afterAll(() => house.system.stop());

  it('begin as they are shipped, also when the service starts again', async () => {
    await house.system.restart();
    const { roles } = await house.admin.get<{ roles: { nodes: { id: string; name: string }[] } }>(
      '{ roles { nodes { id name } } }',
    );
    const shipped = Object.values(shippedRoles).map(({ id, name }) => ({ id, name }));
    expect(roles.nodes).toEqual(shipped.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  it('gain a right that is new, and nobody has, as they are shipped, and nothing that was taken from one of them', async () => {
    const without = (role: ShippedRole, ...entities: Entity[]) =>
      house.admin.get(UPDATE, {
        id: shippedRoles[role].id,
        input: {
          grants: shippedRoles[role].grants
            .filter(({ entity }) => !entities.includes(entity))
            .map(({ entity, action, scope }) => ({
              ...{ entity: entity.toUpperCase(), action: action.toUpperCase(), scope },
            })),
        },
      });
    const grants = async (role: ShippedRole) => {
      const { data } = await house.admin.ask<{ role: { grants: { entity: string; scope: string }[] } }>(
        'query ($id: ID!) { role(id: $id) { grants { entity scope } } }',
        { id: shippedRoles[role].id },
      );
      return data!.role.grants.filter(({ entity }) => ['REPORT', 'LEAD'].includes(entity));
    };
    const before = await grants('HEAD');
    for (const role of ['HEAD_OF_SALES', 'SALESPERSON', 'ANALYST', 'AUDITOR', 'INTEGRATION'] as const)
      await without(role, 'report');
    await without('HEAD', 'report', 'lead');
    // Last who could give it back.
    await without('ADMINISTRATOR', 'report');
    await house.system.restart();
    expect(await grants('HEAD')).toEqual(before.filter(({ entity }) => entity === 'REPORT'));
    expect(await grants('ADMINISTRATOR')).toContainEqual({ entity: 'REPORT', scope: 'ALL' });
  });

  it('count in pipelines that there are, and keep fields', async () => {
    const stage = { id: newId(), name: 'Met', probability: 50, archived: false };
    const pipeline: PipelineState = {
      ...{ id: newId(), name: 'Partners', isDefault: false, archived: false },
      stages: [stage],
    };
    await house.system.deliver(PipelineCreated, pipeline.id, { pipeline: { ...pipeline, stages: [] } });
    await house.system.deliver(PipelineUpdated, pipeline.id, { pipeline }, { version: 2 });
    await eventually(
      async () => {
        const { rowCount } = await house.system.service.database.query({ text: 'select from reference' });
        return rowCount === 2;
      },
      { within: 20_000 },
    );
    const limits = {
      pipelines: [{ pipelineId: pipeline.id, stageIds: [stage.id] }],
      fields: [{ field: 'DEAL_AMOUNT', access: 'HIDDEN' }],
    };
    const input = { name: 'Partner', grants: [read('DEAL')], ...limits };
    const made =
      'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id pipelines { pipelineId stageIds } fields { field access } } }';
    const { createRole } = await house.admin.get<{ createRole: { id: string } }>(made, { input });
    expect(createRole).toMatchObject(limits);
    const event = await eventually(() =>
      house.system.published(RoleCreated).find(({ subject }) => subject === createRole.id),
    );
    expect(event.data.role).toMatchObject({
      pipelines: limits.pipelines,
      fields: [{ field: 'deal.amount', access: 'HIDDEN' }],
    });
    const wrong = (pipelineId: string, stageIds: string[]) =>
      house.admin.refusal(made, { input: { ...input, name: 'Other', pipelines: [{ pipelineId, stageIds }] } });
    expect(await wrong(newId(), [])).toMatchObject({
      ...{ code: 'PIPELINE_NOT_FOUND', field: 'input.pipelines.0.pipelineId' },
    });
    expect(await wrong(pipeline.id, [stage.id, newId()])).toMatchObject({
      ...{ code: 'STAGE_NOT_FOUND', field: 'input.pipelines.0.stageIds.1' },
    });
    const open = `mutation ($id: ID!) { updateRole(id: $id, input: { pipelines: null, fields: [] }) { pipelines { pipelineId } fields { field } } }`;
    expect(await house.admin.get(open, { id: createRole.id })).toEqual({ updateRole: { pipelines: null, fields: [] } });
  });

  it('are defined, given, changed, and withdrawn once nobody has them', async () => {
    const role = await create('Reads deals', [read('DEAL', 'TEAM')]);
    expect(role.grants).toEqual([read('DEAL', 'TEAM')]);
    const boris = await house.hire();
    await house.admin.get(GIVE, { id: boris.id, roleIds: [role.id, shippedRoles.ANALYST.id] });
    expect(await house.admin.refusal(WITHDRAW, { id: role.id })).toMatchObject({ code: 'ROLE_IN_USE', field: 'id' });
    await house.admin.get(UPDATE, { id: role.id, input: { grants: [read('DEAL'), read('LEAD')] } });
    const event = await eventually(() => house.system.published(RoleUpdated).find((e) => e.subject === role.id));
    expect(event.data.role.grants).toEqual([
      { entity: 'deal', action: 'read', scope: 'ALL' },
      { entity: 'lead', action: 'read', scope: 'ALL' },
    ]);
    await house.admin.get(GIVE, { id: boris.id, roleIds: [shippedRoles.ANALYST.id] });
    expect(await house.admin.get(WITHDRAW, { id: role.id })).toEqual({ withdrawRole: { id: role.id } });
    expect(await house.admin.refusal(GIVE, { id: boris.id, roleIds: [role.id] })).toMatchObject({
      code: 'ROLE_NOT_FOUND',
      field: 'input.roleIds.0',
    });
  });

  it('are managed by nobody beyond what he holds, and nobody raises himself', async () => {
    const manager = await create('Manages people', [
      ...['USER', 'ROLE', 'TEAM'].flatMap((entity) => [read(entity), { entity, action: 'MANAGE', scope: 'ALL' }]),
    ]);
    const vera = await house.hire();
    await house.admin.get(GIVE, { id: vera.id, roleIds: [manager.id] });
    const wide = { input: { name: 'Wide', grants: [read('DEAL', 'OWN')] } };
    await eventually(async () => (await vera.asker.refusal(CREATE, wide)).code === 'GRANT_TOO_WIDE');
    expect(await vera.asker.refusal(CREATE, wide)).toMatchObject({ field: 'input.grants.0' });
    const own = [manager.id, shippedRoles.SALESPERSON.id];
    expect(await vera.asker.refusal(GIVE, { id: vera.id, roleIds: own })).toMatchObject({
      code: 'GRANT_TOO_WIDE',
      field: 'input.roleIds.1',
    });
    const gleb = await house.hire();
    expect(await vera.asker.get(GIVE, { id: gleb.id, roleIds: [shippedRoles.SALESPERSON.id] })).toEqual({
      updateUser: { roles: [{ name: 'Salesperson' }] },
    });
  });

  it('let somebody go on managing people and roles', async () => {
    const { id } = shippedRoles.ADMINISTRATOR;
    const fewer = await house.hire();
    await house.admin.get(GIVE, { id: fewer.id, roleIds: [shippedRoles.HEAD.id] });
    // Vera of before manages as well; she leaves.
    const { users } = await house.admin.get<{ users: { nodes: { id: string }[] } }>(
      `{ users(filter: { not: { id: { eq: "${house.admin.id}" } } }) { nodes { id } } }`,
    );
    for (const user of users.nodes)
      await house.admin.get('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', {
        id: user.id,
      });
    expect(await house.admin.refusal(UPDATE, { id, input: { grants: [read('DEAL')] } })).toMatchObject({
      code: 'LAST_ADMINISTRATOR',
      field: 'input.grants',
    });
  });

  it.each([
    ['a name that is taken', { name: 'Analyst', grants: [] }, 'ALREADY_EXISTS', 'input.name'],
    ['no name', { name: ' ', grants: [] }, 'TEXT_EMPTY', 'input.name'],
    [
      'an action the entity does not have',
      { name: 'X', grants: [{ entity: 'LEAD', action: 'WIN', scope: 'ALL' }] },
      'INVALID_VALUE',
      'input.grants.0.action',
    ],
  ])('are refused with %s', async (_, input, code, field) => {
    expect(await house.admin.refusal(CREATE, { input })).toMatchObject({ code, field });
  });

  it('that are shipped are not withdrawn', async () => {
    expect(await house.admin.refusal(WITHDRAW, { id: shippedRoles.AUDITOR.id })).toMatchObject({
      code: 'ROLE_SHIPPED',
    });
  });
});
