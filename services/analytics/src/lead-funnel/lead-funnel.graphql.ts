import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { enumOf, reference, type Reference } from '@voronka/service-kit';
import { UserRef } from '../references.graphql.js';
import { leadGroupings, type LeadFunnelFigures } from './lead-funnel.service.js';

export const LeadGroupingEnum = enumOf(leadGroupings);
registerEnumType(LeadGroupingEnum, { name: 'LeadFunnelGrouping', description: 'What leads are counted by.' });

@ObjectType({ description: 'What became of the leads that were captured in the period, as they stand now.' })
export class LeadFunnelTotal {
  @Field(() => Int, { description: 'Leads captured in the period.' }) captured: number;
  @Field(() => Int, { description: 'Of those, leads that were ever worked, qualified, or are converted.' })
  working: number;
  @Field(() => Int, { description: 'Of those, leads that were ever qualified, or are converted.' }) qualified: number;
  @Field(() => Int, { description: 'Of those, leads that are converted.' }) converted: number;
  @Field(() => Int, { description: 'Of those, leads that are given up.' }) disqualified: number;
  @Field(() => Float, { nullable: true, description: 'converted / captured.' }) conversionRate: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'Median calendar days from capture to conversion, in the time zone of the organisation.',
  })
  medianDaysToConvert: number | null;
}

@ObjectType({ description: 'The leads of one source or owner.' })
export class LeadFunnelRow extends LeadFunnelTotal {
  @Field(() => String, {
    nullable: true,
    description: "The source, or the owner's id; null for leads without a source.",
  })
  key: string | null;
  @Field(() => String, { nullable: true, description: 'The source, by SOURCE.' }) source: string | null;
  @Field(() => UserRef, { nullable: true, description: 'The owner now, by OWNER.' }) owner: Reference<'User'> | null;
}

@ObjectType({ description: 'How leads come through, by source or owner.' })
export class LeadFunnel {
  @Field(() => [LeadFunnelRow], { description: 'By leads converted, then captured.' }) rows: LeadFunnelRow[];
  @Field(() => Int, { description: 'How many rows there are after these.' }) more: number;
  @Field(() => LeadFunnelTotal, { description: 'All of them.' }) total: LeadFunnelTotal;
}

export const showLeadFunnel = ({ groupBy, rows, ...figures }: LeadFunnelFigures): LeadFunnel => ({
  rows: rows.map((row) => ({
    ...row,
    source: groupBy === 'SOURCE' ? row.key : null,
    owner: groupBy === 'OWNER' ? reference('User', row.key) : null,
  })),
  ...figures,
});
