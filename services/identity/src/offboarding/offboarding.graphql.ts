import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { handoverParts, handoverStatuses, type HandoverPlan, type PartProgress } from '@voronka/contracts';
import {
  connectionOf,
  DateTime,
  enumOf,
  field,
  list,
  RecordFields,
  reference,
  referenceTo,
  type Reference,
} from '@voronka/service-kit';
import { Offboarding } from './offboarding.js';

const HandoverStatusEnum = enumOf(handoverStatuses);
registerEnumType(HandoverStatusEnum, { name: 'HandoverStatus', description: 'How far a handover has come.' });
const HandoverPartEnum = enumOf(handoverParts);
registerEnumType(HandoverPartEnum, { name: 'HandoverPart', description: 'The services that hand over.' });

export const offboardingList = list(Offboarding, 'Offboarding', {
  fields: { userId: field.id(), status: field.enum(HandoverStatusEnum, 'HandoverStatus') },
});

const PipelineRef = referenceTo('Pipeline');

@ObjectType({ description: 'How far one service has come with handing over.' })
export class HandoverProgress {
  @Field(() => HandoverPartEnum, { description: 'The service.' }) part: string;
  @Field(() => HandoverStatusEnum, { description: 'How far it has come.' }) status: string;
  @Field(() => Int, { description: 'How many records he owned there when it began.' }) total: number;
  @Field(() => Int, { description: 'How many have another owner.' }) handedOver: number;
  @Field(() => Int, { description: 'How many are his again, where it is undone.' }) givenBack: number;
}

/** `to` is answered by the resolver. */
@ObjectType({ description: 'Who takes over the deals of one pipeline.' })
export class PipelineHandover {
  @Field(() => PipelineRef, { description: 'The pipeline.' }) pipeline: Reference<'Pipeline'>;
  heirIds: readonly string[];
}

/** `user`, `to`, `startedBy` and `holdings` are answered by the resolver. */
@ObjectType('Offboarding', { description: 'How somebody leaves, and who takes over what he owned.' })
@Directive('@key(fields: "id")')
export class OffboardingType extends RecordFields {
  @Field(() => HandoverStatusEnum, {
    description:
      'RUNNING until nothing he owned is left (DONE); CLOSED where he was let in again; UNDOING, then UNDONE, where it is taken back.',
  })
  status: string;
  @Field(() => [HandoverProgress], { description: 'How far each service has come, of those that have begun.' })
  parts: readonly PartProgress[];
  @Field(() => [PipelineHandover], { description: 'Who takes over deals by their pipeline.' })
  byPipeline: PipelineHandover[];
  @Field(() => DateTime, { description: 'Until when it can be undone.' }) undoableUntil: Date;
  userId: string;
  startedById: string | null;
  heirIds: readonly string[];
}
export const OffboardingConnection = connectionOf(OffboardingType, 'Offboarding');

export function showOffboarding(offboarding: Offboarding): OffboardingType {
  const { id, version, createdAt, updatedAt, createdBy, userId, status, parts, plan, undoableUntil } = offboarding;
  return {
    ...{ id, version, createdAt, updatedAt, userId, status, parts, undoableUntil },
    startedById: createdBy,
    heirIds: plan.to,
    byPipeline: rulesOf(plan),
  };
}

const rulesOf = ({ byPipeline }: HandoverPlan): PipelineHandover[] =>
  byPipeline.map(({ pipelineId, to }) => ({ pipeline: reference('Pipeline', pipelineId)!, heirIds: to }));

@InputType({
  description:
    'Who takes over: people, or those who are in a team now. One takes everything; several share it, whoever has the least open work first.',
})
export class HeirsInput {
  @Field(() => [ID], { nullable: true, description: 'People, 100 at most.' }) userIds?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'A team, whose active people take over.' }) teamId?: string | null;
}

@InputType({ description: 'Who takes over the deals of one pipeline.' })
export class PipelineHandoverInput {
  @Field(() => ID, { description: 'The pipeline.' }) pipelineId: string;
  @Field(() => HeirsInput, { description: 'Who takes over.' }) to: HeirsInput;
}

@InputType({ description: 'Who takes over what somebody owned.' })
export class HandoverPlanInput {
  @Field(() => HeirsInput, { nullable: true, description: 'Who takes over all that no rule names. It must be said.' })
  to?: HeirsInput | null;
  @Field(() => [PipelineHandoverInput], {
    nullable: true,
    description: 'Rules for deals by their pipeline, 50 at most.',
  })
  byPipeline?: PipelineHandoverInput[] | null;
}
