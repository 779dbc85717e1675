import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import type { Id, Money } from '@voronka/contracts';
import { MoneyType, type Reference } from '@voronka/service-kit';
import { PipelineRef } from '../references.graphql.js';
import type { FunnelFigures } from './funnel.service.js';

@ObjectType({
  description: 'One stage of a funnel: what became of the deals that were opened in the period, as they stand now.',
})
export class FunnelStage {
  @Field(() => ID, { description: 'The id of the stage.' }) id: Id;
  @Field(() => String, { description: 'Its name.' }) name: string;
  @Field(() => Int, {
    description:
      'Deals that came at least this far: to this stage or a later one, also where they skipped this one or were moved back since.',
  })
  entered: number;
  @Field(() => Int, { description: 'Of those, deals that came to a later stage or were won.' }) passed: number;
  @Field(() => Int, { description: 'Deals that were lost in this stage.' }) lost: number;
  @Field(() => Int, { description: 'Deals that are open in this stage now.' }) open: number;
  @Field(() => [MoneyType], { description: 'What the open ones here are worth, a sum for each currency.' })
  value: Money[];
  @Field(() => Float, {
    nullable: true,
    description: '`entered` as a share of `entered` of the stage before; null for the first.',
  })
  conversionFromPrevious: number | null;
  @Field(() => Float, { nullable: true, description: '`entered` as a share of `entered` of the first stage.' })
  conversionFromFirst: number | null;
  @Field(() => Float, {
    nullable: true,
    description:
      'Median time of the stays in this stage that have ended, in days of 24 hours; a deal that came twice stayed twice.',
  })
  medianDays: number | null;
}

@ObjectType({
  description:
    'A funnel. `stages` and `opened…` follow the deals that were opened in the period (the cohort); the other figures count the deals that closed in it (the activity).',
})
export class Funnel {
  @Field(() => PipelineRef, { description: 'The pipeline.' }) pipeline: Reference<'Pipeline'>;
  @Field(() => [FunnelStage], { description: 'Its stages in order; archived ones where the deals have been there.' })
  stages: FunnelStage[];
  @Field(() => Int, { description: 'Deals opened in the period.' }) opened: number;
  @Field(() => Int, { description: 'Of those, deals that are won.' }) openedWon: number;
  @Field(() => Int, { description: 'Of those, deals that are lost.' }) openedLost: number;
  @Field(() => Int, { description: 'Deals won in the period, whenever they were opened.' }) won: number;
  @Field(() => Int, { description: 'Deals lost in the period, whenever they were opened.' }) lost: number;
  @Field(() => Float, { nullable: true, description: 'won / (won + lost).' }) winRate: number | null;
  @Field(() => [MoneyType], { description: 'What the won ones are worth, a sum for each currency.' }) wonValue: Money[];
  @Field(() => Float, {
    nullable: true,
    description:
      "Mean of the won deals' cycles: calendar days from the day opened to the day closed, in the time zone of the organisation.",
  })
  meanCycleDays: number | null;
  @Field(() => Float, { nullable: true, description: 'Median of the same.' }) medianCycleDays: number | null;
  @Field(() => Float, { nullable: true, description: 'Mean of the cycles of won and lost deals together.' })
  meanClosedCycleDays: number | null;
  @Field(() => Float, { nullable: true, description: 'Median of the same.' }) medianClosedCycleDays: number | null;
}

export const showFunnel = ({ pipelineId, ...figures }: FunnelFigures): Funnel => ({
  pipeline: { __typename: 'Pipeline', id: pipelineId },
  ...figures,
});
