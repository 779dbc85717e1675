import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles, UserCreated, UserDeactivated, UserUpdated } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { UserService } from '../src/user/user.service.js';
import { openHouse, type House } from './house.js';

const CREATE = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id version email active } }';
const UPDATE = `mutation ($id: ID!, $input: UpdateUserInput!, $version: Int) {
  updateUser(id: $id, expectedVersion: $version, input: $input) { id version name email active roles { name } } }`;
const IMPORT = `mutation ($rows: [ImportUserInput!]!) {
  importUsers(rows: $rows) { index externalId outcome id error { code field } } }`;
interface Row {
  outcome: string;
  id: string | null;
}

describe('people', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());

  const valid = { name: 'Vera', email: 'vera@example.com', roleIds: [shippedRoles.SALESPERSON.id] };

  it('begin with one administrator, made once', async () => {
    const again = await house.system.service.app.get(UserService, { strict: false }).createFirstAdministrator();
    expect(again).toBeNull();
    expect(await house.admin.get('{ me { name email roles { name } createdBy { id } } }')).toEqual({
      me: { name: 'Administrator', email: house.adminEmail, roles: [{ name: 'Administrator' }], createdBy: null },
    });
  });

  it('are entered by an administrator, announced without their password, and may sign in', async () => {
    const teamId = await house.createTeam('Entered');
    const { createUser } = await house.admin.get<{ createUser: { id: string } }>(CREATE, {
      input: { ...valid, email: 'Entered@Example.com', teamId, password: 'a long password' },
    });
    expect(createUser).toMatchObject({ version: 1, email: 'entered@example.com', active: true });
    const event = await eventually(() => house.system.published(UserCreated).find((e) => e.subject === createUser.id));
    expect(event.actor).toBe(house.admin.id);
    expect(event.data).toEqual({
      user: {
        id: createUser.id,
        name: 'Vera',
        email: 'entered@example.com',
        teamId,
        roleIds: [shippedRoles.SALESPERSON.id],
        active: true,
      },
    });
    expect((await house.signIn('entered@example.com', 'a long password')).user.id).toBe(createUser.id);
  });

  it('are entered once under an id of the caller', async () => {
    const input = { ...valid, id: newId(), email: 'once@example.com' };
    const first = await house.admin.get(CREATE, { input });
    expect(await house.admin.get(CREATE, { input })).toEqual(first);
    expect(await house.admin.refusal(CREATE, { input: { ...input, name: 'Olga' } })).toMatchObject({
      code: 'CONFLICT',
      field: 'input.id',
    });
  });

  it('have a mail that nobody else has, whoever comes first', async () => {
    const tries = await Promise.all(
      ['taken@example.com', 'Taken@example.com', 'TAKEN@example.com'].map((email) =>
        house.admin.ask(CREATE, { input: { ...valid, email } }),
      ),
    );
    const refusals = tries.flatMap(({ errors }) => errors?.[0]?.extensions ?? []);
    expect(refusals).toHaveLength(2);
    expect(refusals[0]).toMatchObject({ code: 'EMAIL_TAKEN', field: 'input.email' });
    const anna = await house.hire();
    expect(await house.admin.refusal(UPDATE, { id: anna.id, input: { email: 'taken@example.com' } })).toMatchObject({
      code: 'EMAIL_TAKEN',
      field: 'input.email',
    });
  });

  it.each([
    ['an empty name', { name: '  ' }, 'TEXT_EMPTY', 'input.name'],
    ['an overlong name', { name: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'input.name'],
    ['a name with a control character', { name: 'a\u0007b' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.name'],
    ['a mail that is none', { email: 'vera' }, 'INVALID_EMAIL', 'input.email'],
    ['a malformed team', { teamId: 'north' }, 'INVALID_ID', 'input.teamId'],
    ['a team that is not there', { teamId: newId() }, 'TEAM_NOT_FOUND', 'input.teamId'],
    ['a short password', { password: 'short' }, 'PASSWORD_TOO_SHORT', 'input.password'],
    ['a password that everybody takes', { password: 'password1234' }, 'PASSWORD_TOO_COMMON', 'input.password'],
    ['a password with his name in it', { password: 'long live VERA' }, 'PASSWORD_NAMES_ITS_PERSON', 'input.password'],
    ['an overlong password', { password: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'input.password'],
    ['an id of another kind', { id: '0190a8f2-7c1e-4d44-9b60-3c5f0e6a1b2d' }, 'INVALID_ID', 'input.id'],
  ])('are refused with %s', async (_, fault, code, field) => {
    const input = { ...valid, email: 'faulty@example.com', ...fault };
    expect(await house.admin.refusal(CREATE, { input })).toMatchObject({ code, field });
  });

  it('did not join in the future', async () => {
    const refusal = await house.admin.refusal(
      'mutation ($input: CreateUserInput!) { createUser(input: $input, occurredAt: "2026-03-03T00:00:00Z") { id } }',
      { input: { ...valid, email: 'future@example.com' } },
    );
    expect(refusal).toMatchObject({ code: 'DATE_IN_FUTURE', field: 'occurredAt' });
  });

  it('change as far as something is given, and only as their reader saw them', async () => {
    const anna = await house.hire({ name: 'Anna' });
    const { updateUser } = await house.admin.get<{ updateUser: unknown }>(UPDATE, {
      id: anna.id,
      version: 1,
      input: { roleIds: [shippedRoles.HEAD.id] },
    });
    expect(updateUser).toMatchObject({
      version: 2,
      name: 'Anna',
      email: anna.email,
      roles: [{ name: 'Head of a team' }],
    });
    const event = await eventually(() => house.system.published(UserUpdated).find((e) => e.subject === anna.id));
    expect(event.data.changes).toEqual({
      roleIds: { from: [shippedRoles.SALESPERSON.id], to: [shippedRoles.HEAD.id] },
    });
    expect(
      await house.admin.refusal(UPDATE, { id: anna.id, version: 1, input: { roleIds: [shippedRoles.ANALYST.id] } }),
    ).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedVersion',
    });
    expect(await house.admin.refusal(UPDATE, { id: anna.id, input: { name: null } })).toMatchObject({
      code: 'REQUIRED',
      field: 'input.name',
    });
  });

  it.each([
    ['a malformed id', 'x', 'INVALID_ID'],
    ['an id of nobody', newId(), 'NOT_FOUND'],
  ])('are not found by %s', async (_, id, code) => {
    expect(await house.admin.refusal('query ($id: ID!) { user(id: $id) { id } }', { id })).toMatchObject({
      code,
      field: 'id',
    });
    expect(await house.admin.refusal(UPDATE, { id, input: { active: false } })).toMatchObject({ code, field: 'id' });
  });

  it('keep their last administrator, also when two would go at the same moment', async () => {
    const second = await house.hire({ role: 'ADMINISTRATOR' });
    const demote = (id: string) => house.admin.ask(UPDATE, { id, input: { roleIds: [shippedRoles.HEAD.id] } });
    const answers = await Promise.all([demote(house.admin.id), demote(second.id)]);
    const refusals = answers.flatMap(({ errors }) => errors?.[0]?.extensions ?? []);
    expect(refusals).toEqual([expect.objectContaining({ code: 'LAST_ADMINISTRATOR', field: 'input.roleIds' })]);

    const left = answers[0]?.errors ? house.admin : second.asker;
    const other = left === second.asker ? house.admin.id : second.id;
    expect(await left.refusal(UPDATE, { id: left.id, input: { active: false } })).toMatchObject({
      code: 'LAST_ADMINISTRATOR',
      field: 'input.active',
    });
    await left.get(UPDATE, { id: other, input: { roleIds: [shippedRoles.ADMINISTRATOR.id] } });
    await eventually(async () => !(await house.admin.ask(CREATE, { input: valid })).errors?.[0]);
    await house.admin.get(UPDATE, { id: second.id, input: { active: false } });
    await eventually(() => house.system.published(UserDeactivated).find((e) => e.subject === second.id));
  });

  it('are listed, filtered, searched and counted', async () => {
    const teamId = await house.createTeam('Listed');
    await house.hire({ name: 'Zoya Listed', teamId, role: 'HEAD' });
    await house.hire({ name: 'Arkady Listed', teamId });
    const names = async (filter: object, orderBy?: object) => {
      const { users } = await house.admin.get<{ users: { nodes: { name: string }[]; totalCount: number } }>(
        'query ($filter: UserFilter, $orderBy: [UserOrder!]) { users(filter: $filter, orderBy: $orderBy) { nodes { name } totalCount } }',
        { filter, orderBy },
      );
      expect(users.totalCount).toBe(users.nodes.length);
      return users.nodes.map((user) => user.name);
    };
    expect(await names({ teamId: { eq: teamId } })).toEqual(['Arkady Listed', 'Zoya Listed']);
    expect(await names({ teamId: { eq: teamId } }, [{ field: 'name', direction: 'DESC' }])).toEqual([
      'Zoya Listed',
      'Arkady Listed',
    ]);
    expect(await names({ search: 'ADY LIST' })).toEqual(['Arkady Listed']);
    expect(await names({ search: 'Listed', roleIds: { eq: shippedRoles.HEAD.id }, active: { eq: true } })).toEqual([
      'Zoya Listed',
    ]);
  });

  it('are taken over from another system once, and answered row by row', async () => {
    const teamId = await house.createTeam('Imported');
    const row = (n: number, more: object = {}) => ({
      externalId: `crm:${n}`,
      name: `Imported ${n}`,
      email: `imported.${n}@example.com`,
      roleIds: [shippedRoles.SALESPERSON.id],
      teamId,
      occurredAt: '2025-01-15T00:00:00.000Z',
      ...more,
    });
    const rows = [
      row(1),
      row(2, { email: 'none' }),
      row(3, { email: 'imported.1@example.com' }),
      row(4, { teamId: newId() }),
      row(5),
    ];
    const send = async (sent: object[]) =>
      (await house.admin.get<{ importUsers: Row[] }>(IMPORT, { rows: sent })).importUsers;
    const first = await send(rows);
    expect(first).toMatchObject([
      { index: 0, externalId: 'crm:1', outcome: 'CREATED', error: null },
      { index: 1, outcome: 'REFUSED', id: null, error: { code: 'INVALID_EMAIL', field: 'email' } },
      { index: 2, outcome: 'REFUSED', id: null, error: { code: 'EMAIL_TAKEN', field: 'email' } },
      { index: 3, outcome: 'REFUSED', id: null, error: { code: 'TEAM_NOT_FOUND', field: 'teamId' } },
      { index: 4, outcome: 'CREATED', error: null },
    ]);
    expect(await send([row(1), row(5)])).toMatchObject([
      { outcome: 'UNCHANGED', id: first[0]?.id },
      { outcome: 'UNCHANGED', id: first[4]?.id },
    ]);
    const { user } = await house.admin.get<{ user: unknown }>(
      'query ($id: ID!) { user(id: $id) { createdAt externalId team { id } createdBy { id } } }',
      { id: first[0]?.id },
    );
    expect(user).toEqual({
      createdAt: '2025-01-15T00:00:00.000Z',
      externalId: 'crm:1',
      team: { id: teamId },
      createdBy: { id: house.admin.id },
    });
  });

  describe('are guarded:', () => {
    it('a salesperson reads people and manages none', async () => {
      const { asker } = await house.hire();
      expect(await asker.get('{ users(first: 1) { nodes { id } } teams(first: 1) { nodes { id } } }')).toBeTruthy();
      const calls = [
        asker.refusal(CREATE, { input: valid }),
        asker.refusal(UPDATE, { id: asker.id, input: { roleIds: [shippedRoles.ADMINISTRATOR.id] } }),
        asker.refusal(IMPORT, { rows: [] }),
        asker.refusal('mutation { createTeam(input: { name: "Mine" }) { id } }'),
      ];
      for (const refusal of await Promise.all(calls)) expect(refusal.code).toBe('FORBIDDEN');
    });

    it('who has not signed in gets no answer, by no way', async () => {
      const calls = [
        '{ me { id } }',
        '{ users { nodes { id } } }',
        'mutation { signOut }',
        `{ _entities(representations: [{ __typename: "User", id: "${newId()}" }]) { ... on User { name } } }`,
      ];
      for (const query of calls)
        expect(await house.system.anonymous.refusal(query)).toMatchObject({ code: 'UNAUTHENTICATED' });
    });
  });
});
