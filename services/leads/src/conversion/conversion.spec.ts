import { describe, expect, it } from '@jest/globals';
import type { ConversionPartState } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import { Lead, type LeadDetails } from '../lead/lead.js';
import { Conversion } from './conversion.js';
import { partsOf, type Choices } from './parts.js';

const ANNA = '0190a8f2-0000-7000-8000-000000000001';
const LEAD = '0190a8f2-0000-7000-8000-00000000000a';
const OTHER = '0190a8f2-0000-7000-8000-0000000000ff';
const ids = {
  conversion: '0190a8f2-0000-7000-8000-0000000000c0',
  company: '0190a8f2-0000-7000-8000-0000000000c1',
  contact: '0190a8f2-0000-7000-8000-0000000000c2',
  deal: '0190a8f2-0000-7000-8000-0000000000c3',
};
const monday = new Date('2026-03-02T09:00:00.000Z');
const tuesday = new Date('2026-03-03T09:00:00.000Z');
const phones = [{ typed: '+7 495 123-45-67', normalised: '+74951234567' }];
const address = { country: null, region: null, city: 'Тверь', street: null, postalCode: null };

function lead(over: Partial<LeadDetails> = {}): Lead {
  const details: LeadDetails = {
    personName: 'Ольга Новикова',
    companyName: 'Гранит',
    phones,
    emails: [],
    address,
    site: 'https://granit.example',
    source: 'trade fair',
    utm: null,
    note: 'wants a quote',
    productIds: [OTHER],
    amount: 105_400,
    currency: 'USD',
  };
  const made = Lead.capture(LEAD, { ...details, ...over }, ANNA, ANNA, monday)[0]?.record as Lead;
  made.qualify(monday);
  return made;
}

describe('what a lead becomes', () => {
  const parts = (choices: Choices, over?: Partial<LeadDetails>) => partsOf(lead(over), choices, ids);

  it('is company, contact and deal by itself, and nothing is typed twice', () => {
    expect(parts({})).toEqual({
      company: {
        kind: 'new',
        id: ids.company,
        name: 'Гранит',
        phones: [],
        emails: [],
        address,
        site: 'https://granit.example',
      },
      contact: { kind: 'new', id: ids.contact, name: 'Ольга Новикова', phones, emails: [], address: null },
      deal: {
        kind: 'new',
        id: ids.deal,
        title: 'Гранит',
        pipelineId: null,
        stageId: null,
        amount: 105_400,
        currency: 'USD',
        productIds: [OTHER],
      },
    });
  });

  it('is no company where the lead names none, and the contact has the address then', () => {
    expect(parts({}, { companyName: null })).toMatchObject({
      company: null,
      contact: { address },
      deal: { title: 'Ольга Новикова' },
    });
  });

  it('is a company with the phones where no contact is made', () => {
    expect(parts({ contact: null })).toMatchObject({ contact: null, company: { phones } });
    expect(parts({ contact: { existingId: OTHER } })).toMatchObject({
      contact: { kind: 'existing', id: OTHER },
      company: { phones },
    });
  });

  it('is what was typed where something was typed', () => {
    const typed = { title: 'Первая поставка', amount: null, currency: null };
    expect(parts({ company: { name: 'ООО «Гранит»', site: null }, deal: typed })).toMatchObject({
      company: { name: 'ООО «Гранит»', site: null, address },
      deal: typed,
    });
  });

  it.each<[string, Choices, Partial<LeadDetails>, string, string]>([
    ['nothing', { company: null, contact: null, deal: null }, {}, 'CONVERSION_EMPTY', 'input'],
    ['a company without a name', { company: {} }, { companyName: null }, 'REQUIRED', 'input.company.name'],
    ['a stage without its pipeline', { deal: { stageId: OTHER } }, {}, 'REQUIRED', 'input.deal.pipelineId'],
    [
      'an existing contact with another name',
      { contact: { existingId: OTHER, name: 'Пётр' } },
      {},
      'INVALID_VALUE',
      'input.contact.existingId',
    ],
  ])('is never %s', (_, choices, over, code, field) => {
    expect(() => parts(choices, over)).toThrow(expect.objectContaining({ code, field }));
  });
});

