import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { conversionStatuses, text, type ConversionStatus, type Id } from '@voronka/contracts';
import {
  address,
  AddressInput,
  checkPatch,
  DateTime,
  emails,
  enumOf,
  id,
  ids,
  money,
  MoneyInput,
  optional,
  phones,
  RecordFields,
  reference,
  type Reference,
  url,
} from '@voronka/service-kit';
import { z } from 'zod';
import { columnsOf } from '../lead/lead.graphql.js';
import { CompanyRef, ContactRef, DealRef, UserRef } from '../references.graphql.js';
import type { Conversion } from './conversion.js';
import type { Choices } from './parts.js';

export const ConversionStatusEnum = enumOf(conversionStatuses);
registerEnumType(ConversionStatusEnum, { name: 'ConversionStatus', description: 'How far a conversion has come.' });

@ObjectType('Conversion', { description: 'How a lead becomes a company, a contact and a deal.' })
@Directive('@key(fields: "id")')
export class ConversionType extends RecordFields {
  @Field(() => UserRef, { nullable: true, description: 'Who asked for it.' }) createdBy: Reference<'User'> | null;
  @Field(() => ConversionStatusEnum, {
    description: 'RUNNING until accounts and deals have made their parts (DONE); UNDOING, then FAILED or CANCELLED.',
  })
  status: ConversionStatus;
  @Field(() => DateTime, { description: 'When it was asked for.' }) requestedAt: Date;
  @Field(() => String, { nullable: true, description: 'The code of the refusal that made it fail.' })
  code: string | null;
  @Field(() => String, { nullable: true, description: 'Why it failed or was cancelled.' }) reason: string | null;
  @Field(() => CompanyRef, { nullable: true, description: 'The company, once it is there.' })
  company: Reference<'Company'> | null;
  @Field(() => ContactRef, { nullable: true, description: 'The contact, once it is there.' })
  contact: Reference<'Contact'> | null;
  @Field(() => DealRef, { nullable: true, description: 'The deal, once it is there.' }) deal: Reference<'Deal'> | null;
  /** For the field `lead`. */
  leadId: Id;
}

/** A conversion as the API shows it. */
export function showConversion({ company, contact, deal, ...conversion }: Conversion): ConversionType {
  return {
    ...conversion,
    requestedAt: conversion.createdAt,
    createdBy: reference('User', conversion.createdBy),
    company: reference('Company', company?.id ?? null),
    contact: reference('Contact', contact?.id ?? null),
    deal: reference('Deal', deal?.id ?? null),
  };
}

@InputType({ description: 'The company: an existing one, or a new one. What is left out is taken from the lead.' })
class ConvertCompanyInput {
  @Field(() => ID, { nullable: true, description: 'An existing company; nothing else is said then.' })
  existingId?: Id | null;
  @Field(() => String, { nullable: true, description: 'The name.' }) name?: string | null;
  @Field(() => [String], { nullable: true, description: 'Phones, ten at most.' }) phones?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Mails, ten at most.' }) emails?: string[] | null;
  @Field(() => AddressInput, { nullable: true, description: 'The address, as a whole.' }) address?: AddressInput | null;
  @Field(() => String, { nullable: true, description: 'The web site.' }) site?: string | null;
}

@InputType({ description: 'The contact: an existing one, or a new one. What is left out is taken from the lead.' })
class ConvertContactInput {
  @Field(() => ID, { nullable: true, description: 'An existing contact; nothing else is said then.' })
  existingId?: Id | null;
  @Field(() => String, { nullable: true, description: 'The name.' }) name?: string | null;
  @Field(() => [String], { nullable: true, description: 'Phones, ten at most.' }) phones?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Mails, ten at most.' }) emails?: string[] | null;
  @Field(() => AddressInput, { nullable: true, description: 'The address, as a whole.' }) address?: AddressInput | null;
}

@InputType({ description: 'The deal: an existing one, or a new one. What is left out is taken from the lead.' })
class ConvertDealInput {
  @Field(() => ID, { nullable: true, description: 'An existing deal; nothing else is said then.' })
  existingId?: Id | null;
  @Field(() => String, { nullable: true, description: 'The title; the name of the company or person, if left out.' })
  title?: string | null;
  @Field(() => ID, { nullable: true, description: 'The pipeline; the default one, if left out.' })
  pipelineId?: Id | null;
  @Field(() => ID, { nullable: true, description: 'The stage; the first one, if left out.' }) stageId?: Id | null;
  @Field(() => MoneyInput, { nullable: true, description: 'What it may be worth.' }) amount?: MoneyInput | null;
  @Field(() => [ID], { nullable: true, description: 'Products of interest, 50 at most.' }) productIds?: Id[] | null;
}

@InputType({
  description:
    'What the lead becomes. A part that is left out is made as usual: company and contact where the lead names one, the deal always. A part that is null is not made.',
})
export class ConvertLeadInput {
  @Field(() => ConvertCompanyInput, { nullable: true, description: 'The company.' })
  company?: ConvertCompanyInput | null;
  @Field(() => ConvertContactInput, { nullable: true, description: 'The contact.' })
  contact?: ConvertContactInput | null;
  @Field(() => ConvertDealInput, { nullable: true, description: 'The deal.' }) deal?: ConvertDealInput | null;
}

const existingId = optional(id);
const contact = z.object({ existingId, name: text(200), phones, emails, address });
const company = contact.extend({ site: optional(url) });
const deal = z.object({
  existingId,
  title: text(200),
  pipelineId: optional(id),
  stageId: optional(id),
  amount: optional(money),
  productIds: ids(50),
});

/** The choices as checked; null and left out keep their meanings. */
export const choicesOf = (input: ConvertLeadInput): Choices => ({
  company: input.company && checkPatch(company, input.company, 'input.company'),
  contact: input.contact && checkPatch(contact, input.contact, 'input.contact'),
  deal: input.deal && columnsOf(checkPatch(deal, input.deal, 'input.deal')),
});
