import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompanyCreated, CompanyUpdated, ContactLinked, ContactUnlinked } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, recalledSince, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { accounts } from '../src/service.js';

let crm: ServiceUnderTest;
let anna: Asker;
let boris: Asker;
let admin: Asker;

beforeAll(async () => {
  crm = await serviceUnderTest(accounts);
  anna = await crm.person({ role: 'HEAD_OF_SALES' });
  boris = await crm.person({ role: 'HEAD_OF_SALES' });
  admin = await crm.person({ role: 'ADMINISTRATOR' });
}, 60_000);
afterAll(() => crm.stop());

interface Named {
  id: string;
  version: number;
  name: string;
}
const COMPANY = `mutation ($input: CreateCompanyInput!, $at: DateTime) { it: createCompany(input: $input, occurredAt: $at) {
  id version name createdAt owner { id } createdBy { id } parent { id } phones { normalised } site industry employees lead { id } } }`;
const CONTACT = `mutation ($input: CreateContactInput!) { it: createContact(input: $input) {
  id version name position companies { role primary company { id name } } } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateCompanyInput!, $v: Int) {
  it: updateCompany(id: $id, input: $input, expectedVersion: $v) { version name industry employees owner { id } parent { name } } }`;
const LINK = `mutation ($contactId: ID!, $companyId: ID!, $role: String, $primary: Boolean) {
  it: linkContact(contactId: $contactId, companyId: $companyId, role: $role, primary: $primary) {
    version companies { role primary company { name } } } }`;
const UNLINK = `mutation ($contactId: ID!, $companyId: ID!) {
  it: unlinkContact(contactId: $contactId, companyId: $companyId) { companies { company { name } } } }`;

const run = async (query: string, variables: object) => (await anna.get<{ it: Named }>(query, variables)).it;
const company = (name: string, more: object = {}) => run(COMPANY, { input: { name, ...more } });
const contact = (name: string, more: object = {}) => run(CONTACT, { input: { name, ...more } });

