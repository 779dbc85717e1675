import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { By, Directory, HoldingsType, requireRight, type RequestContext } from '@voronka/service-kit';
import type { Actor } from '@voronka/contracts';
import { ApiKeyType, showApiKey } from '../api-key/api-key.graphql.js';
import { CoverType, showCover } from '../cover/cover.graphql.js';
import { showTeam, TeamType } from '../team/team.graphql.js';
import { UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import { UserService } from '../user/user.service.js';
import { OffboardingService } from './offboarding.service.js';

/** What identity knows that names a person. */
@Resolver(() => HoldingsType)
export class HoldingsResolver {
  constructor(
    private readonly service: OffboardingService,
    private readonly users: UserService,
    private readonly directory: Directory,
  ) {}

  @ResolveField(() => UserType, { description: 'The person.' })
  user({ id }: HoldingsType, _: object, ctx: RequestContext): Promise<UserType | null> {
    return userLoader(ctx, this.users).load(id);
  }

  @ResolveField(() => [TeamType], {
    description: 'The teams that he heads. They keep him until they are given another head.',
  })
  async teams(@Parent() { id }: HoldingsType, @By() by: Actor): Promise<TeamType[]> {
    await this.requireRight(by);
    return (await this.service.teams(by, id)).map(showTeam);
  }

  @ResolveField(() => [ApiKeyType], {
    description: 'His keys that were not revoked. They are refused while he is not active.',
  })
  async apiKeys(@Parent() { id }: HoldingsType, @By() by: Actor): Promise<ApiKeyType[]> {
    await this.requireRight(by);
    return (await this.service.apiKeys(by, id)).map(showApiKey);
  }

  @ResolveField(() => [CoverType], {
    description: 'Where somebody stands in for him, or he for somebody, now or later.',
  })
  async covers(@Parent() { id }: HoldingsType, @By() by: Actor): Promise<CoverType[]> {
    await this.requireRight(by);
    return (await this.service.covers(by, id)).map(showCover);
  }

  private requireRight(by: Actor): Promise<void> {
    return requireRight(this.directory, by, { entity: 'user', action: 'offboard' });
  }
}
