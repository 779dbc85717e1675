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
import {
  actions,
  entities,
  guardedFieldNames,
  scopes,
  type Action,
  type Entity,
  type FieldLimit,
  type Grant,
  type Scope,
} from '@voronka/contracts';
import { connectionOf, enumOf, field, list, RecordFields } from '@voronka/service-kit';
import { Role } from './role.js';

const ActionEnum = enumOf(actions.map(upper));
const EntityEnum = enumOf(entities.map(upper));
export const ScopeEnum = enumOf(scopes);
/** `DEAL_EXPECTED_CLOSE_ON` for `deal.expectedCloseOn`. */
const guarded = new Map(
  guardedFieldNames.map((name) => [upper(name.replace(/[A-Z]/g, '_$&').replace('.', '_')), name]),
);
const wordOf = new Map([...guarded].map(([word, name]) => [name, word]));
const GuardedFieldEnum = enumOf([...guarded.keys()]);
const FieldLimitEnum = enumOf(['HIDDEN', 'READ_ONLY']);
registerEnumType(GuardedFieldEnum, { name: 'GuardedField', description: 'A field that a role can keep from people.' });
registerEnumType(FieldLimitEnum, {
  name: 'FieldAccess',
  description: 'What a role makes of a field that is open otherwise.',
  valuesMap: {
    HIDDEN: { description: 'Shown to nobody: null or an empty list stands there.' },
    READ_ONLY: { description: 'Shown, and set or changed by nobody.' },
  },
});
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

@ObjectType('RolePipeline', { description: 'A pipeline in which a role counts.' })
export class RolePipelineType {
  @Field(() => ID, { description: 'The id of the pipeline.' }) pipelineId: string;
  @Field(() => [ID], { nullable: true, description: 'The stages a deal may be brought into; null for all of them.' })
  stageIds: string[] | null;
}
@InputType({ description: 'A pipeline in which a role counts.' })
export class RolePipelineInput {
  @Field(() => ID, { description: 'The id of the pipeline.' }) pipelineId: string;
  @Field(() => [ID], {
    nullable: true,
    description: 'The stages a deal may be brought into: opened in, moved to; all of them if left out, none if empty.',
  })
  stageIds?: string[] | null;
}
@ObjectType('RoleField', { description: 'A field that a role keeps from who has it.' })
export class RoleFieldType {
  @Field(() => GuardedFieldEnum, { description: 'Which.' }) field: string;
  @Field(() => FieldLimitEnum, { description: 'Hidden, or read only.' }) access: FieldLimit['access'];
}
@InputType({ description: 'A field that a role keeps from who has it.' })
export class RoleFieldInput {
  @Field(() => GuardedFieldEnum, { description: 'Which.' }) field: string;
  @Field(() => FieldLimitEnum, { description: 'Hidden, or read only.' }) access: FieldLimit['access'];
}

@ObjectType('Role', { description: 'What somebody may do. Of several roles the widest grant counts.' })
@Directive('@key(fields: "id")')
export class RoleType extends RecordFields {
  @Field(() => String, { description: 'The name.' }) name: string;
  @Field(() => String, { nullable: true, description: 'Whom it is for.' }) description: string | null;
  @Field(() => [GrantType], { description: 'What it grants; what is not granted is refused.' }) grants: GrantType[];
  @Field(() => [RolePipelineType], {
    nullable: true,
    description: 'Where what it grants on deals, reports and pipelines counts; null for every pipeline.',
  })
  pipelines: RolePipelineType[] | null;
  @Field(() => [RoleFieldType], { description: 'The fields it keeps from who has it. Another role may show them.' })
  fields: RoleFieldType[];
  @Field(() => Boolean, { description: 'Whether who has it must sign in with a second factor.' })
  secondFactor: boolean;
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
export const fieldLimitOf = ({ field, access }: RoleFieldInput): FieldLimit => ({
  field: guarded.get(field)!,
  access,
});
export const showRole = ({ grants, pipelines, fields, ...role }: Role): RoleType => {
  const { id, version, createdAt, updatedAt, name, description, secondFactor, rowsPerHour, endSessionOnBulkRead } =
    role;
  return {
    ...{ id, version, createdAt, updatedAt, name, description, secondFactor, rowsPerHour, endSessionOnBulkRead },
    grants: grants.map(showGrant),
    pipelines,
    fields: fields.map(({ field, access }) => ({ field: wordOf.get(field)!, access })),
  };
};

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
  @Field(() => [RolePipelineInput], {
    nullable: true,
    description:
      'Where what it grants on deals, reports and pipelines counts, up to 100; in every pipeline if left out, in none if empty.',
  })
  pipelines?: RolePipelineInput[] | null;
  @Field(() => [RoleFieldInput], {
    nullable: true,
    description: 'The fields it keeps from who has it; none if left out.',
  })
  fields?: RoleFieldInput[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether who has it must sign in with a second factor. Unless told, not.',
  })
  secondFactor?: boolean | null;
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