describe('companies', () => {
  it('are entered with all that is known', async () => {
    const parent = await company('Гранит Холдинг');
    const made = await run(COMPANY, {
      at: '2025-06-01T00:00:00Z',
      input: {
        name: 'Гранит',
        parentId: parent.id,
        phones: ['8 495 123-45-67'],
        site: 'granit.example',
        industry: 'stone',
        employees: 120,
        ownerId: boris.id,
      },
    });
    expect(made).toMatchObject({
      version: 1,
      createdAt: '2025-06-01T00:00:00.000Z',
      owner: { id: boris.id },
      createdBy: { id: anna.id },
      parent: { id: parent.id },
      phones: [{ normalised: '+74951234567' }],
      site: 'https://granit.example',
      employees: 120,
      lead: null,
    });
    const event = await eventually(() => crm.published(CompanyCreated).find((e) => e.subject === made.id));
    expect(event).toMatchObject({ actor: anna.id, data: { company: { parentId: parent.id, industry: 'stone' } } });
  });

  it('change what is given, keep what is left out, clear what is null', async () => {
    const { id } = await company('Гранит', { industry: 'stone', employees: 5 });
    const input = { employees: null, ownerId: boris.id };
    expect(await run(UPDATE, { id, input })).toMatchObject({
      version: 2,
      name: 'Гранит',
      industry: 'stone',
      employees: null,
      owner: { id: boris.id },
    });
    const event = await eventually(() => crm.published(CompanyUpdated).find((e) => e.subject === id));
    expect(event.data.changes).toEqual({
      employees: { from: 5, to: null },
      ownerId: { from: anna.id, to: boris.id },
    });
    expect(await anna.refusal(UPDATE, { id, input, v: 1 })).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedVersion',
    });
  });

  it('are the same company to the same content under the same id', async () => {
    const input = { id: newId(), name: 'Омега' };
    const made = await Promise.all([1, 2].map(() => company('Омега', input)));
    expect(made.map(({ id }) => id)).toEqual([input.id, input.id]);
    expect(await anna.refusal(COMPANY, { input: { ...input, name: 'Альфа' } })).toMatchObject({ code: 'CONFLICT' });
  });

  it('never come to belong to themselves, not even by two who move them at once', async () => {
    const top = await company('top');
    const middle = await company('middle', { parentId: top.id });
    const low = await company('low', { parentId: middle.id });
    const move = (id: string, parentId: string) => anna.refusal(UPDATE, { id, input: { parentId } });
    const cycle = { code: 'COMPANY_CYCLE', field: 'input.parentId' };
    expect(await move(top.id, top.id)).toMatchObject(cycle);
    expect(await move(top.id, low.id)).toMatchObject(cycle);
    expect(await move(top.id, newId())).toMatchObject({ code: 'COMPANY_NOT_FOUND', field: 'input.parentId' });

    const [one, two] = await Promise.all([company('one'), company('two')]);
    const answers = await Promise.all([
      anna.ask(UPDATE, { id: one.id, input: { parentId: two.id } }),
      anna.ask(UPDATE, { id: two.id, input: { parentId: one.id } }),
    ]);
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done');
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.filter((code) => code === 'COMPANY_CYCLE' || code === 'CONFLICT')).toHaveLength(1);
  });

  it('show their parent, their children and the people of each', async () => {
    const top = await company('family');
    const left = await company('left', { parentId: top.id });
    const right = await company('right', { parentId: top.id });
    await contact('Лев', { companyId: left.id });
    await contact('Пётр', { companyId: right.id, role: 'director' });
    const seen = await anna.get(
      `query ($id: ID!) { company(id: $id) { children { name parent { name } contacts { name companies { role company { name } } } } contacts { name } } }`,
      { id: top.id },
    );
    expect(seen).toEqual({
      company: {
        contacts: [],
        children: [
          {
            name: 'right',
            parent: { name: 'family' },
            contacts: [{ name: 'Пётр', companies: [{ role: 'director', company: { name: 'right' } }] }],
          },
          {
            name: 'left',
            parent: { name: 'family' },
            contacts: [{ name: 'Лев', companies: [{ role: null, company: { name: 'left' } }] }],
          },
        ],
      },
    });
  });

  it('are listed by name, filtered and searched, a page at a time', async () => {
    for (const [i, name] of ['Zeta', 'Eta', 'Theta'].entries())
      await company(name, { industry: 'greek', emails: [`info@${name}.example`], employees: i === 1 ? null : i + 1 });
    const list = `query ($filter: CompanyFilter, $orderBy: [CompanyOrder!], $first: Int, $after: String) {
      companies(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } totalCount } }`;
    interface List {
      companies: { nodes: Named[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number };
    }
    const page = async (variables: object) => (await anna.get<List>(list, variables)).companies;
    const greek = { industry: { eq: 'greek' } };
    const byName = [{ field: 'name', direction: 'ASC' }];
    const first = await page({ filter: greek, orderBy: byName, first: 2 });
    expect(first).toMatchObject({ nodes: [{ name: 'Eta' }, { name: 'Theta' }], totalCount: 3 });
    const rest = await page({ filter: greek, orderBy: byName, first: 2, after: first.pageInfo.endCursor });
    expect(rest).toMatchObject({ nodes: [{ name: 'Zeta' }], pageInfo: { hasNextPage: false } });
    const bySize = await page({ filter: greek, orderBy: [{ field: 'employees', direction: 'DESC' }] });
    expect(bySize.nodes.map(({ name }) => name)).toEqual(['Theta', 'Zeta', 'Eta']);
    expect((await page({ filter: { search: 'fo@THETA.ex' } })).nodes).toEqual([{ name: 'Theta' }]);
  });

  it.each<[string, object, string, string]>([
    ['no name', { name: '' }, 'TEXT_EMPTY', 'input.name'],
    ['a name without end', { name: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'input.name'],
    ['a mail that is none', { name: 'a', emails: ['@'] }, 'INVALID_EMAIL', 'input.emails.0'],
    ['a negative number of people', { name: 'a', employees: -1 }, 'INVALID_NUMBER', 'input.employees'],
    ['a malformed parent', { name: 'a', parentId: 'x' }, 'INVALID_ID', 'input.parentId'],
    ['a parent that is not there', { name: 'a', parentId: newId() }, 'COMPANY_NOT_FOUND', 'input.parentId'],
    ['an owner who is not there', { name: 'a', ownerId: newId() }, 'OWNER_NOT_FOUND', 'input.ownerId'],
  ])('are refused with %s', async (_, input, code, field) => {
    expect(await anna.refusal(COMPANY, { input })).toMatchObject({ code, field });
  });

  it('keep their owner', async () => {
    const { id } = await company('Гранит');
    expect(await anna.refusal(UPDATE, { id, input: { ownerId: null } })).toMatchObject({
      code: 'REQUIRED',
      field: 'input.ownerId',
    });
  });
});