describe('a conversion', () => {
  function begun(): { converted: Lead; conversion: Conversion; events: DomainEvent[] } {
    const converted = lead();
    const events = Conversion.request(converted, {}, ids, { person: ANNA, fingerprint: 'x' }, monday);
    return { converted, conversion: events[1]?.record as Conversion, events };
  }
  const typesOf = (events: DomainEvent[]) => events.map(({ declaration }) => declaration.type.slice('crm.'.length));
  const said = (status: ConversionPartState['status'], code: string | null = null): ConversionPartState => ({
    id: ids.conversion,
    leadId: LEAD,
    status,
    code,
    reason: code && `Refused with ${code}.`,
  });
  type Step = 'cancel' | `${'accounts' | 'deals'} ${ConversionPartState['status']}`;

  /** Goes through the steps and tells the events of each, without that of the answer itself. */
  function story(...steps: Step[]) {
    const { converted, conversion } = begun();
    const told = steps.map((step) => {
      if (step === 'cancel') return typesOf(conversion.cancel(tuesday));
      const [part, status] = step.split(' ') as ['accounts' | 'deals', ConversionPartState['status']];
      const answer = said(status, status === 'REFUSED' ? 'PIPELINE_NOT_FOUND' : null);
      return typesOf(conversion.answer(part, answer, converted, tuesday)).filter((t) => t !== 'conversion.advanced');
    });
    return { told, conversion: conversion.status, code: conversion.code, lead: converted.status };
  }
  const completed = ['conversion.completed', 'lead.converted'];
  const undone = ['conversion.undone', 'lead.returned'];
  const failed = { conversion: 'FAILED', code: 'PIPELINE_NOT_FOUND', lead: 'QUALIFIED' };
  const cancelled = { conversion: 'CANCELLED', code: null, lead: 'QUALIFIED' };

  it('asks accounts and deals, and the lead is on its way', () => {
    const { events, converted, conversion } = begun();
    expect(typesOf(events)).toEqual(['lead.conversion-started', 'conversion.requested']);
    expect(converted).toMatchObject({ status: 'CONVERTING', conversionId: ids.conversion });
    expect(conversion.state()).toMatchObject({ status: 'RUNNING', source: 'trade fair', note: 'wants a quote' });
  });

  it.each<[string, Step[], string[][], object]>([
    ['is done when both have made theirs', ['accounts MADE', 'deals MADE'], [[], completed], { lead: 'CONVERTED' }],
    ['is done in the other order too', ['deals MADE', 'accounts MADE'], [[], completed], { conversion: 'DONE' }],
    ['bears a repeated answer', ['deals MADE', 'deals MADE', 'accounts MADE'], [[], [], completed], {}],
    [
      'fails when deals refuse, once accounts have undone',
      ['accounts MADE', 'deals REFUSED', 'accounts UNDONE'],
      [[], ['conversion.undoing'], undone],
      failed,
    ],
    [
      'fails when both refuse, with the first reason',
      ['deals REFUSED', 'accounts REFUSED'],
      [['conversion.undoing'], undone],
      failed,
    ],
    [
      'hears what was made before the undoing was known',
      ['deals REFUSED', 'accounts MADE', 'accounts UNDONE'],
      [['conversion.undoing'], [], undone],
      failed,
    ],
    [
      'is cancelled once both have undone',
      ['accounts MADE', 'cancel', 'deals UNDONE', 'accounts UNDONE'],
      [[], ['conversion.undoing'], [], undone],
      cancelled,
    ],
    [
      'is cancelled once by two who cancel',
      ['cancel', 'cancel', 'deals REFUSED', 'accounts UNDONE'],
      [['conversion.undoing'], [], [], undone],
      cancelled,
    ],
    [
      'changes nothing after its end',
      ['cancel', 'deals UNDONE', 'accounts UNDONE', 'accounts UNDONE', 'deals MADE'],
      [['conversion.undoing'], [], undone, [], []],
      cancelled,
    ],
  ])('%s', (_, steps, told, end) => {
    expect(story(...steps)).toMatchObject({ told, ...end });
  });

  it('cannot be cancelled once it has ended', () => {
    const refusal = expect.objectContaining({ code: 'CONVERSION_ENDED' });
    expect(() => story('accounts MADE', 'deals MADE', 'cancel')).toThrow(refusal);
    expect(() => story('cancel', 'deals UNDONE', 'accounts UNDONE', 'cancel')).toThrow(refusal);
  });

  it('was completed in the business when it was asked for', () => {
    const { converted, conversion } = begun();
    conversion.answer('accounts', said('MADE'), converted, tuesday);
    const events = conversion.answer('deals', said('MADE'), converted, tuesday);
    expect(events.slice(1).map(({ occurredAt }) => occurredAt)).toEqual([monday, monday]);
  });
});
