import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';

const theId = 'The id.';

@ObjectType('User', { description: 'A person who works here.' })
@Directive('@key(fields: "id", resolvable: false)')
export class UserRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Team', { description: 'A team in the tree of teams.' })
@Directive('@key(fields: "id", resolvable: false)')
export class TeamRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Product', { description: 'A product of the catalogue.' })
@Directive('@key(fields: "id", resolvable: false)')
export class ProductRef {
  @Field(() => ID, { description: theId }) id: string;
}

@ObjectType('Pipeline', { description: 'A pipeline and its stages.' })
@Directive('@key(fields: "id", resolvable: false)')
export class PipelineRef {
  @Field(() => ID, { description: theId }) id: string;
}
