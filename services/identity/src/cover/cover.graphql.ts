import { Directive, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { connectionOf, DateTime, field, list, RecordFields } from '@voronka/service-kit';
import { Cover } from './cover.js';

export const coverList = list(Cover, 'Cover', {
  fields: { ownerId: field.id(), substituteId: field.id(), endsAt: field.instant({ order: true }) },
});

@ObjectType('Cover', { description: 'Somebody does the work of a person who is absent; it ends by itself.' })
@Directive('@key(fields: "id")')
export class CoverType extends RecordFields {
  /** Both are resolved by the loader. */
  ownerId: string;
  substituteId: string;
  @Field(() => DateTime, { description: 'From when.' }) startsAt: Date;
  @Field(() => DateTime, { description: 'Until when.' }) endsAt: Date;
}
export const CoverConnection = connectionOf(CoverType, 'Cover');

export const showCover = (cover: Cover): CoverType => {
  const { id, version, createdAt, updatedAt, ownerId, substituteId, startsAt, endsAt } = cover;
  return { id, version, createdAt, updatedAt, ownerId, substituteId, startsAt, endsAt };
};

@InputType({ description: 'A cover to arrange.' })
export class ArrangeCoverInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your choice, a UUID of version 7, to repeat the call safely.',
  })
  id?: string | null;
  @Field(() => ID, { nullable: true, description: 'Who is away; you if left out.' }) ownerId?: string | null;
  @Field(() => ID, { description: 'Who stands in.' }) substituteId: string;
  @Field(() => DateTime, { nullable: true, description: 'From when; from now on if left out.' }) startsAt?: Date | null;
  @Field(() => DateTime, { description: 'Until when, within a year of its beginning.' }) endsAt: Date;
}
