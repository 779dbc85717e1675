import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import type { Id } from '@voronka/contracts';

/** Records of other services, which answer for them. */
@ObjectType('User', { description: 'A person who works here.' })
@Directive('@key(fields: "id", resolvable: false)')
export class UserRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}

@ObjectType('Lead', { description: 'Somebody who may buy.' })
@Directive('@key(fields: "id", resolvable: false)')
export class LeadRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}
