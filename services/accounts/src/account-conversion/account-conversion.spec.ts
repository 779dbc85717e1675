import { describe, expect, it } from '@jest/globals';
import { DomainError, type ConversionState } from '@voronka/contracts';
import type { DomainEvent } from '@voronka/service-kit/record';
import type { Company } from '../company/company.js';
import type { Contact } from '../contact/contact.js';
import { AccountConversion, type Found } from './account-conversion.js';

const idOf = (end: string) => `0190a8f2-0000-7000-8000-0000000000${end}`;
const monday = new Date('2026-03-02T09:00:00.000Z');
const tuesday = new Date('2026-03-03T09:00:00.000Z');
const nobody: Found = { company: null, contact: null };
const nothing = { ...nobody, members: [], children: [] };

const newCompany = {
  kind: 'new' as const,
  id: idOf('c1'),
  name: 'Гранит',
  phones: [],
  emails: [],
  address: null,
  site: null,
};
const newContact = { kind: 'new' as const, id: idOf('c2'), name: 'Ольга', phones: [], emails: [], address: null };

const asked = (parts: Partial<ConversionState> = {}): ConversionState => ({
  id: idOf('c0'),
  leadId: idOf('aa'),
  status: 'RUNNING',
  ownerId: idOf('01'),
  source: null,
  note: 'wants a quote',
  requestedBy: idOf('02'),
  requestedAt: monday.toISOString(),
  company: newCompany,
  contact: newContact,
  deal: null,
  ...parts,
});

const typesOf = (events: DomainEvent[]) => events.map(({ declaration }) => declaration.type.slice('crm.'.length));
const recordOf = <T>(events: DomainEvent[], type: string) =>
  events.find(({ declaration }) => declaration.type === `crm.${type}`)?.record as unknown as T;
const make = (conversion: ConversionState, found = nobody) =>
  AccountConversion.make(conversion, found, monday, tuesday);

/** A company and a contact that are there already. */
function standing(): { company: Company; contact: Contact } {
  const events = [...make(asked({ contact: null })), ...make(asked({ company: null }))];
  return { company: recordOf(events, 'company.created'), contact: recordOf(events, 'contact.created') };
}
const existing = {
  company: { kind: 'existing' as const, id: newCompany.id },
  contact: { kind: 'existing' as const, id: newContact.id },
};

describe('the part of accounts in a conversion', () => {
  it('makes company and contact under the ids chosen, linked, for the owner of the lead', () => {
    const events = make(asked());
    expect(typesOf(events)).toEqual([
      'company.created',
      'contact.created',
      'contact.linked',
      'account-conversion.made',
    ]);
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([monday, monday, monday, tuesday]);
    expect(recordOf(events, 'company.created')).toMatchObject({
      id: newCompany.id,
      ownerId: idOf('01'),
      createdBy: idOf('02'),
      leadId: idOf('aa'),
      note: 'wants a quote',
    });
    expect(recordOf<Contact>(events, 'contact.created').companies).toEqual([
      { companyId: newCompany.id, role: null, primary: true },
    ]);
  });

  it('answers at once where it has nothing to make', () => {
    expect(typesOf(make(asked({ company: null, contact: null })))).toEqual(['account-conversion.made']);
  });

  it('links those that are there already, once', () => {
    const found = standing();
    expect(typesOf(make(asked(existing), found))).toEqual(['contact.linked', 'account-conversion.made']);
    expect(typesOf(make(asked(existing), found))).toEqual(['account-conversion.made']);
  });

  it.each<[string, Partial<ConversionState>, () => Found, string]>([
    ['a company that is gone', { company: existing.company }, () => nobody, 'COMPANY_NOT_FOUND'],
    ['a contact that is gone', { company: null, contact: existing.contact }, () => nobody, 'CONTACT_NOT_FOUND'],
    ['an id that is taken', {}, standing, 'CONFLICT'],
  ])('refuses %s', (_, parts, found, code) => {
    expect(() => make(asked(parts), found())).toThrow(expect.objectContaining({ code }));
  });

  it('says why it refused, and has nothing to undo then', () => {
    const events = AccountConversion.refuse(asked(), new DomainError('COMPANY_NOT_FOUND', 'It is gone.'), tuesday);
    expect(events[0]?.data).toMatchObject({
      accountConversion: { status: 'REFUSED', code: 'COMPANY_NOT_FOUND', reason: 'It is gone.' },
    });
    const part = recordOf<AccountConversion>(events, 'account-conversion.refused');
    expect(part.undo(asked(), nothing, tuesday)).toEqual([]);
  });

  it('undoes what it made, and leaves those who came to belong to the company since', () => {
    const events = make(asked());
    const part = recordOf<AccountConversion>(events, 'account-conversion.made');
    const company = recordOf<Company>(events, 'company.created');
    const contact = recordOf<Contact>(events, 'contact.created');
    const { contact: member } = standing();
    member.link(company.id, {}, tuesday);
    const branch = asked({ contact: null, company: { ...newCompany, id: idOf('c3') } });
    const child = recordOf<Company>(make(branch), 'company.created');
    child.update({ parentId: company.id }, [company], tuesday);
    const undone = part.undo(asked(), { company, contact, members: [contact, member], children: [child] }, tuesday);
    expect(undone.map(({ declaration, removes }) => [declaration.type, removes])).toEqual([
      ['crm.contact.unlinked', false],
      ['crm.company.updated', false],
      ['crm.company.withdrawn', true],
      ['crm.contact.withdrawn', true],
      ['crm.account-conversion.undone', false],
    ]);
    expect(part.undo(asked(), nothing, tuesday)).toEqual([]);
  });

  it('undoes a link between those that were there, and only one that it made', () => {
    const found = standing();
    const part = recordOf<AccountConversion>(make(asked(existing), found), 'account-conversion.made');
    expect(typesOf(part.undo(asked(existing), { ...nothing, ...found }, tuesday))).toEqual([
      'contact.unlinked',
      'account-conversion.undone',
    ]);
    found.contact.link(found.company.id, {}, monday);
    const other = recordOf<AccountConversion>(make(asked(existing), found), 'account-conversion.made');
    expect(typesOf(other.undo(asked(existing), { ...nothing, ...found }, tuesday))).toEqual([
      'account-conversion.undone',
    ]);
  });

  it('remembers that it was undone before it was asked for', () => {
    expect(typesOf(AccountConversion.forestall(asked(), tuesday))).toEqual(['account-conversion.undone']);
  });
});