describe('contacts', () => {
  it('belong to several companies, to one of them first of all', async () => {
    const [granit, veter] = await Promise.all([company('Гранит'), company('Ветер')]);
    const { id: contactId } = await contact('Ольга', { position: 'buyer' });
    expect(await run(LINK, { contactId, companyId: granit.id, role: 'buyer' })).toMatchObject({
      companies: [{ role: 'buyer', primary: true, company: { name: 'Гранит' } }],
    });
    expect(await run(LINK, { contactId, companyId: veter.id, primary: true })).toMatchObject({
      version: 3,
      companies: [{ primary: false }, { role: null, primary: true, company: { name: 'Ветер' } }],
    });
    expect(await run(UNLINK, { contactId, companyId: granit.id })).toEqual({
      companies: [{ company: { name: 'Ветер' } }],
    });
    const [linked, unlinked] = await Promise.all([
      eventually(() => crm.published(ContactLinked).find((e) => e.subject === contactId)),
      eventually(() => crm.published(ContactUnlinked).find((e) => e.subject === contactId)),
    ]);
    expect([linked.data.companyId, unlinked.data.companyId]).toEqual([granit.id, granit.id]);
  });

  it('are linked once, to companies that are there', async () => {
    const { id: companyId } = await company('Гранит');
    const { id: contactId } = await contact('Ольга', { companyId });
    const link = (over: object) => anna.refusal(LINK, { contactId, companyId, ...over });
    expect(await link({})).toMatchObject({ code: 'LINK_EXISTS', field: 'companyId' });
    expect(await link({ companyId: newId() })).toMatchObject({ code: 'COMPANY_NOT_FOUND', field: 'companyId' });
    expect(await link({ contactId: newId() })).toMatchObject({ code: 'NOT_FOUND', field: 'contactId' });
    expect(await link({ contactId: 'x' })).toMatchObject({ code: 'INVALID_ID', field: 'contactId' });
    expect(await anna.refusal(UNLINK, { contactId, companyId: newId() })).toMatchObject({ code: 'LINK_NOT_FOUND' });
    expect(await anna.refusal(UNLINK, { contactId, companyId: 'x' })).toMatchObject({ code: 'INVALID_ID' });
  });

  it('change what is given, and are found by a part of a phone', async () => {
    const { id } = await contact('Мария', { phones: ['+7 921 000-11-22'] });
    const update = `mutation ($id: ID!, $input: UpdateContactInput!) { it: updateContact(id: $id, input: $input) { version name position phones { normalised } } }`;
    expect(await run(update, { id, input: { position: 'director' } })).toEqual({
      version: 2,
      name: 'Мария',
      position: 'director',
      phones: [{ normalised: '+79210001122' }],
    });
    const found = await anna.get('{ contacts(filter: { search: "2100011" }) { nodes { id } totalCount } }');
    expect(found).toEqual({ contacts: { nodes: [{ id }], totalCount: 1 } });
  });

  it('are refused a company that is not there, and nothing is left of them', async () => {
    const input = { id: newId(), name: 'Ольга', companyId: newId() };
    expect(await anna.refusal(CONTACT, { input })).toMatchObject({
      code: 'COMPANY_NOT_FOUND',
      field: 'input.companyId',
    });
    expect(await anna.get(`{ contact(id: "${input.id}") { id } }`)).toEqual({ contact: null });
  });
});

