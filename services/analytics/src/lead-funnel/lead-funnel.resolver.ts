import { Args, Directive, Query, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, DateTime } from '@voronka/service-kit';
import { RowsArgs, SizedByFirst } from '../report/rows.graphql.js';
import { LeadFunnel, LeadGroupingEnum, showLeadFunnel } from './lead-funnel.graphql.js';
import { LeadFunnelService, type LeadGrouping } from './lead-funnel.service.js';

@Resolver(() => LeadFunnel)
export class LeadFunnelResolver {
  constructor(private readonly service: LeadFunnelService) {}

  @Can('read', 'report')
  @Directive('@cost(weight: 100)')
  @SizedByFirst()
  @Query(() => LeadFunnel, { description: 'What became of the leads captured in a period.' })
  async leadFunnel(
    @By() by: Actor,
    @Args('from', { type: () => DateTime, nullable: true, description: 'From here on; from the beginning if empty.' })
    from: Date | null,
    @Args('to', { type: () => DateTime, nullable: true, description: 'To before this; without end if empty.' })
    to: Date | null,
    @Args('groupBy', { type: () => LeadGroupingEnum, description: 'What a row stands for.' }) groupBy: LeadGrouping,
    @Args() { first, skip }: RowsArgs,
  ): Promise<LeadFunnel> {
    return showLeadFunnel(await this.service.leadFunnel(by, { from, to }, groupBy, { first, skip }));
  }
}
