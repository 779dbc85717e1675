import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedRoles, type AuditAction } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, type Asker } from '@voronka/testing';
import { openHouse, type House } from './house.js';

interface Entry {
  id: string;
  action: AuditAction;
  personId: string | null;
  recordId: string | null;
  [field: string]: unknown;
}

let house: House;
let auditor: Asker;
const FIELDS =
  'id createdAt action service person { id } keyId entity recordId rows code detail address inPlaceOf { id }';

/** What the log holds of a filter, as the auditor reads it, once it is so many. */
const entries = async (filter: object, atLeast = 1): Promise<Entry[]> => {
  const read = async () =>
    (
      await auditor.get<{ auditEntries: { nodes: Entry[] } }>(
        `query ($filter: AuditEntryFilter) { auditEntries(first: 200, filter: $filter) { nodes { ${FIELDS} } } }`,
        { filter },
      )
    ).auditEntries.nodes;
  await eventually(async () => (await read()).length >= atLeast, { within: 10_000 });
  return read();
};
const of = (action: AuditAction, filter: object = {}) => ({ action: { eq: action }, ...filter });

beforeAll(async () => {
  house = await openHouse();
  auditor = (await house.hire({ name: 'Audrey', role: 'AUDITOR' })).asker;
}, 60_000);
afterAll(() => house.system.stop());