describe('references to accounts from other services', () => {
  it('are answered in the order asked, nothing for what is not there', async () => {
    const { id: companyId } = await company('Гранит');
    const { id: contactId } = await contact('Ольга', { companyId });
    const representations = [
      { __typename: 'Company', id: companyId },
      { __typename: 'Contact', id: contactId },
      { __typename: 'Company', id: newId() },
    ];
    const entities = await anna.get(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Company { name contacts { name } } ... on Contact { name companies { company { name } } } } }`,
      { representations },
    );
    expect(entities).toEqual({
      _entities: [
        { name: 'Гранит', contacts: [{ name: 'Ольга' }] },
        { name: 'Ольга', companies: [{ company: { name: 'Гранит' } }] },
        null,
      ],
    });
  });
});

describe('importing accounts', () => {
  const IMPORT = (noun: 'Company' | 'Contact', many: string) =>
    `mutation ($rows: [Import${noun}Input!]!) { rows: import${many}(rows: $rows) { externalId outcome id error { code field } } }`;
  interface Rows {
    rows: { outcome: string; id: string }[];
  }

  it('answers row by row; a second run changes nothing', async () => {
    const companies = [
      { externalId: 'co:1', name: 'Acme', createdAt: '2024-01-01T00:00:00Z', industry: 'retail' },
      { externalId: 'co:2', name: 'Globex', ownerId: newId() },
      { externalId: 'co:3', name: '\u0001' },
    ];
    const first = await admin.get<Rows>(IMPORT('Company', 'Companies'), { rows: companies });
    expect(first.rows).toMatchObject([
      { externalId: 'co:1', outcome: 'CREATED', error: null },
      { outcome: 'REFUSED', error: { code: 'OWNER_NOT_FOUND', field: 'ownerId' } },
      { outcome: 'REFUSED', error: { code: 'TEXT_HAS_CONTROL_CHARACTERS', field: 'name' } },
    ]);
    const contacts = [
      { externalId: 'p:1', name: 'Jane', companyId: first.rows[0]?.id, role: 'buyer' },
      { externalId: 'p:2', name: 'Joe', companyId: newId() },
    ];
    const people = await admin.get<Rows>(IMPORT('Contact', 'Contacts'), { rows: contacts });
    expect(people.rows).toMatchObject([
      { outcome: 'CREATED' },
      { outcome: 'REFUSED', error: { code: 'COMPANY_NOT_FOUND', field: 'companyId' } },
    ]);
    const again = await Promise.all([
      admin.get<Rows>(IMPORT('Company', 'Companies'), { rows: companies.slice(0, 1) }),
      admin.get<Rows>(IMPORT('Contact', 'Contacts'), { rows: contacts.slice(0, 1) }),
    ]);
    expect(again.map(({ rows }) => rows[0]?.outcome)).toEqual(['UNCHANGED', 'UNCHANGED']);
    expect(await anna.refusal(IMPORT('Company', 'Companies'), { rows: [] })).toMatchObject({ code: 'FORBIDDEN' });
  });
});

it('a database that is older takes back from its own topics what was said since', async () => {
  const known = await company('Known');
  const person = await contact('Anna Known');
  const { nouns, left, before, after } = await recalledSince(crm, accounts, async () => {
    await run(UPDATE, { id: known.id, input: { industry: 'Optics' } });
    const later = await company('Later', { phones: ['8 495 765-43-21'], parentId: known.id });
    await run(LINK, { contactId: person.id, companyId: later.id, role: 'buyer', primary: true });
    await contact('Boris Later', { companyId: later.id });
  });
  expect(left).toEqual([]);
  expect(nouns).toMatchObject({
    company: { made: 1, changed: 1, removed: 0 },
    contact: { made: 1, changed: 1, removed: 0 },
  });
  expect(after).toEqual(before);
});
