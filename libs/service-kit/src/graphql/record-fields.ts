import type { Type } from '@nestjs/common';
import { Directive, Extensions, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { Id } from '@voronka/contracts';
import { DateTime } from './scalars.js';

@ObjectType({ isAbstract: true, description: 'What the API shows of every record.' })
export abstract class RecordFields {
  @Field(() => ID, { description: 'The id.' }) id: Id;
  @Field(() => Int, { description: 'How many changes it has had; what `expectedVersion` is compared with.' })
  version: number;
  @Field(() => DateTime, { description: 'When it came to be, in the business.' }) createdAt: Date;
  @Field(() => DateTime, { description: 'When its last change was recorded.' }) updatedAt: Date;
}

const nouns = {
  Team: 'A team in the tree of teams.',
  Lead: 'Somebody who may buy.',
  Company: 'A company of the customer base.',
  Contact: 'A person of the customer base.',
  Product: 'A product of the catalogue.',
  Pipeline: 'A pipeline and its stages.',
  Deal: 'A sale in the making.',
};

/** A record of another service, which answers for it: `{ __typename, id }`. */
export interface Reference<Name extends string> {
  __typename: Name;
  id: Id;
}
export const reference = <Name extends string>(__typename: Name, id: Id | null): Reference<Name> | null =>
  id === null ? null : { __typename, id };

/**
 * The GraphQL type of a record of another service. With `extended` this one adds fields to it.
 */
export function referenceTo(name: keyof typeof nouns, { extended = false } = {}): Type<{ id: Id }> {
  @ObjectType(name, { description: nouns[name] })
  @Directive(extended ? '@key(fields: "id")' : '@key(fields: "id", resolvable: false)')
  class ReferenceType {
    @Field(() => ID, { description: 'The id.' }) id: Id;
  }
  return ReferenceType;
}

/** Marks the name of a person of whom this service knows it. */
export const NAMED_HERE = 'namedHere';

/** The GraphQL type of a person elsewhere than where people are kept: every service knows his name. */
export function referenceToPerson(): Type<{ id: Id }> {
  @ObjectType('User', { description: 'A person who works here.' })
  @Directive('@key(fields: "id", resolvable: false)')
  class PersonType {
    @Field(() => ID, { description: 'The id.' }) id: Id;
    @Directive('@shareable')
    @Extensions({ [NAMED_HERE]: true })
    @Field(() => String, { description: 'The name, as colleagues say it.' })
    name: string;
  }
  return PersonType;
}
