import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

const theId = 'The id.';

@ObjectType('User', { description: 'A person who works here.' })
@Directive('@key(fields: "id", resolvable: false)')
export class UserRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Team', { description: 'A team.' })
@Directive('@key(fields: "id", resolvable: false)')
export class TeamRef {
  @Field(() => ID, { description: theId }) id: string;
}

/** What a deal can be with or from. Each gets its deals from here. */
@ObjectType('Company', { description: 'An organisation in the customer base.' })
@Directive('@key(fields: "id")')
export class CompanyRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Contact', { description: 'A person in the customer base.' })
@Directive('@key(fields: "id")')
export class ContactRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Lead', { description: 'Somebody who may become a customer.' })
@Directive('@key(fields: "id")')
export class LeadRef {
  @Field(() => ID, { description: theId }) id: string;
}
