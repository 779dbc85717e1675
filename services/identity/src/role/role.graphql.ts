import {
  Directive,
  Field,
  ID,
  InputType,
  Int,
  ObjectType,
  OmitType,
  PartialType,
  registerEnumType,
} from '@nestjs/graphql';
import { actions, entities, scopes, type Action, type Entity, type Grant, type Scope } from '@voronka/contracts';
import { connectionOf, enumOf, field, list, RecordFields } from '@voronka/service-kit';
import { Role } from './role.js';

const ActionEnum = enumOf(actions.map(upper));
const EntityEnum = enumOf(entities.map(upper));
export const ScopeEnum = enumOf(scopes);
registerEnumType(ActionEnum, { name: 'Action', description: 'What may be done.' });
registerEnumType(EntityEnum, { name: 'Entity', description: 'To what.' });
registerEnumType(ScopeEnum, {
  name: 'Scope',
  description: 'Whose records.',
  valuesMap: {
    OWN: { description: 'One’s own.' },
    TEAM: { description: 'Of the people in one’s team, and in those one heads.' },
    BRANCH: { description: 'Of the people in one’s teams and all teams below.' },
    ALL: { description: 'Everybody’s.' },
  },
});

export const roleList = list(Role, 'Role', {
  fields: { name: field.text({ order: true }) },
  defaultOrder: { field: 'name', direction: 'ASC' },
});

@ObjectType('Grant', { description: 'An action on an entity, within a scope.' })
export class GrantType {
  @Field(() => EntityEnum, { description: 'On what.' }) entity: string;
  @Field(() => ActionEnum, { description: 'What may be done.' }) action: string;
  @Field(() => ScopeEnum, { description: 'Whose; of what nobody owns, everybody’s.' }) scope: Scope;
}
@InputType({ description: 'An action on an entity, within a scope.' })
export class GrantInput {
  @Field(() => EntityEnum, { description: 'On what.' }) entity: string;
  @Field(() => ActionEnum, { description: 'What may be done.' }) action: string;
  @Field(() => ScopeEnum, { description: 'Whose; of what nobody owns, everybody’s.' }) scope: Scope;
}

@ObjectType('Role', { description: 'What somebody may do. Of several roles the widest grant counts.' })
@Directive('@key(fields: "id")')
export class RoleType extends RecordFields {
  @Field(() => String, { description: 'The name.' }) name: string;
  @Field(() => String, { nullable: true, description: 'Whom it is for.' }) description: string | null;
  @Field(() => [GrantType], { description: 'What it grants; what is not granted is refused.' }) grants: GrantType[];
  @Field(() => Int, {
    nullable: true,
    description:
      'How many records it lets one be shown within an hour, by the clock; null is any number. Of several roles the widest counts.',
  })
  rowsPerHour: number | null;
  @Field(() => Boolean, { description: 'Whether one’s sessions end once they were more.' })
  endSessionOnBulkRead: boolean;
}
export const RoleConnection = connectionOf(RoleType, 'Role');

export const showGrant = ({ entity, action, scope }: Grant): GrantType => ({
  entity: upper(entity),
  action: upper(action),
  scope,
});
export const grantOf = ({ entity, action, scope }: GrantInput): Grant => ({
  entity: entity.toLowerCase() as Entity,
  action: action.toLowerCase() as Action,
  scope,
});
export const showRole = ({ grants, ...role }: Role): RoleType => ({
  ...{ id: role.id, version: role.version, createdAt: role.createdAt, updatedAt: role.updatedAt, name: role.name },
  ...{ description: role.description, rowsPerHour: role.rowsPerHour, endSessionOnBulkRead: role.endSessionOnBulkRead },
  grants: grants.map(showGrant),
});

@InputType({ description: 'A role to define.' })
export class CreateRoleInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your choice, a UUID of version 7, to repeat the call safely.',
  })
  id?: string | null;
  @Field(() => String, { description: 'The name, up to 200 characters; no other role has it.' }) name: string;
  @Field(() => String, { nullable: true, description: 'Whom it is for, up to 2,000 characters.' })
  description?: string | null;
  @Field(() => [GrantInput], { description: 'What it grants: nothing that you may not do yourself.' })
  grants: GrantInput[];
  @Field(() => Int, {
    nullable: true,
    description:
      'How many leads, companies, contacts, deals and activities one may be shown within an hour; null is any number.',
  })
  rowsPerHour?: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether one’s sessions shall end once they were more.' })
  endSessionOnBulkRead?: boolean | null;
}
@InputType({ description: 'What changes; what is left out stays as it is, null clears.' })
export class UpdateRoleInput extends PartialType(OmitType(CreateRoleInput, ['id'] as const)) {}

function upper(word: string): string {
  return word.toUpperCase();
}
