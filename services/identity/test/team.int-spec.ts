import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles, TeamUpdated } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, recalledSince } from '@voronka/testing';
import { identity } from '../src/service.js';
import { openHouse, type House } from './house.js';

const CREATE = 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }';
const UPDATE = `mutation ($id: ID!, $input: UpdateTeamInput!) {
  updateTeam(id: $id, input: $input) { id version parent { id } head { id } } }`;
const IMPORT = `mutation ($rows: [ImportTeamInput!]!) {
  importTeams(rows: $rows) { outcome id error { code field } } }`;

describe('teams', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());

  it('are a tree with heads and members', async () => {
    const top = await house.createTeam('Sales');
    const north = await house.createTeam('North', top);
    const head = await house.hire({ name: 'Head', role: 'HEAD', teamId: north });
    const seller = await house.hire({ name: 'Seller', teamId: north });
    const { updateTeam } = await house.admin.get<{ updateTeam: unknown }>(UPDATE, {
      id: north,
      input: { headId: head.id },
    });
    expect(updateTeam).toEqual({ id: north, version: 2, parent: { id: top }, head: { id: head.id } });
    const { team } = await house.admin.get<{ team: unknown }>(
      `query ($id: ID!) { team(id: $id) { name parent { id } createdBy { email }
        children { name head { name } members(first: 1) { name } parent { name } } } }`,
      { id: top },
    );
    expect(team).toEqual({
      name: 'Sales',
      parent: null,
      createdBy: { email: house.adminEmail },
      children: [{ name: 'North', head: { name: 'Head' }, members: [{ name: 'Seller' }], parent: { name: 'Sales' } }],
    });
    expect(await seller.asker.get('{ me { team { name parent { name } } } }')).toEqual({
      me: { team: { name: 'North', parent: { name: 'Sales' } } },
    });
  });

  it('are listed by name, also the tops alone', async () => {
    const top = await house.createTeam('A listed top');
    await house.createTeam('A listed child', top);
    const { teams } = await house.admin.get<{ teams: { nodes: { name: string }[] } }>(
      '{ teams(filter: { parentId: { isNull: true } }) { nodes { name } } }',
    );
    const names = teams.nodes.map((team) => team.name);
    expect(names).toContain('A listed top');
    expect(names).not.toContain('A listed child');
    expect(names).toEqual([...names].sort());
  });

  it('tell where they were moved from', async () => {
    const [one, two] = [await house.createTeam('One'), await house.createTeam('Two')];
    const moved = await house.createTeam('Moved', one);
    await house.admin.get(UPDATE, { id: moved, input: { parentId: two } });
    const event = await eventually(() => house.system.published(TeamUpdated).find((e) => e.subject === moved));
    expect(event.data.changes).toEqual({ parentId: { from: one, to: two } });
  });

  it('never lie below themselves, also when several move at the same moment', async () => {
    const [a, b, c] = [await house.createTeam('a'), await house.createTeam('b'), await house.createTeam('c')];
    const move = (id: string, parentId: string) => house.admin.ask(UPDATE, { id, input: { parentId } });
    expect((await move(a, a)).errors?.[0]?.extensions).toMatchObject({ code: 'TEAM_CYCLE', field: 'input.parentId' });

    const answers = await Promise.all([move(a, b), move(b, c), move(c, a)]);
    const codes = answers.flatMap(({ errors }) => errors?.[0]?.extensions.code ?? []);
    expect(codes).toHaveLength(1);
    expect(['TEAM_CYCLE', 'CONFLICT']).toContain(codes[0]);
    const { rows } = await house.system.service.database.query<{ tops: number }>({
      text: 'select count(*)::int as tops from team where id = any($1) and parent_id is null',
      values: [[a, b, c]],
    });
    expect(rows).toEqual([{ tops: 1 }]);
  });

  it.each([
    ['an empty name', { name: '' }, 'TEXT_EMPTY', 'input.name'],
    ['a parent that is not there', { parentId: newId() }, 'TEAM_NOT_FOUND', 'input.parentId'],
    ['a malformed parent', { parentId: 'top' }, 'INVALID_ID', 'input.parentId'],
    ['a head who is not there', { headId: newId() }, 'OWNER_NOT_FOUND', 'input.headId'],
  ])('are refused with %s', async (_, fault, code, field) => {
    expect(await house.admin.refusal(CREATE, { input: { name: 'Faulty', ...fault } })).toMatchObject({ code, field });
    const id = await house.createTeam('Faulty later');
    expect(await house.admin.refusal(UPDATE, { id, input: fault })).toMatchObject({ code, field });
  });

  it('are taken over from another system, parents first, and get their heads later', async () => {
    const send = async (rows: object[]) =>
      (await house.admin.get<{ importTeams: { outcome: string; id: string }[] }>(IMPORT, { rows })).importTeams;
    const [region] = await send([{ externalId: 'crm:Central', name: 'Central' }]);
    const group = { externalId: 'crm:Central/Dustin', name: 'Dustin', parentId: region?.id };
    const [made, refused] = await send([group, { externalId: 'crm:x', name: 'x', parentId: newId() }]);
    expect(made?.outcome).toBe('CREATED');
    expect(refused).toMatchObject({ outcome: 'REFUSED', error: { code: 'TEAM_NOT_FOUND', field: 'parentId' } });
    const head = await house.hire({ teamId: made?.id ?? '' });
    await house.admin.get(UPDATE, { id: made?.id, input: { headId: head.id } });
    expect(await send([group])).toMatchObject([{ outcome: 'UNCHANGED', id: made?.id }]);
  });

  it('and people are answered where other services refer to them, null where there is none', async () => {
    const teamId = await house.createTeam('Referred to');
    const people = [await house.hire({ teamId }), await house.hire({ teamId })];
    const representations = [
      ...people.map(({ id }) => ({ __typename: 'User', id })),
      { __typename: 'Team', id: teamId },
      { __typename: 'User', id: newId() },
    ];
    const { _entities } = await house.admin.get<{ _entities: unknown }>(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on User { email team { name } } ... on Team { name } } }`,
      { representations },
    );
    expect(_entities).toEqual([
      ...people.map(({ email }) => ({ email, team: { name: 'Referred to' } })),
      { name: 'Referred to' },
      null,
    ]);
  });

  it('and people of a database that is older are taken back from its own topics as they were said to be since', async () => {
    const [teamId, known] = [await house.createTeam('Known'), await house.hire()];
    const { nouns, left, before, after } = await recalledSince(house.system, identity, async () => {
      await house.admin.get(UPDATE, { id: teamId, input: { headId: known.id } });
      const below = await house.createTeam('Later', teamId);
      // Without a password, which no event says either.
      await house.admin.get('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
        input: { name: 'Later', email: 'later@example.com', roleIds: [shippedRoles.SALESPERSON.id], teamId: below },
      });
    });
    expect(left).toEqual([]);
    expect(nouns).toMatchObject({
      team: { made: 1, changed: 1, removed: 0 },
      user: { made: 1, changed: 0, removed: 0 },
    });
    expect(after).toEqual(before);
  });
});
