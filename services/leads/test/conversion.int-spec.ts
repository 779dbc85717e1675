import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountConversionMade,
  AccountConversionUndone,
  ConversionRequested,
  ConversionUndoing,
  DealConversionMade,
  DealConversionRefused,
  DealConversionUndone,
  LeadConverted,
  LeadReturned,
  type ConversionPartState,
} from '@voronka/contracts';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { leads } from '../src/service.js';

let crm: ServiceUnderTest;
let anna: Asker;

beforeAll(async () => {
  crm = await serviceUnderTest(leads);
  anna = await crm.person({ role: 'HEAD_OF_SALES' });
}, 60_000);
afterAll(() => crm.stop());

interface Conversion {
  id: string;
  status: string;
  reason: string | null;
  code: string | null;
  company: { id: string } | null;
  contact: { id: string } | null;
  deal: { id: string } | null;
  lead: { id: string; status: string; conversion: { id: string } | null };
}
const FIELDS = `id status code reason requestedAt company { id } contact { id } deal { id } lead { id status conversion { id } }`;
const CONVERT = `mutation ($id: ID!, $input: ConvertLeadInput) { conversion: convertLead(id: $id, input: $input) { ${FIELDS} } }`;
const CANCEL = `mutation ($id: ID!) { conversion: cancelConversion(id: $id) { ${FIELDS} } }`;

async function capture(input: object = { personName: 'Ольга Новикова', companyName: 'Гранит' }): Promise<string> {
  const create = 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { id } }';
  return (await anna.get<{ createLead: { id: string } }>(create, { input })).createLead.id;
}
const convert = async (id: string, input?: object) =>
  (await anna.get<{ conversion: Conversion }>(CONVERT, { id, input })).conversion;
const seen = async (id: string) =>
  (await anna.get<{ conversion: Conversion }>(`{ conversion(id: "${id}") { ${FIELDS} } }`)).conversion;
const seenAs = (id: string, status: string) =>
  eventually(async () => {
    const conversion = await seen(id);
    return conversion.status === status && conversion;
  });

function answering({ id, lead }: Conversion) {
  const state = (status: ConversionPartState['status'], code: string | null = null): ConversionPartState => ({
    id,
    leadId: lead.id,
    status,
    code,
    reason: code && 'There is no such pipeline.',
  });
  return {
    accountsMade: () => crm.deliver(AccountConversionMade, id, { accountConversion: state('MADE') }),
    accountsUndone: () =>
      crm.deliver(AccountConversionUndone, id, { accountConversion: state('UNDONE') }, { version: 2 }),
    dealsMade: () => crm.deliver(DealConversionMade, id, { dealConversion: state('MADE') }),
    dealsRefused: () =>
      crm.deliver(DealConversionRefused, id, { dealConversion: state('REFUSED', 'PIPELINE_NOT_FOUND') }),
    dealsUndone: () => crm.deliver(DealConversionUndone, id, { dealConversion: state('UNDONE') }, { version: 2 }),
  };
}

