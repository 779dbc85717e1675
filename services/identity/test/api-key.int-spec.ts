import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiKeyCreated, ApiKeyRevoked, shippedRoles } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { openHouse, type Hired, type House } from './house.js';

const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  secret apiKey { id name expiresAt addresses createdAt revokedAt lastUsedAt owner { id } role { id } } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }';
const LIST = '{ apiKeys { nodes { id lastUsedAt } } }';
const BEARER = `query ($key: String!, $address: String!) {
  apiKeyBearer(key: $key, address: $address) { keyId ownerId roleId } }`;
const { SALESPERSON, HEAD, ADMINISTRATOR, INTEGRATION } = shippedRoles;

describe('API keys', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.system.stop());

  const inDays = (days: number) => new Date(house.system.clock.now().getTime() + days * 86_400_000).toISOString();
  const valid = () => ({ name: 'Nightly import', roleId: SALESPERSON.id as string, expiresAt: inDays(30) });
  interface Made {
    secret: string;
    apiKey: { id: string };
  }
  const make = async (by: Pick<Hired, 'asker'>, about: object = {}) =>
    (await by.asker.get<{ createApiKey: Made }>(CREATE, { input: { ...valid(), ...about } })).createApiKey;
  const bearer = (key: string, address = '198.51.100.7') =>
    house.system.anonymous.get<{ apiKeyBearer: unknown }>(BEARER, { key, address });
  const refusal = (key: string, address = '198.51.100.7') => house.system.anonymous.refusal(BEARER, { key, address });
  const listed = async (by: Pick<Hired, 'asker'>) =>
    (await by.asker.get<{ apiKeys: { nodes: { id: string; lastUsedAt: string | null }[] } }>(LIST)).apiKeys.nodes;
  const admin = () => ({ asker: house.admin });

  it('are shown once, announced without their secret, and say whose they are', async () => {
    const anna = await house.hire();
    const { secret, apiKey } = await make(anna, { addresses: ['198.51.100.0/24'] });
    expect(apiKey).toMatchObject({
      ...{ name: 'Nightly import', expiresAt: inDays(30), addresses: ['198.51.100.0/24'], revokedAt: null },
      ...{ lastUsedAt: null, owner: { id: anna.id }, role: { id: SALESPERSON.id } },
    });
    expect(await bearer(secret)).toEqual({
      apiKeyBearer: { keyId: apiKey.id, ownerId: anna.id, roleId: SALESPERSON.id },
    });
    const event = await eventually(() => house.system.published(ApiKeyCreated).find((e) => e.subject === apiKey.id));
    expect(event.actor).toBe(anna.id);
    expect(JSON.stringify(event)).not.toContain(secret.split('_').at(-1));
  });

  it('are not in the database in a form that could be used', async () => {
    const { secret, apiKey } = await make(await house.hire());
    const { rows } = await house.system.service.database.query<{ row: string; hash: Buffer }>({
      text: `select secret_hash as hash, (select k::text from api_key k where k.id = key_id) as row
             from api_key_secret where key_id = $1`,
      values: [apiKey.id],
    });
    const bytes = Buffer.from(secret.slice(-43), 'base64url');
    expect(rows[0]?.hash.equals(bytes)).toBe(false);
    expect(rows[0]?.row).not.toContain(secret.slice(-43));
  });

  it('are refused alike when unknown, forged and revoked', async () => {
    const anna = await house.hire();
    const { secret, apiKey } = await make(anna);
    await anna.asker.get(REVOKE, { id: apiKey.id });
    const forged = secret.slice(0, -43) + Buffer.alloc(32, 7).toString('base64url');
    const strange = `vrk_${newId()}_${Buffer.alloc(32, 7).toString('base64url')}`;
    const refusals = await Promise.all([secret, forged, strange, 'vrk_'].map((key) => refusal(key)));
    expect(refusals).toEqual(Array(4).fill(refusals[0]));
    expect(refusals[0]).toMatchObject({ code: 'UNAUTHENTICATED' });
    const event = await eventually(() => house.system.published(ApiKeyRevoked).find((e) => e.subject === apiKey.id));
    expect(event).toMatchObject({ actor: anna.id, aggregateVersion: 2 });
  });

  it('are refused from other addresses, and once they have expired', async () => {
    const { secret } = await make(await house.hire(), { addresses: ['2001:db8::/32', '198.51.100.7'] });
    expect(await refusal(secret, '198.51.100.8')).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('addresses'),
    });
    expect(await bearer(secret, '::ffff:198.51.100.7')).toMatchObject({ apiKeyBearer: {} });
    const now = house.system.clock.now();
    house.system.clock.set(inDays(30));
    const late = await refusal(secret);
    house.system.clock.set(now);
    expect(late).toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringContaining('expired') });
  });

  it('die with their owner', async () => {
    const anna = await house.hire();
    const { secret } = await make(anna);
    await house.admin.get('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', {
      id: anna.id,
    });
    expect(await refusal(secret)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('show to the minute when they were last used', async () => {
    const anna = await house.hire();
    const { secret } = await make(anna);
    const start = house.system.clock.now();
    const usedAt = async (seconds: number) => {
      house.system.clock.set(new Date(start.getTime() + seconds * 1_000));
      await bearer(secret);
      return (await listed(anna)).map(({ lastUsedAt }) => new Date(lastUsedAt ?? 0).getTime() - start.getTime());
    };
    const seen = [await usedAt(5), await usedAt(64), await usedAt(65)];
    house.system.clock.set(start);
    expect(seen).toEqual([[5_000], [5_000], [65_000]]);
  });

  it('are listed and revoked by their owner, and by who manages people', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    const { apiKey } = await make(anna);
    expect((await listed(anna)).map(({ id }) => id)).toEqual([apiKey.id]);
    expect(await listed(boris)).toEqual([]);
    expect((await listed(admin())).map(({ id }) => id)).toContain(apiKey.id);
    const filtered = `{ apiKeys(filter: { ownerId: { eq: "${anna.id}" } }) { nodes { id } } }`;
    expect(await boris.asker.get(filtered)).toEqual({ apiKeys: { nodes: [] } });
    expect(await house.admin.get(filtered)).toEqual({ apiKeys: { nodes: [{ id: apiKey.id }] } });
    expect(await boris.asker.refusal(REVOKE, { id: apiKey.id })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    const revoked = { revokeApiKey: { id: apiKey.id, revokedAt: house.system.clock.now().toISOString() } };
    expect(await house.admin.get(REVOKE, { id: apiKey.id })).toEqual(revoked);
    expect(await anna.asker.get(REVOKE, { id: apiKey.id })).toEqual(revoked);
  });

  it.each([
    ['a role that may more than the owner', { roleId: HEAD.id }, 'GRANT_TOO_WIDE', 'input.roleId'],
    ['a role that is not there', { roleId: newId() }, 'ROLE_NOT_FOUND', 'input.roleId'],
    ['an end that has passed', { expiresAt: '2026-03-01T00:00:00Z' }, 'INVALID_DATE', 'input.expiresAt'],
    ['an end too far off', { expiresAt: '2027-04-01T00:00:00Z' }, 'INVALID_DATE', 'input.expiresAt'],
    ['an address that is none', { addresses: ['10.0.0.1', '10.0.0.0/33'] }, 'INVALID_VALUE', 'input.addresses.1'],
    ['many addresses', { addresses: Array(21).fill('10.0.0.1') }, 'TOO_MANY', 'input.addresses'],
    ['no name', { name: ' ' }, 'TEXT_EMPTY', 'input.name'],
  ])('are not made with %s', async (_, fault, code, field) => {
    const anna = await house.hire();
    expect(await anna.asker.refusal(CREATE, { input: { ...valid(), ...fault } })).toMatchObject({ code, field });
  });

  it('keep their role from being withdrawn', async () => {
    const WITHDRAW = 'mutation ($id: ID!) { withdrawRole(id: $id) { id } }';
    const { createRole } = await house.admin.get<{ createRole: { id: string } }>(
      'mutation { createRole(input: { name: "For a key", grants: [] }) { id } }',
    );
    const { apiKey } = await make(admin(), { roleId: createRole.id });
    expect(await house.admin.refusal(WITHDRAW, createRole)).toMatchObject({ code: 'ROLE_IN_USE' });
    await house.admin.get(REVOKE, { id: apiKey.id });
    expect(await house.admin.get(WITHDRAW, createRole)).toEqual({ withdrawRole: createRole });
  });

  describe('ask within their role', () => {
    const program = (owner: string, roleId: string) => house.system.program(owner, { id: newId(), roleId });
    const newUser = (about: object) => ({
      input: { name: 'X', email: `${newId()}@example.com`, roleIds: [SALESPERSON.id], ...about },
    });
    const CREATE_USER = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }';

    it('and within what their owner may', async () => {
      const anna = await house.hire();
      const wide = program(anna.id, ADMINISTRATOR.id);
      expect(await wide.get('{ me { id } }')).toEqual({ me: { id: anna.id } });
      expect(await wide.refusal(CREATE_USER, newUser({}))).toMatchObject({ code: 'FORBIDDEN' });
      const narrow = program(house.admin.id, INTEGRATION.id);
      expect(await narrow.refusal(CREATE_USER, newUser({}))).toMatchObject({ code: 'FORBIDDEN' });
      expect(await program(house.admin.id, ADMINISTRATOR.id).get(CREATE_USER, newUser({}))).toMatchObject({
        createUser: { id: expect.any(String) },
      });
    });

    it('and grant nothing beyond it', async () => {
      const grants = (['user', 'role'] as const).flatMap((entity) =>
        ['READ', 'MANAGE'].map((action) => ({ entity: entity.toUpperCase(), action, scope: 'ALL' })),
      );
      const { createRole } = await house.admin.get<{ createRole: { id: string } }>(
        'mutation ($g: [GrantInput!]!) { createRole(input: { name: "People alone", grants: $g }) { id } }',
        { g: grants },
      );
      const key = program(house.admin.id, createRole.id);
      expect(await key.refusal(CREATE_USER, newUser({}))).toMatchObject({ code: 'GRANT_TOO_WIDE' });
      const widen = `mutation { createRole(input: { name: "Wider", grants: [{ entity: DEAL, action: READ, scope: OWN }] }) { id } }`;
      expect(await key.refusal(widen)).toMatchObject({ code: 'GRANT_TOO_WIDE' });
      expect(await key.get(CREATE_USER, newUser({ roleIds: [createRole.id] }))).toMatchObject({ createUser: {} });
    });

    it.each([
      ['sign in', 'mutation { signIn(email: "a@example.com", password: "x") { id } }'],
      ['refresh a session', 'mutation { refreshSession(refreshToken: "x") { id } }'],
      ['sign out', 'mutation { signOut }'],
      ['list sessions', '{ sessions { id } }'],
      ['end a session', `mutation { endSession(id: "${newId()}") { id } }`],
      ['change a password', 'mutation { changePassword(currentPassword: "x", newPassword: "y") { id } }'],
      ['set a password', `mutation { updateUser(id: "${newId()}", input: { password: "a long password" }) { id } }`],
      [
        'enter somebody who can sign in',
        `mutation { createUser(input: { name: "X", email: "x@example.com", roleIds: ["${SALESPERSON.id}"], password: "a long password" }) { id } }`,
      ],
      ['list keys', LIST],
      [
        'make a key',
        `mutation { createApiKey(input: { name: "X", roleId: "${SALESPERSON.id}", expiresAt: "2026-04-01T00:00:00Z" }) { secret } }`,
      ],
      ['revoke a key', `mutation { revokeApiKey(id: "${newId()}") { id } }`],
    ])('and do not %s', async (_, query) => {
      expect(await program(house.admin.id, ADMINISTRATOR.id).refusal(query)).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('API key'),
      });
    });
  });
});
