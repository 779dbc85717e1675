import { Field, Int, ObjectType } from '@nestjs/graphql';
import { MoneyType } from '@voronka/service-kit';
import { PipelineType, StageType } from '../pipeline/pipeline.graphql.js';

@ObjectType('BoardSum', { description: 'The open deals of a stage in one currency.' })
export class BoardSum {
  @Field(() => String, { description: 'ISO 4217.' }) currency: string;
  @Field(() => Int, { description: 'How many deals have an amount in it.' }) count: number;
  @Field(() => MoneyType, { nullable: true, description: 'Their sum; null where it passes 2^53 minor units.' })
  sum: MoneyType | null;
}

@ObjectType('BoardStage', { description: 'A column of a board.' })
export class BoardStage {
  @Field(() => StageType, { description: 'The stage.' }) stage: StageType;
  @Field(() => Int, { description: 'How many open deals are in it, with an amount or without.' }) count: number;
  @Field(() => [BoardSum], { description: 'Their amounts by currency, unlike currencies apart.' }) sums: BoardSum[];
}

@ObjectType('Board', { description: 'A pipeline with what is in it now.' })
export class BoardType {
  @Field(() => PipelineType, { description: 'The pipeline.' }) pipeline: PipelineType;
  @Field(() => [BoardStage], { description: 'Its stages in use, in their order.' }) stages: BoardStage[];
}