describe('the log of audit', () => {
  it('tells who signed in, and who failed to, from where', async () => {
    const anna = await house.hire();
    const session = await house.signIn(anna.email, anna.password);
    const stranger = house.system.stranger({ address: '192.0.2.7', userAgent: 'curl' });
    const signIn = 'mutation ($email: String!) { signIn(email: $email, password: "not the password") { id } }';
    await stranger.refusal(signIn, { email: anna.email });
    await stranger.refusal(signIn, { email: 'nobody@example.com' });
    expect(await entries(of('SIGNED_IN', { personId: { eq: anna.id } }))).toMatchObject([
      { person: { id: anna.id }, entity: 'session', recordId: session.id, service: 'identity' },
    ]);
    expect(await entries(of('SIGN_IN_FAILED'), 2)).toMatchObject([
      { person: null, address: '192.0.2.7', code: 'INVALID_CREDENTIALS', detail: 'signIn' },
      { person: { id: anna.id }, address: '192.0.2.7' },
    ]);
  });

  it('tells who looked at a record, and not that he looked at himself or followed a link', async () => {
    const [anna, boris] = [await house.hire(), await house.hire()];
    await anna.asker.get('query ($id: ID!) { user(id: $id) { roles { id } createdBy { id } } me { id } }', {
      id: boris.id,
    });
    expect(await entries({ personId: { eq: anna.id } })).toMatchObject([
      { action: 'READ', entity: 'user', recordId: boris.id },
    ]);
  });

  it('tells of a list once, with how many rows it showed', async () => {
    const anna = await house.hire();
    await anna.asker.get('{ users(first: 2) { nodes { id } } }');
    await anna.asker.get('{ users(first: 3, filter: { name: { eq: "Somebody" } }) { nodes { id } } }');
    expect(await entries({ personId: { eq: anna.id } }, 2)).toMatchObject([
      { action: 'LISTED', entity: 'user', rows: 3, detail: '{"name":{"eq":"Somebody"}}' },
      { action: 'LISTED', entity: 'user', rows: 2, detail: null },
    ]);
  });

  it('tells what was refused to whom', async () => {
    const anna = await house.hire();
    await anna.asker.refusal('mutation { createTeam(input: { name: "Mine" }) { id } }');
    expect(await entries({ personId: { eq: anna.id } })).toMatchObject([
      { action: 'REFUSED', code: 'FORBIDDEN', detail: 'createTeam' },
    ]);
  });

  it('tells that a list was taken as a whole: before its first row, and how many there were', async () => {
    await (await house.admin.take('users')).text();
    const [ended] = await entries(of('EXPORTED'));
    const [began] = await entries(of('EXPORT_BEGAN'));
    expect(ended).toMatchObject({
      person: { id: house.admin.id },
      entity: 'user',
      detail: '{"list":"users","whole":true}',
    });
    expect(ended!['rows']).toBeGreaterThan(1);
    expect(began).toMatchObject({ person: { id: house.admin.id }, entity: 'user', detail: '{"list":"users"}' });
    const anna = await house.hire();
    expect((await anna.asker.take('users')).status).toBe(403);
    expect(await entries({ personId: { eq: anna.id } })).toMatchObject([
      { action: 'REFUSED', code: 'FORBIDDEN', detail: 'export users' },
    ]);
  });

  it('tells who changed whose rights, and what they were', async () => {
    const anna = await house.hire();
    await house.admin.get(
      'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
      {
        id: anna.id,
        input: { roleIds: [shippedRoles.HEAD.id] },
      },
    );
    const [changed] = await entries(of('RIGHTS_CHANGED', { recordId: { eq: anna.id } }), 2);
    expect(changed).toMatchObject({ person: { id: house.admin.id }, entity: 'user' });
    expect(JSON.parse(String(changed!['detail']))).toEqual({
      event: 'crm.user.updated',
      changes: { roleIds: { from: [shippedRoles.SALESPERSON.id], to: [shippedRoles.HEAD.id] } },
    });
  });

  it('tells what was done by an API key', async () => {
    const key = newId();
    const program = house.system.program(house.admin.id, { id: key, roleId: shippedRoles.ADMINISTRATOR.id });
    const { createTeam } = await program.get<{ createTeam: { id: string } }>(
      'mutation { createTeam(input: { name: "Made by a program" }) { id } }',
    );
    expect(await entries({ keyId: { eq: key } })).toMatchObject([
      {
        action: 'CHANGED',
        keyId: key,
        person: { id: house.admin.id },
        recordId: createTeam.id,
        detail: 'crm.team.created',
      },
    ]);
  });

  it('is read by time, page by page, and that it was read stands in it', async () => {
    house.system.clock.set('2026-05-01T12:00:00.000Z');
    const anna = await house.hire();
    for (let n = 0; n < 5; n++) await anna.asker.get('{ teams(first: 1) { nodes { id } } }');
    await entries({ personId: { eq: anna.id } }, 5);
    const page = (after: string | null) =>
      auditor.get<{ auditEntries: { nodes: Entry[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }>(
        `query ($after: String, $id: ID!) { auditEntries(first: 3, after: $after,
          filter: { personId: { eq: $id }, createdAt: { gte: "2026-05-01T12:00:00Z", lt: "2026-05-01T12:00:01Z" } })
          { nodes { id } pageInfo { endCursor hasNextPage } } }`,
        { after, id: anna.id },
      );
    const { auditEntries: one } = await page(null);
    const { auditEntries: two } = await page(one.pageInfo.endCursor);
    expect([one.nodes.length, two.nodes.length, two.pageInfo.hasNextPage]).toEqual([3, 2, false]);
    expect(new Set([...one.nodes, ...two.nodes].map(({ id }) => id)).size).toBe(5);
    expect((await entries(of('LISTED', { entity: { eq: 'audit' } })))[0]).toMatchObject({ person: { id: auditor.id } });
  });

  it.each(['SALESPERSON', 'HEAD', 'HEAD_OF_SALES', 'ANALYST', 'INTEGRATION'] as const)(
    'is not for the role %s',
    async (role) => {
      const { asker } = await house.hire({ role });
      expect(await asker.refusal('{ auditEntries(first: 1) { nodes { id } } }')).toMatchObject({ code: 'FORBIDDEN' });
    },
  );

  it('is read by the administrator, who can give its right to others only so', async () => {
    const { auditEntries } = await house.admin.get<{ auditEntries: { nodes: object[] } }>(
      '{ auditEntries(first: 1) { nodes { id } } }',
    );
    expect(auditEntries.nodes).toHaveLength(1);
  });
});

describe('what stands in the log of audit', () => {
  const query = (text: string) => house.system.service.database.query<{ n: number }>({ text });
  const partition = 'audit_entry_2026_03';

  it.each([
    ['changed', `update audit_entry set person_id = null`],
    ['changed in its month', `update ${partition} set person_id = null`],
    ['deleted', 'delete from audit_entry'],
    ['deleted in its month', `delete from ${partition}`],
    ['truncated', 'truncate audit_entry'],
    ['truncated in its month', `truncate ${partition}`],
    ['moved to another month', `update audit_entry set at = at + interval '1 month'`],
    ['changed where it is read', `update audit set person_id = null`],
  ])('cannot be %s', async (_, text) => {
    const count = async () => (await query('select count(*)::int as n from audit_entry')).rows[0]!.n;
    expect(await count()).toBeGreaterThan(0);
    await expect(query(text)).rejects.toThrow('The log of audit is added to and never changed');
    expect(await count()).toBeGreaterThan(0);
  });

  it('goes by whole months, two years later, and not before', async () => {
    const months = async () =>
      (
        await house.system.service.database.query<{ name: string }>({
          text: `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent = 'audit_entry'::regclass order by 1`,
        })
      ).rows.map(({ name }) => name);
    const before = await months();
    expect(before).toContain(partition);
    house.system.clock.set('2028-03-31T12:00:00.000Z');
    await auditor.get('{ teams(first: 1) { nodes { id } } }');
    await eventually(async () => (await months()).includes('audit_entry_2028_03'), { within: 10_000 });
    expect(await months()).toEqual([...before, 'audit_entry_2028_03']);
    house.system.clock.set('2028-04-01T12:00:00.000Z');
    await auditor.get('{ teams(first: 1) { nodes { id } } }');
    await eventually(async () => (await months()).includes('audit_entry_2028_04'), { within: 10_000 });
    expect(await months()).toEqual([...before.slice(1), 'audit_entry_2028_03', 'audit_entry_2028_04']);
  });
});
