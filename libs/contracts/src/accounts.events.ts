import { z } from 'zod';
import { noun } from './event.js';
import { Address, ContactPoint, Id, Shares } from './values.js';

export const CompanyState = z.object({
  id: Id,
  name: z.string().max(200),
  parentId: Id.nullable(),
  phones: z.array(ContactPoint).max(10),
  emails: z.array(ContactPoint).max(10),
  address: Address.nullable(),
  site: z.string().max(500).nullable(),
  industry: z.string().max(100).nullable(),
  employees: z.number().int().nonnegative().nullable(),
  note: z.string().max(10_000).nullable(),
  ownerId: Id,
  /** The lead it was converted from, if it was. */
  leadId: Id.nullable(),
  ...Shares,
});
export type CompanyState = z.infer<typeof CompanyState>;

const company = noun('company', 'The customer base: companies.', CompanyState);
export const CompanyCreated = company.event('created', 'A company joined the customer base.');
export const CompanyUpdated = company.event('updated', 'What is known of the company changed.');
export const CompanyWithdrawn = company.event(
  'withdrawn',
  'Made by a conversion that was undone: the company is gone.',
  {},
  { erases: true },
);

export const ContactState = z.object({
  id: Id,
  name: z.string().max(200),
  position: z.string().max(200).nullable(),
  phones: z.array(ContactPoint).max(10),
  emails: z.array(ContactPoint).max(10),
  address: Address.nullable(),
  note: z.string().max(10_000).nullable(),
  ownerId: Id,
  leadId: Id.nullable(),
  /** The companies the person belongs to; at most one is primary. */
  companies: z.array(z.object({ companyId: Id, role: z.string().max(200).nullable(), primary: z.boolean() })).max(100),
  ...Shares,
});
export type ContactState = z.infer<typeof ContactState>;

const contact = noun('contact', 'The customer base: people, and the companies they belong to.', ContactState);
export const ContactCreated = contact.event('created', 'A person joined the customer base.');
export const ContactUpdated = contact.event('updated', 'What is known of the person changed.');
export const ContactLinked = contact.event('linked', 'The person belongs to a company, in a role.', { companyId: Id });
export const ContactUnlinked = contact.event('unlinked', 'The person no longer belongs to a company.', {
  companyId: Id,
});
export const ContactWithdrawn = contact.event(
  'withdrawn',
  'Made by a conversion that was undone: the contact is gone.',
  {},
  { erases: true },
);

/** What one service did for a conversion: made its part, refused, or took it back. Keyed by the conversion's id. */
export const ConversionPartState = z.object({
  id: Id,
  leadId: Id,
  status: z.enum(['MADE', 'REFUSED', 'UNDONE']),
  code: z.string().max(100).nullable(),
  reason: z.string().max(1_000).nullable(),
});
export type ConversionPartState = z.infer<typeof ConversionPartState>;

const accountConversion = noun(
  'account-conversion',
  "The accounts service's answers to conversions.",
  ConversionPartState,
);
export const AccountConversionMade = accountConversion.event(
  'made',
  'Company and contact of the conversion are there.',
);
export const AccountConversionRefused = accountConversion.event(
  'refused',
  'Company or contact could not be made; nothing was.',
);
export const AccountConversionUndone = accountConversion.event('undone', 'Nothing the conversion made here is left.');
