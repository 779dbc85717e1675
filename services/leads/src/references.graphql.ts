import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import type { Id } from '@voronka/contracts';

/** Records of other services, which answer for them. */
@ObjectType('User', { description: 'A person who works here.' })
@Directive('@key(fields: "id", resolvable: false)')
export class UserRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}

@ObjectType('Product', { description: 'A product of the catalogue.' })
@Directive('@key(fields: "id", resolvable: false)')
export class ProductRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}

@ObjectType('Company', { description: 'A company of the customer base.' })
@Directive('@key(fields: "id", resolvable: false)')
export class CompanyRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}

@ObjectType('Contact', { description: 'A person of the customer base.' })
@Directive('@key(fields: "id", resolvable: false)')
export class ContactRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}

@ObjectType('Deal', { description: 'A deal.' })
@Directive('@key(fields: "id", resolvable: false)')
export class DealRef {
  @Field(() => ID, { description: 'The id.' }) id: Id;
}
