import { Args, Directive, Info, Query, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, DateTime, selects } from '@voronka/service-kit';
import type { GraphQLResolveInfo } from 'graphql';
import { RowsArgs, SizedByFirst } from '../report/rows.graphql.js';
import { SalesGroupingEnum, SalesReport, showSales } from './sales.graphql.js';
import { SalesService } from './sales.service.js';
import type { SalesGrouping } from './sales.js';

@Resolver(() => SalesReport)
export class SalesResolver {
  constructor(private readonly service: SalesService) {}

  @Can('read', 'report')
  @Directive('@cost(weight: 100)')
  @SizedByFirst()
  @Query(() => SalesReport, { description: 'What was sold in a period, and what was opened in it and is open still.' })
  async sales(
    @By() by: Actor,
    @Args('from', { type: () => DateTime, nullable: true, description: 'From here on; from the beginning if empty.' })
    from: Date | null,
    @Args('to', { type: () => DateTime, nullable: true, description: 'To before this; without end if empty.' })
    to: Date | null,
    @Args('groupBy', { type: () => SalesGroupingEnum, description: 'What a row stands for.' }) groupBy: SalesGrouping,
    @Args() { first, skip }: RowsArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SalesReport> {
    return showSales(await this.service.sales(by, { from, to }, groupBy, { first, skip }, selects(info, 'total')));
  }
}
