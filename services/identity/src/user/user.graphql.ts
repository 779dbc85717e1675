import { Directive, Field, ID, InputType, ObjectType, OmitType, PartialType } from '@nestjs/graphql';
import { connectionOf, DateTime, field, list, RecordFields } from '@voronka/service-kit';
import { User } from './user.js';

export const userList = list(User, 'User', {
  fields: {
    name: field.text({ order: true }),
    email: field.text(),
    roleIds: field.id({ several: true }),
    teamId: field.id({ nullable: true }),
    active: field.boolean(),
  },
  search: 't.search_text',
  defaultOrder: { field: 'name', direction: 'ASC' },
});

/** `team`, `roles` and `createdBy` are answered by the resolver. */
@ObjectType('User', { description: 'Someone who works here.' })
@Directive('@key(fields: "id")')
export class UserType extends RecordFields {
  @Directive('@shareable')
  @Field(() => String, { description: 'The name, as colleagues say it.' })
  name: string;
  @Field(() => String, { description: 'The mail, in lower case, by which one signs in.' }) email: string;
  @Field(() => Boolean, { description: 'Whether this person works here now. Who is inactive cannot sign in.' })
  active: boolean;
  @Field(() => String, { nullable: true, description: 'The name another system gave, where it was imported.' })
  externalId: string | null;
  teamId: string | null;
  roleIds: string[];
  createdById: string | null;
}

export const UserConnection = connectionOf(UserType, 'User');

export function showUser({ id, version, createdAt, createdBy, updatedAt, externalId, ...user }: User): UserType {
  const { name, email, roleIds, active, teamId } = user;
  return {
    id,
    version,
    createdAt,
    updatedAt,
    externalId,
    name,
    email,
    roleIds,
    active,
    teamId,
    createdById: createdBy,
  };
}

@InputType({ description: 'Someone who joins.' })
export class CreateUserInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your choice, a UUID of version 7, to repeat the call safely.',
  })
  id?: string | null;
  @Field(() => String, { description: 'The name, up to 200 characters.' }) name: string;
  @Field(() => String, { description: 'The mail by which one signs in; nobody else may have it.' }) email: string;
  @Field(() => ID, { nullable: true, description: 'The team.' }) teamId?: string | null;
  @Field(() => [ID], { description: 'The roles, which say what this person may do; none that may more than you.' })
  roleIds: string[];
  @Field(() => String, {
    nullable: true,
    description:
      'A first password, 12 to 200 characters, none that many others take. Without one this person cannot sign in yet.',
  })
  password?: string | null;
}

@InputType({ description: 'What changes; what is left out stays as it is.' })
export class UpdateUserInput extends PartialType(OmitType(CreateUserInput, ['id'] as const)) {
  @Field(() => Boolean, {
    nullable: true,
    description: 'False for someone who leaves, which ends all sessions; true for someone who comes back.',
  })
  active?: boolean;
}

@InputType({ description: 'Someone who comes from another system.' })
export class ImportUserInput extends OmitType(CreateUserInput, ['id', 'password'] as const) {
  @Field(() => String, {
    description: 'The name the other system gave, such as `crm-sales:Moses Frase`. The same one again changes nothing.',
  })
  externalId: string;
  @Field(() => DateTime, { nullable: true, description: 'When this person joined, if not now.' })
  occurredAt?: Date | null;
}
