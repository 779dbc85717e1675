import { Args, Directive, ID, Info, Query, Resolver } from '@nestjs/graphql';
import type { Actor, Id } from '@voronka/contracts';
import { By, Can, DateTime, selects } from '@voronka/service-kit';
import type { GraphQLResolveInfo } from 'graphql';
import { Funnel, showFunnel } from './funnel.graphql.js';
import { cycleNames, FunnelService } from './funnel.service.js';

@Resolver(() => Funnel)
export class FunnelResolver {
  constructor(private readonly funnels: FunnelService) {}

  @Can('read', 'report')
  @Directive('@cost(weight: 100)')
  @Query(() => Funnel, { description: 'How the deals of a pipeline come through its stages.' })
  async funnel(
    @By() by: Actor,
    @Args('pipelineId', { type: () => ID, description: 'The pipeline.' }) pipelineId: Id,
    @Args('from', { type: () => DateTime, nullable: true, description: 'From here on; from the beginning if empty.' })
    from: Date | null,
    @Args('to', { type: () => DateTime, nullable: true, description: 'To before this; without end if empty.' })
    to: Date | null,
    @Args('ownerId', { type: () => ID, nullable: true, description: 'Only deals of this person.' }) ownerId: Id | null,
    @Args('teamId', {
      type: () => ID,
      nullable: true,
      description: 'Only deals whose owner is, now, in this team or one below it.',
    })
    teamId: Id | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Funnel> {
    const wanted = {
      medianDays: selects(info, 'stages', 'medianDays'),
      cycles: cycleNames.some((name) => selects(info, name)),
    };
    return showFunnel(await this.funnels.funnel(by, { pipelineId, from, to, ownerId, teamId }, wanted));
  }
}
