import { Args, ID, Int, Mutation, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  HoldingsType,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import { UserService } from '../user/user.service.js';
import {
  HandoverPlanInput,
  OffboardingConnection,
  offboardingList,
  OffboardingType,
  PipelineHandover,
  showOffboarding,
} from './offboarding.graphql.js';
import { OffboardingService } from './offboarding.service.js';

@Resolver(() => OffboardingType)
export class OffboardingResolver {
  constructor(
    private readonly service: OffboardingService,
    private readonly users: UserService,
  ) {}

  @Query(() => HoldingsType, {
    name: 'holdings',
    description:
      'What names a person: what would be handed over if he left, by count and value, and what still names him once he has.',
  })
  @Can('offboard', 'user')
  async holdingsOf(
    @By() by: Actor,
    @Args('userId', { type: () => ID, description: 'The person.' }) userId: string,
  ): Promise<HoldingsType> {
    return { id: (await this.service.user(by, userId)).id };
  }

  @Query(() => OffboardingType, { description: 'An offboarding by id; `NOT_FOUND` where there is none.' })
  @Can('offboard', 'user')
  async offboarding(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
  ): Promise<OffboardingType> {
    return showOffboarding(await this.service.get(by, id));
  }

  @Query(() => OffboardingConnection, { description: 'Who has left, the latest first.' })
  @Can('offboard', 'user')
  async offboardings(@By() by: Actor, @Args({ type: () => offboardingList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showOffboarding);
  }

  @Mutation(() => OffboardingType, {
    description:
      'Somebody leaves: his sessions and keys end within a second, and all he owns is handed over by the plan, in the background. `holdings` tells before what that is.',
  })
  @Can('offboard', 'user')
  async offboardUser(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Who leaves.' }) id: string,
    @Args('plan', { type: () => HandoverPlanInput, description: 'Who takes over.' }) plan: HandoverPlanInput,
    @Args('expectedVersion', {
      type: () => Int,
      nullable: true,
      description: 'The version of the person that you saw.',
    })
    expectedVersion?: number | null,
  ): Promise<OffboardingType> {
    return showOffboarding(await this.service.start(by, { id, expectedVersion: expectedVersion ?? null }, plan));
  }

  @Mutation(() => OffboardingType, {
    description:
      'Within 30 days: he is let in again at once, and what his successors still have of his is his again. What others have done since stays.',
  })
  @Can('offboard', 'user')
  async undoOffboarding(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'The offboarding.' }) id: string,
    @Args('expectedVersion', { type: () => Int, nullable: true, description: 'Its version that you saw.' })
    expectedVersion?: number | null,
  ): Promise<OffboardingType> {
    return showOffboarding(await this.service.undo(by, { id, expectedVersion: expectedVersion ?? null }));
  }

  @ResolveField(() => UserType, { description: 'Who leaves.' })
  user({ userId }: OffboardingType, _: object, ctx: RequestContext): Promise<UserType | null> {
    return userLoader(ctx, this.users).load(userId);
  }

  @ResolveField(() => UserType, { nullable: true, description: 'Who began it; null where nobody did.' })
  startedBy({ startedById }: OffboardingType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return startedById ? userLoader(ctx, this.users).load(startedById) : null;
  }

  @ResolveField(() => [UserType], { description: 'Who takes over what no rule names.' })
  to({ heirIds }: OffboardingType, _: object, ctx: RequestContext): Promise<UserType[]> {
    return heirsOf(ctx, this.users, heirIds);
  }

  @ResolveField(() => HoldingsType, { description: 'What still names the person.' })
  holdings({ userId }: OffboardingType): HoldingsType {
    return { id: userId };
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(OffboardingType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showOffboarding);
  }
}

@Resolver(() => PipelineHandover)
export class PipelineHandoverResolver {
  constructor(private readonly users: UserService) {}

  @ResolveField(() => [UserType], { description: 'Who takes over.' })
  to({ heirIds }: PipelineHandover, _: object, ctx: RequestContext): Promise<UserType[]> {
    return heirsOf(ctx, this.users, heirIds);
  }
}

async function heirsOf(ctx: RequestContext, service: UserService, ids: readonly string[]): Promise<UserType[]> {
  const users = await userLoader(ctx, service).loadMany(ids);
  return users.flatMap((user) => (user && !(user instanceof Error) ? user : []));
}
