import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountConversionMade,
  AccountConversionRefused,
  AccountConversionUndone,
  CompanyWithdrawn,
  ContactWithdrawn,
  ConversionRequested,
  ConversionUndoing,
  type ConversionState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { accounts } from '../src/service.js';

let crm: ServiceUnderTest;
let anna: Asker;
let boris: Asker;

beforeAll(async () => {
  crm = await serviceUnderTest(accounts);
  anna = await crm.person({ role: 'HEAD_OF_SALES' });
  boris = await crm.person({ role: 'HEAD_OF_SALES' });
}, 60_000);
afterAll(() => crm.stop());

const lastMarch = new Date('2025-03-10T12:00:00.000Z');
const phones = [{ typed: '+7 495 123-45-67', normalised: '+74951234567' }];

function asked(parts: Partial<ConversionState> = {}): ConversionState {
  return {
    id: newId(),
    leadId: newId(),
    status: 'RUNNING',
    ownerId: boris.id,
    source: 'call',
    note: null,
    requestedBy: anna.id,
    requestedAt: lastMarch.toISOString(),
    company: { kind: 'new', id: newId(), name: 'Гранит', phones: [], emails: [], address: null, site: null },
    contact: { kind: 'new', id: newId(), name: 'Ольга', phones, emails: [], address: null },
    deal: null,
    ...parts,
  };
}
const request = (conversion: ConversionState, id = newId()) =>
  crm.deliver(ConversionRequested, conversion.id, { conversion }, { occurredAt: lastMarch, actor: anna.id, id });
const undoing = (conversion: ConversionState) =>
  crm.deliver(ConversionUndoing, conversion.id, { conversion, code: null, reason: 'cancelled' }, { version: 2 });
const answers = (conversion: ConversionState) =>
  [AccountConversionMade, AccountConversionRefused, AccountConversionUndone].flatMap((declaration) =>
    crm.published(declaration).filter((e) => e.subject === conversion.id),
  );
const answered = (conversion: ConversionState, status: string) =>
  eventually(() => answers(conversion).find((e) => e.data.accountConversion.status === status));
const seen = (conversion: ConversionState) =>
  anna.get(
    `query ($company: ID!, $contact: ID!) {
      company(id: $company) { name createdAt owner { id } createdBy { id } lead { id } contacts { id } }
      contact(id: $contact) { name phones { normalised } companies { primary company { id } } } }`,
    { company: conversion.company?.id ?? newId(), contact: conversion.contact?.id ?? newId() },
  );

async function create(noun: 'Company' | 'Contact', input: object): Promise<string> {
  const query = `mutation ($input: Create${noun}Input!) { it: create${noun}(input: $input) { id } }`;
  return (await anna.get<{ it: { id: string } }>(query, { input })).it.id;
}

describe('the part of accounts in a conversion', () => {
  it('makes company and contact under the ids chosen, when the lead was converted, and says so', async () => {
    const conversion = asked();
    await request(conversion);
    await answered(conversion, 'MADE');
    expect(await seen(conversion)).toEqual({
      company: {
        name: 'Гранит',
        createdAt: lastMarch.toISOString(),
        owner: { id: boris.id },
        createdBy: { id: anna.id },
        lead: { id: conversion.leadId },
        contacts: [{ id: conversion.contact?.id }],
      },
      contact: {
        name: 'Ольга',
        phones: [{ normalised: '+74951234567' }],
        companies: [{ primary: true, company: { id: conversion.company?.id } }],
      },
    });
  });

  it('makes them once, however often it is asked', async () => {
    const conversion = asked();
    const id = newId();
    await request(conversion, id);
    await request(conversion, id);
    await request(conversion);
    const marker = asked({ company: null, contact: null });
    await request(marker);
    await Promise.all([answered(conversion, 'MADE'), answered(marker, 'MADE')]);
    expect(answers(conversion)).toHaveLength(1);
  });

  it('links an existing contact to a new company, and keeps what was primary', async () => {
    const old = await create('Company', { name: 'Ветер' });
    const contactId = await create('Contact', { name: 'Ольга', companyId: old });
    const conversion = asked({ contact: { kind: 'existing', id: contactId } });
    await request(conversion);
    await answered(conversion, 'MADE');
    expect(await seen(conversion)).toMatchObject({
      contact: {
        companies: [
          { primary: true, company: { id: old } },
          { primary: false, company: { id: conversion.company?.id } },
        ],
      },
    });
    await undoing(conversion);
    await answered(conversion, 'UNDONE');
    expect(await seen(conversion)).toMatchObject({
      company: null,
      contact: { companies: [{ primary: true, company: { id: old } }] },
    });
  });

  it('refuses where the existing company is gone, makes nothing then, and parks nothing', async () => {
    const conversion = asked({ company: { kind: 'existing', id: newId() } });
    await request(conversion);
    const refused = await answered(conversion, 'REFUSED');
    expect(refused.data.accountConversion).toMatchObject({
      leadId: conversion.leadId,
      code: 'COMPANY_NOT_FOUND',
      reason: expect.stringContaining('no company'),
    });
    expect(await seen(conversion)).toEqual({ company: null, contact: null });
    const { rows } = await crm.service.database.query({ text: 'select 1 from parked_event' });
    expect(rows).toEqual([]);
  });

  it('undoes what it made, and tells that company and contact are gone', async () => {
    const conversion = asked();
    await request(conversion);
    await answered(conversion, 'MADE');
    await undoing(conversion);
    await answered(conversion, 'UNDONE');
    expect(await seen(conversion)).toEqual({ company: null, contact: null });
    await eventually(() => crm.published(CompanyWithdrawn).some((e) => e.subject === conversion.company?.id));
    await eventually(() => crm.published(ContactWithdrawn).some((e) => e.subject === conversion.contact?.id));
  });

  it('never makes what was undone before it was asked for', async () => {
    const conversion = asked();
    await undoing(conversion);
    await answered(conversion, 'UNDONE');
    await request(conversion);
    const marker = asked({ company: null, contact: null });
    await request(marker);
    await answered(marker, 'MADE');
    expect(await seen(conversion)).toEqual({ company: null, contact: null });
    expect(answers(conversion)).toHaveLength(1);
  });
});
