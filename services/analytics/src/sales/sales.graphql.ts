import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Money } from '@voronka/contracts';
import { enumOf, MoneyType, reference, type Reference } from '@voronka/service-kit';
import { ProductRef, TeamRef, UserRef } from '../references.graphql.js';
import { salesGroupings, type SalesGrouping, type SalesRow as RowFigures } from './sales.js';
import type { SalesReportFigures } from './sales.service.js';

export const SalesGroupingEnum = enumOf(salesGroupings);
registerEnumType(SalesGroupingEnum, { name: 'SalesGrouping', description: 'What sales are counted by.' });

@ObjectType({
  description:
    'Sales figures. Deals count in the period in which they closed, open ones in that in which they were opened.',
})
export class SalesTotal {
  @Field(() => Int, { description: 'Deals won in the period.' }) won: number;
  @Field(() => Int, { description: 'Deals lost in the period.' }) lost: number;
  @Field(() => Float, { nullable: true, description: 'won / (won + lost).' }) winRate: number | null;
  @Field(() => [MoneyType], { description: 'What the won ones are worth, a sum for each currency.' }) wonValue: Money[];
  @Field(() => Int, { description: 'Deals opened in the period that are open still.' }) open: number;
  @Field(() => [MoneyType], { description: 'What the open ones are worth, a sum for each currency.' })
  openValue: Money[];
}

@ObjectType({ description: 'The sales of one person, team, month, product or source.' })
export class SalesRow extends SalesTotal {
  @Field(() => String, {
    nullable: true,
    description: 'An id, a month as YYYY-MM, or a source; null for deals without one.',
  })
  key: string | null;
  @Field(() => UserRef, { nullable: true, description: 'The owner, by OWNER.' }) owner: Reference<'User'> | null;
  @Field(() => TeamRef, {
    nullable: true,
    description: 'The team, by TEAM: the deals of its people and of all teams below it, as people are placed now.',
  })
  team: Reference<'Team'> | null;
  @Field(() => ProductRef, {
    nullable: true,
    description:
      'The product, by PRODUCT: the deals with a line of it, each with the value of that line. Deals without lines stand under null with their amount.',
  })
  product: Reference<'Product'> | null;
  @Field(() => String, { nullable: true, description: 'The month in the time zone of the organisation, by MONTH.' })
  month: string | null;
  @Field(() => String, { nullable: true, description: 'The source, by SOURCE.' }) source: string | null;
}

@ObjectType({ description: 'Sales by owner, team, month, product or source.' })
export class SalesReport {
  @Field(() => [SalesRow], {
    description: 'Months in their order; others by deals won, then open, then lost. What has no key comes last.',
  })
  rows: SalesRow[];
  @Field(() => Int, { description: 'How many rows there are after these.' }) more: number;
  @Field(() => SalesTotal, {
    description:
      'Everything, each deal once. Rows of teams contain those of the teams below them, and a deal with several products is in several rows.',
  })
  total: SalesTotal;
}

export const showSales = ({ groupBy, rows, ...figures }: SalesReportFigures): SalesReport => ({
  rows: rows.map((row) => showRow(groupBy, row)),
  ...figures,
});

function showRow(groupBy: SalesGrouping, row: RowFigures): SalesRow {
  const keyOf = (grouping: SalesGrouping) => (groupBy === grouping ? row.key : null);
  return {
    ...row,
    owner: reference('User', keyOf('OWNER')),
    team: reference('Team', keyOf('TEAM')),
    product: reference('Product', keyOf('PRODUCT')),
    month: keyOf('MONTH'),
    source: keyOf('SOURCE'),
  };
}
