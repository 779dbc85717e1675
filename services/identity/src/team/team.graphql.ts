import { Directive, Field, ID, InputType, ObjectType, OmitType, PartialType } from '@nestjs/graphql';
import { connectionOf, DateTime, field, list, RecordFields } from '@voronka/service-kit';
import { Team } from './team.js';

export const teamList = list(Team, 'Team', {
  fields: {
    name: field.text({ order: true }),
    parentId: field.id({ nullable: true }),
    headId: field.id({ nullable: true }),
  },
  defaultOrder: { field: 'name', direction: 'ASC' },
});

/** `parent`, `children`, `head`, `members` and `createdBy` are answered by the resolver. */
@ObjectType('Team', { description: 'A team of the sales organisation, with a place in the tree of teams.' })
@Directive('@key(fields: "id")')
export class TeamType extends RecordFields {
  @Field(() => String, { description: 'The name.' }) name: string;
  @Field(() => String, { nullable: true, description: 'The name another system gave, where it was imported.' })
  externalId: string | null;
  parentId: string | null;
  headId: string | null;
  createdById: string | null;
}

export const TeamConnection = connectionOf(TeamType, 'Team');

export function showTeam({ id, version, createdAt, createdBy, updatedAt, externalId, ...team }: Team): TeamType {
  const { name, parentId, headId } = team;
  return { id, version, createdAt, updatedAt, externalId, name, parentId, headId, createdById: createdBy };
}

@InputType({ description: 'A team that joins the tree.' })
export class CreateTeamInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your choice, a UUID of version 7, to repeat the call safely.',
  })
  id?: string | null;
  @Field(() => String, { description: 'The name, up to 200 characters.' }) name: string;
  @Field(() => ID, { nullable: true, description: 'The team above; none for one at the top.' }) parentId?:
    string | null;
  @Field(() => ID, { nullable: true, description: 'Who leads it: someone active.' }) headId?: string | null;
}

@InputType({ description: 'What changes; what is left out stays as it is, null clears.' })
export class UpdateTeamInput extends PartialType(OmitType(CreateTeamInput, ['id'] as const)) {}

@InputType({ description: 'A team that comes from another system.' })
export class ImportTeamInput extends OmitType(CreateTeamInput, ['id'] as const) {
  @Field(() => String, {
    description: 'The name the other system gave, such as `crm-sales:Central`. The same one again changes nothing.',
  })
  externalId: string;
  @Field(() => DateTime, { nullable: true, description: 'When the team came to be, if not now.' })
  occurredAt?: Date | null;
}