describe('converting a lead', () => {
  it('asks accounts and deals under the ids it chose, and is done when both have answered', async () => {
    const leadId = await capture();
    const conversion = await convert(leadId);
    expect(conversion).toMatchObject({
      status: 'RUNNING',
      reason: null,
      lead: { id: leadId, status: 'CONVERTING', conversion: { id: conversion.id } },
    });
    const request = await eventually(() => crm.published(ConversionRequested).find((e) => e.subject === conversion.id));
    expect(request.data.conversion).toMatchObject({
      leadId,
      ownerId: anna.id,
      requestedBy: anna.id,
      company: { kind: 'new', id: conversion.company?.id, name: 'Гранит' },
      contact: { kind: 'new', id: conversion.contact?.id, name: 'Ольга Новикова' },
      deal: { kind: 'new', id: conversion.deal?.id, title: 'Гранит', pipelineId: null },
    });
    const { accountsMade, dealsMade } = answering(conversion);
    await dealsMade();
    await accountsMade();
    await dealsMade();
    expect(await seenAs(conversion.id, 'DONE')).toMatchObject({ lead: { status: 'CONVERTED' } });
    const converted = await eventually(() => crm.published(LeadConverted).find((e) => e.subject === leadId));
    expect(converted.data.lead).toMatchObject({ status: 'CONVERTED', conversionId: conversion.id });
  });

  it('is the same conversion however often and at whatever moment it is asked for', async () => {
    const leadId = await capture();
    const input = { company: null, deal: { title: 'Первая поставка' } };
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => convert(leadId, input)));
    expect([two?.id, three?.id]).toEqual([one?.id, one?.id]);
    expect((await convert(leadId, input)).id).toBe(one?.id);
    expect(await anna.refusal(CONVERT, { id: leadId })).toMatchObject({ code: 'LEAD_BEING_CONVERTED', field: 'id' });

    const { accountsMade, dealsMade } = answering(one as Conversion);
    await Promise.all([accountsMade(), dealsMade()]);
    await seenAs(one?.id ?? '', 'DONE');
    expect(await convert(leadId, input)).toMatchObject({ id: one?.id, status: 'DONE' });
    expect(await anna.refusal(CONVERT, { id: leadId })).toMatchObject({ code: 'LEAD_ALREADY_CONVERTED', field: 'id' });
    const start = 'mutation ($id: ID!) { startLead(id: $id) { id } }';
    expect(await anna.refusal(start, { id: leadId })).toMatchObject({ code: 'LEAD_ALREADY_CONVERTED' });
  });

  it('takes existing records, and makes only what was chosen', async () => {
    const [companyId, contactId] = [newId(), newId()];
    const conversion = await convert(await capture(), {
      company: { existingId: companyId },
      contact: { existingId: contactId },
      deal: null,
    });
    expect(conversion).toMatchObject({ company: { id: companyId }, contact: { id: contactId }, deal: null });
  });

  it('returns the lead with the reason when a part is refused, once the other is undone', async () => {
    const leadId = await capture();
    await anna.get('mutation ($id: ID!) { qualifyLead(id: $id) { id } }', { id: leadId });
    const conversion = await convert(leadId, { deal: { pipelineId: newId() } });
    const { accountsMade, accountsUndone, dealsRefused } = answering(conversion);
    await accountsMade();
    await dealsRefused();
    expect(await seenAs(conversion.id, 'UNDOING')).toMatchObject({ lead: { status: 'CONVERTING' } });
    const undoing = await eventually(() => crm.published(ConversionUndoing).find((e) => e.subject === conversion.id));
    expect(undoing.data).toMatchObject({ code: 'PIPELINE_NOT_FOUND', reason: 'There is no such pipeline.' });
    await accountsUndone();
    expect(await seenAs(conversion.id, 'FAILED')).toMatchObject({
      code: 'PIPELINE_NOT_FOUND',
      reason: 'There is no such pipeline.',
      lead: { status: 'QUALIFIED', conversion: { id: conversion.id } },
    });
    const returned = await eventually(() => crm.published(LeadReturned).find((e) => e.subject === leadId));
    expect(returned.data).toMatchObject({ code: 'PIPELINE_NOT_FOUND', changes: { status: { to: 'QUALIFIED' } } });

    const again = await convert(leadId);
    expect(again).toMatchObject({ status: 'RUNNING' });
    expect(again.id).not.toBe(conversion.id);
  });

  it('is cancelled while it runs, and never after its end', async () => {
    const leadId = await capture();
    const conversion = await convert(leadId);
    const cancel = async () => (await anna.get<{ conversion: Conversion }>(CANCEL, { id: conversion.id })).conversion;
    expect(await cancel()).toMatchObject({ status: 'UNDOING' });
    expect(await cancel()).toMatchObject({ status: 'UNDOING' });
    const { accountsUndone, dealsMade, dealsUndone } = answering(conversion);
    await dealsMade();
    await accountsUndone();
    await dealsUndone();
    expect(await seenAs(conversion.id, 'CANCELLED')).toMatchObject({
      code: null,
      reason: 'The conversion was cancelled.',
      lead: { status: 'NEW' },
    });
    expect(await anna.refusal(CANCEL, { id: conversion.id })).toMatchObject({ code: 'CONVERSION_ENDED', field: 'id' });
  });

  it('goes on where it was when the service was away in between', async () => {
    const conversion = await convert(await capture());
    const { accountsMade, dealsMade } = answering(conversion);
    await accountsMade();
    await crm.restart();
    await dealsMade();
    expect(await seenAs(conversion.id, 'DONE')).toMatchObject({ lead: { status: 'CONVERTED' } });
  }, 30_000);

  it.each<[string, object, object, string, string]>([
    ['nothing', {}, { company: null, contact: null, deal: null }, 'CONVERSION_EMPTY', 'input'],
    ['a company without a name', { personName: 'Ольга' }, { company: {} }, 'REQUIRED', 'input.company.name'],
    ['a malformed id', {}, { deal: { pipelineId: 'x' } }, 'INVALID_ID', 'input.deal.pipelineId'],
    [
      'a negative amount',
      {},
      { deal: { amount: { amount: -5, currency: 'USD' } } },
      'INVALID_AMOUNT',
      'input.deal.amount.amount',
    ],
  ])('refuses %s, and the lead stays what it was', async (_, input, choices, code, field) => {
    const id = await capture({ personName: 'Ольга', ...input });
    expect(await anna.refusal(CONVERT, { id, input: choices })).toMatchObject({ code, field });
    expect(await anna.get(`{ lead(id: "${id}") { status version conversion { id } } }`)).toEqual({
      lead: { status: 'NEW', version: 1, conversion: null },
    });
  });

  it('is not for a lead that was given up', async () => {
    const id = await capture();
    await anna.get('mutation ($id: ID!) { disqualifyLead(id: $id, reason: SPAM) { id } }', { id });
    expect(await anna.refusal(CONVERT, { id })).toMatchObject({ code: 'LEAD_NOT_OPEN', field: 'id' });
  });
});
