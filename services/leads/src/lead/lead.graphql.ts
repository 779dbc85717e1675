import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import {
  disqualifyReasons,
  leadStatuses,
  prose,
  text,
  type Address,
  type ContactPoint,
  type DisqualifyReason,
  type Id,
  type LeadStatus,
  type Money,
  type Utm,
} from '@voronka/contracts';
import {
  address,
  AddressInput,
  AddressType,
  connectionOf,
  ContactPointType,
  DateTime,
  emails,
  enumOf,
  field,
  id,
  ids,
  instant,
  list,
  money,
  MoneyInput,
  moneyOf,
  MoneyType,
  optional,
  phones,
  reference,
  type Reference,
  SharedFields,
  sharesOf,
  url,
} from '@voronka/service-kit';
import { z } from 'zod';
import { ProductRef, UserRef } from '../references.graphql.js';
import { Lead } from './lead.js';

export const LeadStatusEnum = enumOf(leadStatuses);
registerEnumType(LeadStatusEnum, { name: 'LeadStatus', description: 'How far a lead has come.' });
export const DisqualifyReasonEnum = enumOf(disqualifyReasons);
registerEnumType(DisqualifyReasonEnum, { name: 'DisqualifyReason', description: 'Why a lead was given up.' });
const stepStatuses = ['WORKING', 'QUALIFIED', 'DISQUALIFIED'] as const;
const LeadStepStatusEnum = enumOf(stepStatuses);
registerEnumType(LeadStepStatusEnum, {
  name: 'LeadStepStatus',
  description: 'What an imported lead became on its way. Convert it after the import, with convertLead.',
});

@ObjectType('Utm', { description: 'The campaign a lead came through, as its link said.' })
export class UtmType implements Utm {
  @Field(() => String, { nullable: true, description: 'utm_source.' }) source: string | null;
  @Field(() => String, { nullable: true, description: 'utm_medium.' }) medium: string | null;
  @Field(() => String, { nullable: true, description: 'utm_campaign.' }) campaign: string | null;
  @Field(() => String, { nullable: true, description: 'utm_term.' }) term: string | null;
  @Field(() => String, { nullable: true, description: 'utm_content.' }) content: string | null;
}

@ObjectType('Lead', { description: 'Somebody who may buy: worked by its owner until it is worth a deal, or given up.' })
@Directive('@key(fields: "id")')
export class LeadType extends SharedFields {
  @Field(() => UserRef, { nullable: true, description: 'Who entered it.' }) createdBy: Reference<'User'> | null;
  @Field(() => String, { nullable: true, description: 'Its name in the system it was imported from.' })
  externalId: string | null;
  @Field(() => LeadStatusEnum, { description: 'How far it has come.' }) status: LeadStatus;
  @Field(() => String, { nullable: true, description: 'The person.' }) personName: string | null;
  @Field(() => String, { nullable: true, description: 'The company.' }) companyName: string | null;
  @Field(() => [ContactPointType], { description: 'Phones.' }) phones: readonly ContactPoint[];
  @Field(() => [ContactPointType], { description: 'Mails.' }) emails: readonly ContactPoint[];
  @Field(() => AddressType, { nullable: true, description: 'The address.' }) address: Address | null;
  @Field(() => String, { nullable: true, description: 'The web site.' }) site: string | null;
  @Field(() => String, { nullable: true, description: 'Where it came from.' }) source: string | null;
  @Field(() => UtmType, { nullable: true, description: 'The campaign it came through.' }) utm: Utm | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note: string | null;
  @Field(() => [ProductRef], { description: 'Products of interest.' }) products: Reference<'Product'>[];
  @Field(() => UserRef, { description: 'Who works it.' }) owner: Reference<'User'>;
  @Field(() => MoneyType, { nullable: true, description: 'What a deal may be worth.' }) amount: MoneyType | null;
  @Field(() => DisqualifyReasonEnum, { nullable: true, description: 'Why it was given up, if it was.' })
  disqualifyReason: DisqualifyReason | null;
  /** For the field `conversion`. */
  conversionId: Id | null;
}

/** A lead as the API shows it. */
export function showLead(lead: Lead): LeadType {
  return {
    ...lead,
    sharedWith: sharesOf(lead),
    createdBy: reference('User', lead.createdBy),
    products: lead.productIds.map((productId) => ({ __typename: 'Product', id: productId })),
    owner: { __typename: 'User', id: lead.ownerId },
    amount: moneyOf(lead.amount, lead.currency),
  };
}

export const leadList = list(Lead, 'Lead', {
  fields: {
    status: field.enum(LeadStatusEnum, 'LeadStatus'),
    ownerId: field.id(),
    source: field.text({ nullable: true }),
    amount: field.number({ order: true, nullable: true }),
    currency: field.text({ nullable: true }),
    updatedAt: field.instant({ order: true }),
    externalId: field.text({ nullable: true }),
  },
  search: 't.search_text',
});
export const LeadConnection = connectionOf(LeadType, 'Lead');

