import { Directive, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { StageState } from '@voronka/contracts';
import { connectionOf, RecordFields, reference, type Reference } from '@voronka/service-kit';
import { UserRef } from '../references.graphql.js';
import type { Pipeline } from './pipeline.js';

@ObjectType('Stage', { description: 'A step of a pipeline in which a deal can be.' })
export class StageType implements StageState {
  @Field(() => ID, { description: 'The id.' }) id: string;
  @Field(() => String, { description: 'Its name, unlike those of the other stages in use.' }) name: string;
  @Field(() => Int, { description: 'The chance of winning from here, in percent, 0 to 100.' }) probability: number;
  @Field(() => Boolean, { description: 'Whether deals can no longer come here.' }) archived: boolean;
  @Field(() => Int, { description: 'Its place in the pipeline, from 0.' }) position: number;
}

@ObjectType('Pipeline', { description: 'The way a deal goes: ordered stages.' })
@Directive('@key(fields: "id")')
export class PipelineType extends RecordFields {
  @Field(() => String, { description: 'Its name.' }) name: string;
  @Field(() => Boolean, { description: 'Whether deals go here when nobody says where. One pipeline is the default.' })
  isDefault: boolean;
  @Field(() => Boolean, { description: 'Whether it is out of use: no deal can come here.' }) archived: boolean;
  @Field(() => [StageType], { description: 'The stages in their order; archived ones stand last.' })
  stages: StageType[];
  @Field(() => UserRef, { nullable: true, description: 'Who set it up; nobody for the first one.' })
  createdBy: Reference<'User'> | null;
}

export const PipelineConnection = connectionOf(PipelineType, 'Pipeline');

export function showPipeline(pipeline: Pipeline): PipelineType {
  const { id, version, name, isDefault, archived, createdAt, updatedAt, createdBy } = pipeline;
  const stages = pipeline.stages.map((stage, position) => ({ ...stage, position }));
  return {
    id,
    version,
    name,
    isDefault,
    archived,
    stages,
    createdAt,
    updatedAt,
    createdBy: reference('User', createdBy),
  };
}

const NAME = 'Its name, 1 to 100 characters, unlike those of the other stages.';
const PROBABILITY = 'The chance of winning from here, in percent, 0 to 100.';

@InputType({ description: 'A stage of a new pipeline.' })
export class CreateStageInput {
  @Field(() => String, { description: NAME }) name: string;
  @Field(() => Int, { description: PROBABILITY }) probability: number;
}

@InputType({ description: 'A pipeline to set up.' })
export class CreatePipelineInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUIDv7 of your choice, so that a repetition of the call makes nothing twice.',
  })
  id?: string | null;
  @Field(() => String, { description: 'Its name, 1 to 200 characters.' }) name: string;
  @Field(() => [CreateStageInput], { description: 'The stages in their order, 1 to 100.' }) stages: CreateStageInput[];
  @Field(() => Boolean, { nullable: true, description: 'Whether it becomes the default pipeline.' })
  isDefault?: boolean | null;
}

@InputType({ description: 'A stage in the new order of a pipeline.' })
export class UpdateStageInput {
  @Field(() => ID, { nullable: true, description: 'The stage to keep; a new one without.' }) id?: string | null;
  @Field(() => String, { description: NAME }) name: string;
  @Field(() => Int, { description: PROBABILITY }) probability: number;
}

@InputType({ description: 'What shall change of a pipeline; what is left out stays.' })
export class UpdatePipelineInput {
  @Field(() => String, { nullable: true, description: 'Its name, 1 to 200 characters.' }) name?: string;
  @Field(() => Boolean, { nullable: true, description: 'True makes it the default instead of the present one.' })
  isDefault?: boolean;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Takes it out of use, or back. Refused with STAGE_HOLDS_DEALS while it holds open deals.',
  })
  archived?: boolean;
  @Field(() => [UpdateStageInput], {
    nullable: true,
    description:
      'The whole new order. Stages left out are archived, archived ones named here come back; a stage that holds open deals cannot be left out (STAGE_HOLDS_DEALS).',
  })
  stages?: UpdateStageInput[];
}
