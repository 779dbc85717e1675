import { Directive, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { prose, text, type Address, type ContactPoint, type Id } from '@voronka/contracts';
import {
  address,
  AddressInput,
  AddressType,
  connectionOf,
  ContactPointType,
  DateTime,
  emails,
  field,
  id,
  instant,
  list,
  optional,
  phones,
  reference,
  type Reference,
  SharedFields,
  sharesOf,
  shownAs,
} from '@voronka/service-kit';
import { z } from 'zod';
import { LeadRef, UserRef } from '../references.graphql.js';
import { Contact, type Membership } from './contact.js';

@ObjectType('ContactCompany', { description: 'A company that a contact belongs to.' })
export class ContactCompanyType {
  @Field(() => String, { nullable: true, description: 'As what: buyer, director.' }) role: string | null;
  @Field(() => Boolean, { description: 'Whether it is the first of the companies of the contact.' }) primary: boolean;
  /** For the field `company`. */
  companyId: Id;
}

@ObjectType('Contact', { description: 'A person of the customer base.' })
@Directive('@key(fields: "id")')
export class ContactType extends SharedFields {
  @Field(() => UserRef, { nullable: true, description: 'Who entered it.' }) createdBy: Reference<'User'> | null;
  @Field(() => String, { nullable: true, description: 'Its name in the system it was imported from.' })
  externalId: string | null;
  @Field(() => String, { description: 'The name.' }) name: string;
  @Field(() => String, { nullable: true, description: 'The position.' }) position: string | null;
  @Field(() => [ContactPointType], { description: 'Phones.' }) phones: readonly ContactPoint[];
  @Field(() => [ContactPointType], { description: 'Mails.' }) emails: readonly ContactPoint[];
  @Field(() => AddressType, { nullable: true, description: 'The address.' }) address: Address | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note: string | null;
  @Field(() => UserRef, { description: 'Who looks after the person.' }) owner: Reference<'User'>;
  @Field(() => LeadRef, { nullable: true, description: 'The lead it was converted from, if it was.' })
  lead: Reference<'Lead'> | null;
  @Field(() => [ContactCompanyType], { description: 'The companies the person belongs to.' })
  companies: readonly Membership[];
}

/** A contact as the API shows it. */
export const showContact = shownAs<ContactType>()(Contact, {
  sharedWith: sharesOf,
  createdBy: ({ createdBy }) => reference('User', createdBy),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
  lead: ({ leadId }) => reference('Lead', leadId),
});

export const contactList = list(Contact, 'Contact', {
  fields: {
    name: field.text({ order: true }),
    ownerId: field.id(),
    leadId: field.id({ nullable: true }),
    updatedAt: field.instant({ order: true }),
    externalId: field.text({ nullable: true }),
  },
  search: 't.search_text',
});
export const ContactConnection = connectionOf(ContactType, 'Contact');

@InputType({ description: 'What to change of a contact: what is left out stays, null clears.' })
export class UpdateContactInput {
  @Field(() => String, { nullable: true, description: 'The name, up to 200 characters.' }) name?: string | null;
  @Field(() => String, { nullable: true, description: 'The position, up to 200 characters.' }) position?: string | null;
  @Field(() => [String], { nullable: true, description: 'Phones, ten at most.' }) phones?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Mails, ten at most.' }) emails?: string[] | null;
  @Field(() => AddressInput, { nullable: true, description: 'The address, as a whole.' }) address?: AddressInput | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note?: string | null;
  @Field(() => ID, { nullable: true, description: 'Who shall look after the person.' }) ownerId?: Id | null;
}

@InputType({ description: 'A person who joins the customer base.' })
export class CreateContactInput extends UpdateContactInput {
  @Field(() => ID, { nullable: true, description: 'An id of your choice (UUIDv7), to repeat this call safely.' })
  id?: Id | null;
  @Field(() => String, { description: 'The name, up to 200 characters.' }) override name: string;
  @Field(() => ID, { nullable: true, description: 'The company the person belongs to first of all.' })
  companyId?: Id | null;
  @Field(() => String, { nullable: true, description: 'As what the person belongs to that company.' })
  role?: string | null;
}

@InputType({ description: 'A contact from another system.' })
export class ImportContactInput extends CreateContactInput {
  @Field(() => String, { description: 'Its name there; a second import of the same name changes nothing.' })
  externalId: string;
  @Field(() => DateTime, { nullable: true, description: 'When it joined, in the business; now, if left out.' })
  createdAt?: Date | null;
}

const details = {
  name: text(200),
  position: optional(text(200)),
  phones,
  emails,
  address,
  note: optional(prose(10_000)),
};
export const role = optional(text(200));
/** A change may give another owner, and cannot take the owner away. */
export const contactPatch = z.object({ ...details, ownerId: id });
export const newContact = z.object({ ...details, ownerId: optional(id), companyId: optional(id), role });
export const importedContact = newContact.extend({ externalId: text(200), createdAt: optional(instant) });
