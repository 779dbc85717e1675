import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LeadAssigned, LeadCreated, LeadDisqualified, LeadUpdated, ProductCreated } from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { leads } from '../src/service.js';

let crm: ServiceUnderTest;
let anna: Asker;
let boris: Asker;
let admin: Asker;

beforeAll(async () => {
  crm = await serviceUnderTest(leads);
  anna = await crm.person({ name: 'Анна', role: 'HEAD_OF_SALES' });
  boris = await crm.person({ name: 'Boris', role: 'HEAD_OF_SALES' });
  admin = await crm.person({ role: 'ADMINISTRATOR' });
}, 60_000);
afterAll(() => crm.stop());

interface Lead {
  id: string;
  version: number;
  status: string;
  createdAt: string;
}
const CREATE = `mutation ($input: CreateLeadInput!, $at: DateTime) { lead: createLead(input: $input, occurredAt: $at) {
  id version status createdAt createdBy { id } owner { id } personName companyName phones { typed normalised } emails { normalised }
  address { city country } site source utm { source campaign } note products { id } amount { amount currency } } }`;
const verb = (name: string, args = '', result = 'id version status') =>
  `mutation ($id: ID!, $v: Int) { lead: ${name}(id: $id, expectedVersion: $v${args}) { ${result} } }`;

async function capture(input: object = { personName: 'Ольга' }): Promise<Lead> {
  return (await anna.get<{ lead: Lead }>(CREATE, { input })).lead;
}
const run = async (query: string, variables: object) => (await anna.get<{ lead: Lead }>(query, variables)).lead;

