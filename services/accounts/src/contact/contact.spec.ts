import { describe, expect, it } from '@jest/globals';
import { Contact } from './contact.js';

const OWNER = '0190a8f2-0000-7000-8000-000000000001';
const CONTACT = '0190a8f2-0000-7000-8000-00000000000c';
const [granit, veter, omega] = ['a1', 'a2', 'a3'].map((end) => `0190a8f2-0000-7000-8000-0000000000${end}`) as [
  string,
  string,
  string,
];
const monday = new Date('2026-03-02T09:00:00.000Z');

function contact(): Contact {
  const details = {
    name: 'Ольга Новикова',
    position: null,
    phones: [],
    emails: [],
    address: null,
    note: null,
    ownerId: OWNER,
  };
  return Contact.register(CONTACT, details, { by: OWNER }, monday)[0]?.record as Contact;
}
const primaryOf = (person: Contact) => person.companies.filter((c) => c.primary).map((c) => c.companyId);

describe('a contact', () => {
  it('belongs first of all to the first company it is linked to, unless told otherwise', () => {
    const person = contact();
    person.link(granit, { role: 'buyer' }, monday);
    person.link(veter, {}, monday);
    expect(primaryOf(person)).toEqual([granit]);
    person.link(omega, { primary: true }, monday);
    expect(primaryOf(person)).toEqual([omega]);
    expect(person.companies.map((c) => c.role)).toEqual(['buyer', null, null]);
  });

  it('tells of each link with the companies before and after', () => {
    const person = contact();
    const [linked] = person.link(granit, {}, monday);
    expect(linked?.data).toMatchObject({
      companyId: granit,
      changes: { companies: { from: [], to: [{ companyId: granit, role: null, primary: true }] } },
    });
    const [unlinked] = person.unlink(granit, monday);
    expect(unlinked?.data).toMatchObject({ companyId: granit, contact: { companies: [] } });
  });

  it('is linked once to a company, and unlinked only where it is linked', () => {
    const person = contact();
    person.link(granit, {}, monday);
    const refusal = (code: string) => expect.objectContaining({ code, field: 'companyId' });
    expect(() => person.link(granit, { primary: true }, monday)).toThrow(refusal('LINK_EXISTS'));
    expect(() => person.unlink(veter, monday)).toThrow(refusal('LINK_NOT_FOUND'));
    expect(primaryOf(person)).toEqual([granit]);
  });

  it('belongs to no more than a hundred companies', () => {
    const person = contact();
    for (let i = 100; i < 200; i++) person.link(`0190a8f2-0000-7000-8000-000000000${i}`, {}, monday);
    expect(() => person.link(granit, {}, monday)).toThrow(expect.objectContaining({ code: 'TOO_MANY' }));
  });
});