@InputType({ description: 'The campaign a lead came through.' })
class UtmInput {
  @Field(() => String, { nullable: true, description: 'utm_source.' }) source?: string | null;
  @Field(() => String, { nullable: true, description: 'utm_medium.' }) medium?: string | null;
  @Field(() => String, { nullable: true, description: 'utm_campaign.' }) campaign?: string | null;
  @Field(() => String, { nullable: true, description: 'utm_term.' }) term?: string | null;
  @Field(() => String, { nullable: true, description: 'utm_content.' }) content?: string | null;
}

@InputType({ description: 'What to change of a lead: what is left out stays, null clears.' })
export class UpdateLeadInput {
  @Field(() => String, { nullable: true, description: 'The person, up to 200 characters.' }) personName?: string | null;
  @Field(() => String, { nullable: true, description: 'The company, up to 200 characters.' })
  companyName?: string | null;
  @Field(() => [String], { nullable: true, description: 'Phones, ten at most.' }) phones?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Mails, ten at most.' }) emails?: string[] | null;
  @Field(() => AddressInput, { nullable: true, description: 'The address, as a whole.' }) address?: AddressInput | null;
  @Field(() => String, { nullable: true, description: 'The web site.' }) site?: string | null;
  @Field(() => String, { nullable: true, description: 'Where it came from, in your own words.' }) source?:
    string | null;
  @Field(() => UtmInput, { nullable: true, description: 'The campaign it came through.' }) utm?: UtmInput | null;
  @Field(() => String, { nullable: true, description: 'What to know.' }) note?: string | null;
  @Field(() => [ID], { nullable: true, description: 'Products of interest, 50 at most.' }) productIds?: Id[] | null;
  @Field(() => MoneyInput, { nullable: true, description: 'What a deal may be worth.' }) amount?: MoneyInput | null;
}

@InputType({ description: 'A lead that came in. It needs the name of a person or of a company.' })
export class CreateLeadInput extends UpdateLeadInput {
  @Field(() => ID, { nullable: true, description: 'An id of your choice (UUIDv7), to repeat this call safely.' })
  id?: Id | null;
  @Field(() => ID, { nullable: true, description: 'Who shall work it; you, if left out.' }) ownerId?: Id | null;
}

@InputType({ description: 'A step of an imported lead.' })
class LeadStepInput {
  @Field(() => LeadStepStatusEnum, { description: 'What it became.' }) status: (typeof stepStatuses)[number];
  @Field(() => DateTime, { description: 'When, in the business.' }) at: Date;
  @Field(() => DisqualifyReasonEnum, { nullable: true, description: 'Why it was given up; OTHER, if left out.' })
  reason?: DisqualifyReason | null;
}

@InputType({ description: 'A lead from another system.' })
export class ImportLeadInput extends CreateLeadInput {
  @Field(() => String, { description: 'Its name there; a second import of the same name changes nothing.' })
  externalId: string;
  @Field(() => DateTime, { nullable: true, description: 'When it came in, in the business; now, if left out.' })
  createdAt?: Date | null;
  @Field(() => [LeadStepInput], { nullable: true, description: 'What became of it since, in order, 50 steps at most.' })
  history?: LeadStepInput[] | null;
}

const word = optional(text(200));
/** What people type of a lead. */
export const leadDetails = z.object({
  personName: word,
  companyName: word,
  phones,
  emails,
  address,
  site: optional(url),
  source: optional(text(100)),
  utm: optional(z.object({ source: word, medium: word, campaign: word, term: word, content: word })),
  note: optional(prose(10_000)),
  productIds: ids(50),
  amount: optional(money),
});
export const newLead = leadDetails.extend({ ownerId: optional(id) });
export const importedLead = newLead.extend({
  externalId: text(200),
  createdAt: optional(instant),
  history: z
    .array(z.object({ status: z.enum(stepStatuses), at: instant, reason: optional(z.enum(disqualifyReasons)) }))
    .max(50, 'Fifty steps are enough here.')
    .nullish()
    .transform((history) => history ?? []),
});

type MoneyColumns = Pick<Lead, 'amount' | 'currency'>;
/** Money as typed is two columns of a record; what a patch leaves out stays out. */
export function columnsOf<D extends { amount: Money | null }>(typed: D): Omit<D, 'amount'> & MoneyColumns;
export function columnsOf<D extends { amount?: Money | null }>(typed: D): Omit<D, 'amount'> & Partial<MoneyColumns>;
export function columnsOf({ amount, ...typed }: { amount?: Money | null }) {
  return amount === undefined
    ? typed
    : { ...typed, amount: amount?.amount ?? null, currency: amount?.currency ?? null };
}