describe('capturing a lead', () => {
  it('takes all that is known, normalises it, and tells it to everybody', async () => {
    const productId = newId();
    await crm.deliver(ProductCreated, productId, {
      product: { id: productId, name: 'GTX', series: null, amount: null, currency: null, active: true },
    });
    const { lead } = await anna.get<{ lead: Lead }>(CREATE, {
      input: {
        personName: '  Ольга Новикова ',
        companyName: 'Гранит',
        phones: ['8 (495) 123-45-67', '+1 212 555 0100'],
        emails: ['Olga@Granit.Example'],
        address: { city: 'Тверь' },
        site: 'granit.example',
        source: 'trade fair',
        utm: { source: 'yandex', campaign: 'spring' },
        note: 'Wants a quote.\nSoon.',
        productIds: [productId],
        amount: { amount: 105_400, currency: 'USD' },
      },
    });
    expect(lead).toMatchObject({
      version: 1,
      status: 'NEW',
      personName: 'Ольга Новикова',
      owner: { id: anna.id },
      createdBy: { id: anna.id },
      phones: [
        { typed: '8 (495) 123-45-67', normalised: '+74951234567' },
        { typed: '+1 212 555 0100', normalised: '+12125550100' },
      ],
      emails: [{ normalised: 'olga@granit.example' }],
      address: { city: 'Тверь', country: null },
      site: 'https://granit.example',
      utm: { source: 'yandex', campaign: 'spring' },
      products: [{ id: productId }],
      amount: { amount: 105_400, currency: 'USD' },
    });
    const event = await eventually(() => crm.published(LeadCreated).find((e) => e.subject === lead.id));
    expect(event).toMatchObject({
      actor: anna.id,
      aggregateVersion: 1,
      occurredAt: crm.clock.now(),
      data: { lead: { id: lead.id, source: 'trade fair', amount: 105_400, currency: 'USD', ownerId: anna.id } },
    });
  });

  it('may have happened earlier, but never in the future', async () => {
    const input = { personName: 'Ольга' };
    const { lead } = await anna.get<{ lead: Lead }>(CREATE, { input, at: '2025-11-05T10:00:00Z' });
    expect(lead.createdAt).toBe('2025-11-05T10:00:00.000Z');
    expect(await anna.refusal(CREATE, { input, at: '2031-01-01T00:00:00Z' })).toMatchObject({ code: 'DATE_IN_FUTURE' });
  });

  it('answers the same lead to the same content under the same id, and refuses other content', async () => {
    const input = { id: newId(), personName: 'Ольга', phones: ['+7 495 123-45-67'] };
    const made = await Promise.all([capture(input), capture(input), capture(input)]);
    expect(made.map(({ id, version }) => [id, version])).toEqual(Array(3).fill([input.id, 1]));
    const other = { ...input, personName: 'Пётр' };
    expect(await anna.refusal(CREATE, { input: other })).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
  });

  it.each<[string, object, string, string]>([
    ['nobody', {}, 'REQUIRED', 'input.personName'],
    ['an empty name', { personName: ' ' }, 'TEXT_EMPTY', 'input.personName'],
    ['a name without end', { companyName: 'x'.repeat(201) }, 'TEXT_TOO_LONG', 'input.companyName'],
    ['control characters', { personName: 'a\u0007b' }, 'TEXT_HAS_CONTROL_CHARACTERS', 'input.personName'],
    ['a phone that is none', { personName: 'a', phones: ['1', 'call me'] }, 'INVALID_PHONE', 'input.phones.0'],
    ['a mail that is none', { personName: 'a', emails: ['a@b.example', 'a@'] }, 'INVALID_EMAIL', 'input.emails.1'],
    ['too many phones', { personName: 'a', phones: Array(11).fill('+7 495 123-45-67') }, 'TOO_MANY', 'input.phones'],
    ['a site that is none', { personName: 'a', site: 'javascript:alert(1)' }, 'INVALID_URL', 'input.site'],
    [
      'a negative amount',
      { personName: 'a', amount: { amount: -1, currency: 'USD' } },
      'INVALID_AMOUNT',
      'input.amount.amount',
    ],
    [
      'an unknown currency',
      { personName: 'a', amount: { amount: 1, currency: 'XQZ' } },
      'UNKNOWN_CURRENCY',
      'input.amount.currency',
    ],
    ['a malformed owner', { personName: 'a', ownerId: 'me' }, 'INVALID_ID', 'input.ownerId'],
    ['an id that is not of version 7', { personName: 'a', id: '1' }, 'INVALID_ID', 'input.id'],
  ])('refuses %s', async (_, input, code, field) => {
    expect(await anna.refusal(CREATE, { input })).toMatchObject({ code, field });
  });

  it('refuses an owner or a product that does not exist', async () => {
    const gone = await crm.person({ active: false });
    const [unknown, inactive, product] = await Promise.all([
      anna.refusal(CREATE, { input: { personName: 'a', ownerId: newId() } }),
      anna.refusal(CREATE, { input: { personName: 'a', ownerId: gone.id } }),
      anna.refusal(CREATE, { input: { personName: 'a', productIds: [newId()] } }),
    ]);
    expect([unknown, inactive]).toMatchObject(Array(2).fill({ code: 'OWNER_NOT_FOUND', field: 'input.ownerId' }));
    expect(product).toMatchObject({ code: 'PRODUCT_NOT_FOUND', field: 'input.productIds.0' });
  });

  it('is for those who have signed in and may', async () => {
    const analyst = await crm.person({ role: 'ANALYST' });
    const input = { personName: 'a' };
    expect(await crm.anonymous.refusal(CREATE, { input })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await analyst.refusal(CREATE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('working a lead', () => {
  it('goes from start over qualify to disqualify and back, each an event', async () => {
    const { id } = await capture();
    expect(await run(verb('startLead'), { id })).toMatchObject({ status: 'WORKING', version: 2 });
    expect(await run(verb('qualifyLead'), { id })).toMatchObject({ status: 'QUALIFIED', version: 3 });
    const lost = verb('disqualifyLead', ', reason: NO_BUDGET, note: "Next year."', 'status disqualifyReason');
    expect(await run(lost, { id })).toEqual({ status: 'DISQUALIFIED', disqualifyReason: 'NO_BUDGET' });
    expect(await anna.refusal(verb('startLead'), { id })).toMatchObject({ code: 'LEAD_NOT_OPEN', field: 'id' });
    expect(await run(verb('reopenLead'), { id })).toMatchObject({ status: 'WORKING', version: 5 });
    const event = await eventually(() => crm.published(LeadDisqualified).find((e) => e.subject === id));
    expect(event.data).toMatchObject({
      note: 'Next year.',
      changes: { status: { from: 'QUALIFIED', to: 'DISQUALIFIED' }, disqualifyReason: { from: null, to: 'NO_BUDGET' } },
    });
  });

  it('changes what is given, keeps what is left out, clears what is null', async () => {
    const { id } = await capture({ personName: 'Ольга', source: 'call', amount: { amount: 5, currency: 'EUR' } });
    const update = `mutation ($id: ID!, $input: UpdateLeadInput!) { lead: updateLead(id: $id, input: $input) {
      version personName source note amount { amount } } }`;
    const input = { note: 'Called back.', amount: null };
    expect(await run(update, { id, input })).toEqual({
      version: 2,
      personName: 'Ольга',
      source: 'call',
      note: 'Called back.',
      amount: null,
    });
    expect(await run(update, { id, input })).toMatchObject({ version: 2 });
    expect(await anna.refusal(update, { id, input: { personName: null } })).toMatchObject({ code: 'REQUIRED' });
    const event = await eventually(() => crm.published(LeadUpdated).find((e) => e.subject === id));
    expect(event.data.changes).toEqual({
      note: { from: null, to: 'Called back.' },
      amount: { from: 5, to: null },
      currency: { from: 'EUR', to: null },
    });
  });

  it('goes to another owner who is there', async () => {
    const { id } = await capture();
    const assign = (to: string) => verb('assignLead', `, ownerId: "${to}"`, 'owner { id }');
    expect(await run(assign(boris.id), { id })).toEqual({ owner: { id: boris.id } });
    expect(await anna.refusal(assign('boris'), { id })).toMatchObject({ code: 'INVALID_ID', field: 'ownerId' });
    expect(await anna.refusal(assign(newId()), { id })).toMatchObject({ code: 'OWNER_NOT_FOUND', field: 'ownerId' });
    const event = await eventually(() => crm.published(LeadAssigned).find((e) => e.subject === id));
    expect(event.data.changes).toEqual({ ownerId: { from: anna.id, to: boris.id } });
  });

  it('lets one of two writers win who saw the same version', async () => {
    const { id } = await capture();
    const answers = await Promise.all([1, 2].map(() => anna.ask(verb('startLead'), { id, v: 1 })));
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done').sort();
    expect(codes).toEqual(['CONFLICT', 'done']);
    expect(await anna.refusal(verb('qualifyLead'), { id, v: 1 })).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedVersion',
    });
  });

  it('refuses ids that are unknown or none', async () => {
    expect(await anna.refusal(verb('startLead'), { id: newId() })).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await anna.refusal(verb('startLead'), { id: 'lead' })).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    expect(await anna.refusal('{ lead(id: "x") { id } }')).toMatchObject({ code: 'INVALID_ID', field: 'id' });
    expect(await anna.get(`{ lead(id: "${newId()}") { id } }`)).toEqual({ lead: null });
  });
});

describe('importing leads', () => {
  const IMPORT = `mutation ($rows: [ImportLeadInput!]!) { rows: importLeads(rows: $rows) {
    index externalId outcome id error { code field } } }`;
  interface Row {
    outcome: string;
    id: string;
  }

  it('answers row by row; a second run changes nothing', async () => {
    const rows = [
      {
        externalId: 'old:1',
        personName: 'Ольга',
        createdAt: '2025-09-01T08:00:00Z',
        history: [
          { status: 'WORKING', at: '2025-09-02T08:00:00Z' },
          { status: 'DISQUALIFIED', at: '2025-09-03T08:00:00Z', reason: 'COMPETITOR' },
        ],
      },
      { externalId: 'old:2', emails: ['x@'] },
      { externalId: 'old:3' },
      { externalId: 'old:4', companyName: 'Гранит', createdAt: '2031-01-01T00:00:00Z' },
      { externalId: 'old:5', companyName: 'Гранит', ownerId: boris.id },
    ];
    const first = await admin.get<{ rows: Row[] }>(IMPORT, { rows });
    expect(first.rows).toMatchObject([
      { index: 0, externalId: 'old:1', outcome: 'CREATED', error: null },
      { outcome: 'REFUSED', id: null, error: { code: 'INVALID_EMAIL', field: 'emails.0' } },
      { outcome: 'REFUSED', error: { code: 'REQUIRED', field: 'personName' } },
      { outcome: 'REFUSED', error: { code: 'DATE_IN_FUTURE', field: 'createdAt' } },
      { index: 4, outcome: 'CREATED' },
    ]);
    const second = await admin.get<{ rows: Row[] }>(IMPORT, { rows });
    expect(second.rows.map(({ outcome }) => outcome)).toEqual([
      'UNCHANGED',
      'REFUSED',
      'REFUSED',
      'REFUSED',
      'UNCHANGED',
    ]);
    const [row] = first.rows;
    expect(
      await anna.get(`{ lead(id: "${row?.id}") { status disqualifyReason createdAt version externalId } }`),
    ).toEqual({
      lead: {
        status: 'DISQUALIFIED',
        disqualifyReason: 'COMPETITOR',
        createdAt: '2025-09-01T08:00:00.000Z',
        version: 3,
        externalId: 'old:1',
      },
    });
    const event = await eventually(() => crm.published(LeadDisqualified).find((e) => e.subject === row?.id));
    expect(event.occurredAt).toEqual(new Date('2025-09-03T08:00:00Z'));
  });

  it('is not for everybody, and not without end', async () => {
    const rows = Array.from({ length: 501 }, (_, i) => ({ externalId: `many:${i}`, personName: 'a' }));
    expect(await anna.refusal(IMPORT, { rows })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await admin.refusal(IMPORT, { rows })).toMatchObject({ code: 'TOO_MANY', field: 'rows' });
  });
});
