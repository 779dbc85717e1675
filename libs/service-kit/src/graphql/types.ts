import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { errorCodes, type Address, type ContactPoint, type Money } from '@voronka/contracts';
import type { ImportOutcome } from '../store/import.js';
import { enumOf } from './enum.js';
import { SafeInt } from './scalars.js';

@ObjectType('Money', { description: 'An amount of money.' })
@Directive('@shareable')
export class MoneyType implements Money {
  @Field(() => SafeInt, { description: 'In minor units: 105400 is 1,054.00.' }) amount: number;
  @Field(() => String, { description: 'ISO 4217.' }) currency: string;
}

@InputType({ description: 'An amount of money.' })
export class MoneyInput implements Money {
  @Field(() => SafeInt, { description: 'In minor units, not negative: 105400 is 1,054.00.' }) amount: number;
  @Field(() => String, { description: 'ISO 4217, such as USD or RUB.' }) currency: string;
}

/** Two columns as the API shows them: no amount, no money. */
export const moneyOf = (amount: number | null, currency: string | null): MoneyType | null =>
  amount === null || currency === null ? null : { amount, currency };

@ObjectType('ContactPoint', { description: 'A phone or a mail.' })
@Directive('@shareable')
export class ContactPointType implements ContactPoint {
  @Field(() => String, { description: 'As it was typed.' }) typed: string;
  @Field(() => String, {
    nullable: true,
    description: 'A phone in E.164, a mail in lower case; null where it could not be read.',
  })
  normalised: string | null;
}

@ObjectType('Address', { description: 'A postal address.' })
@Directive('@shareable')
export class AddressType implements Address {
  @Field(() => String, { nullable: true, description: 'The country.' }) country: string | null;
  @Field(() => String, { nullable: true, description: 'The region or state.' }) region: string | null;
  @Field(() => String, { nullable: true, description: 'The city.' }) city: string | null;
  @Field(() => String, { nullable: true, description: 'Street and house.' }) street: string | null;
  @Field(() => String, { nullable: true, description: 'The postal code.' }) postalCode: string | null;
}

@InputType({ description: 'A postal address.' })
export class AddressInput {
  @Field(() => String, { nullable: true, description: 'The country.' }) country?: string | null;
  @Field(() => String, { nullable: true, description: 'The region or state.' }) region?: string | null;
  @Field(() => String, { nullable: true, description: 'The city.' }) city?: string | null;
  @Field(() => String, { nullable: true, description: 'Street and house.' }) street?: string | null;
  @Field(() => String, { nullable: true, description: 'The postal code.' }) postalCode?: string | null;
}

const ImportOutcomeEnum = { CREATED: 'CREATED', UNCHANGED: 'UNCHANGED', REFUSED: 'REFUSED' } as const;
registerEnumType(ImportOutcomeEnum, { name: 'ImportOutcome', description: 'What became of an imported row.' });
const ErrorCodeEnum = enumOf(errorCodes);
registerEnumType(ErrorCodeEnum, { name: 'ErrorCode', description: 'Every reason for a refusal.' });

@ObjectType({ description: 'Why a row was refused.' })
@Directive('@shareable')
export class ImportError {
  @Field(() => ErrorCodeEnum, { description: 'The reason.' }) code: string;
  @Field(() => String, { description: 'A sentence for a person.' }) message: string;
  @Field(() => String, { nullable: true, description: 'The field, as a path into the row.' }) field: string | null;
  @Field(() => String, { nullable: true, description: 'What would be accepted.' }) hint: string | null;
}

@ObjectType({ description: 'The answer to one imported row.' })
@Directive('@shareable')
export class ImportResult implements ImportOutcome {
  @Field(() => Int, { description: 'Place of the row in the call, from 0.' }) index: number;
  @Field(() => String, { description: "The row's external id." }) externalId: string;
  @Field(() => ImportOutcomeEnum, { description: 'What became of it.' }) outcome: ImportOutcome['outcome'];
  @Field(() => ID, { nullable: true, description: 'The record, unless the row was refused.' }) id: string | null;
  @Field(() => ImportError, { nullable: true, description: 'Why it was refused.' }) error: ImportOutcome['error'];
}
