import { Directive, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
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
  url,
} from '@voronka/service-kit';
import { z } from 'zod';
import { LeadRef, UserRef } from '../references.graphql.js';
import { Company } from './company.js';

@ObjectType('Company', { description: 'A company of the customer base.' })
@Directive('@key(fields: "id")')
export class CompanyType extends SharedFields {
  @Field(() => UserRef, { nullable: true, description: 'Who entered it.' }) createdBy: Reference<'User'> | null;
  @Field(() => String, { nullable: true, description: 'Its name in the system it was imported from.' })
  externalId: string | null;
  @Field(() => String, { description: 'The name.' }) name: string;
  @Field(() => [ContactPointType], { description: 'Phones.' }) phones: readonly ContactPoint[];
  @Field(() => [ContactPointType], { description: 'Mails.' }) emails: readonly ContactPoint[];
  @Field(() => AddressType, { nullable: true, description: 'The address.' }) address: Address | null;
  @Field(() => String, { nullable: true, description: 'The web site.' }) site: string | null;
  @Field(() => String, { nullable: true, description: 'What business it is in.' }) industry: string | null;
  @Field(() => Int, { nullable: true, description: 'How many people work there.' }) employees: number | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note: string | null;
  @Field(() => UserRef, { description: 'Who looks after it.' }) owner: Reference<'User'>;
  @Field(() => LeadRef, { nullable: true, description: 'The lead it was converted from, if it was.' })
  lead: Reference<'Lead'> | null;
  /** For the field `parent`. */
  parentId: Id | null;
}

/** A company as the API shows it. */
export const showCompany = shownAs<CompanyType>()(Company, {
  sharedWith: sharesOf,
  createdBy: ({ createdBy }) => reference('User', createdBy),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
  lead: ({ leadId }) => reference('Lead', leadId),
});

export const companyList = list(Company, 'Company', {
  fields: {
    name: field.text({ order: true }),
    ownerId: field.id(),
    industry: field.text({ nullable: true }),
    parentId: field.id({ nullable: true }),
    leadId: field.id({ nullable: true }),
    employees: field.number({ order: true, nullable: true }),
    updatedAt: field.instant({ order: true }),
    externalId: field.text({ nullable: true }),
  },
  search: 't.search_text',
});
export const CompanyConnection = connectionOf(CompanyType, 'Company');

@InputType({ description: 'What to change of a company: what is left out stays, null clears.' })
export class UpdateCompanyInput {
  @Field(() => String, { nullable: true, description: 'The name, up to 200 characters.' }) name?: string | null;
  @Field(() => ID, { nullable: true, description: 'The company it belongs to.' }) parentId?: Id | null;
  @Field(() => [String], { nullable: true, description: 'Phones, ten at most.' }) phones?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Mails, ten at most.' }) emails?: string[] | null;
  @Field(() => AddressInput, { nullable: true, description: 'The address, as a whole.' }) address?: AddressInput | null;
  @Field(() => String, { nullable: true, description: 'The web site.' }) site?: string | null;
  @Field(() => String, { nullable: true, description: 'What business it is in.' }) industry?: string | null;
  @Field(() => Int, { nullable: true, description: 'How many people work there.' }) employees?: number | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note?: string | null;
  @Field(() => ID, { nullable: true, description: 'Who shall look after it.' }) ownerId?: Id | null;
}

@InputType({ description: 'A company that joins the customer base.' })
export class CreateCompanyInput extends UpdateCompanyInput {
  @Field(() => ID, { nullable: true, description: 'An id of your choice (UUIDv7), to repeat this call safely.' })
  id?: Id | null;
  @Field(() => String, { description: 'The name, up to 200 characters.' }) override name: string;
}

@InputType({ description: 'A company from another system.' })
export class ImportCompanyInput extends CreateCompanyInput {
  @Field(() => String, { description: 'Its name there; a second import of the same name changes nothing.' })
  externalId: string;
  @Field(() => DateTime, { nullable: true, description: 'When it joined, in the business; now, if left out.' })
  createdAt?: Date | null;
}

const details = {
  name: text(200),
  parentId: optional(id),
  phones,
  emails,
  address,
  site: optional(url),
  industry: optional(text(100)),
  employees: optional(
    z
      .int({ error: 'Give a whole number of people.' })
      .min(0, 'Give a whole number of people.')
      .max(100_000_000, 'Give a number of people below 100,000,000.'),
  ),
  note: optional(prose(10_000)),
};
/** A change may give another owner, and cannot take the owner away. */
export const companyPatch = z.object({ ...details, ownerId: id });
export const newCompany = z.object({ ...details, ownerId: optional(id) });
export const importedCompany = newCompany.extend({ externalId: text(200), createdAt: optional(instant) });
