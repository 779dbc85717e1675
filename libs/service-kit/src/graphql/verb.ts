import { ArgsType, Field, ID, Int } from '@nestjs/graphql';
import { DateTime } from './scalars.js';

/** What every verb on a record takes: which record, as the caller saw it, and when it happened. */
@ArgsType()
export class Verb {
  @Field(() => ID, { description: 'Which record.' }) id: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version you saw; refused with CONFLICT when the record has moved on since.',
  })
  expectedVersion?: number | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it happened in the business, if not now; never in the future.',
  })
  occurredAt?: Date | null;
}
