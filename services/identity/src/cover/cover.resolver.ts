import { Args, Mutation, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  Verb,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import { UserService } from '../user/user.service.js';
import { ArrangeCoverInput, CoverConnection, coverList, CoverType, showCover } from './cover.graphql.js';
import { CoverService } from './cover.service.js';

@Resolver(() => CoverType)
export class CoverResolver {
  constructor(
    private readonly service: CoverService,
    private readonly users: UserService,
  ) {}

  @Query(() => CoverConnection, { description: 'Who stands in for whom, the newest first; past ones too.' })
  @Can('read', 'cover')
  async covers(@By() by: Actor, @Args({ type: () => coverList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showCover);
  }

  @Mutation(() => CoverType, {
    description: 'Lets somebody do your work while you are away, or that of a person whose work is yours to give.',
  })
  @Can('create', 'cover')
  async arrangeCover(
    @By() by: Actor,
    @Args('input', { type: () => ArrangeCoverInput, description: 'The cover.' }) input: ArrangeCoverInput,
  ): Promise<CoverType> {
    return showCover(await this.service.arrange(by, input));
  }

  @Mutation(() => CoverType, { description: 'Ends a cover at once. Nothing happens where it is over.' })
  @Can('update', 'cover')
  async endCover(@By() by: Actor, @Args() verb: Verb): Promise<CoverType> {
    return showCover(await this.service.end(by, verb));
  }

  @ResolveField(() => UserType, { description: 'Who is away.' })
  owner({ ownerId }: CoverType, _: object, ctx: RequestContext): Promise<UserType | null> {
    return userLoader(ctx, this.users).load(ownerId);
  }

  @ResolveField(() => UserType, { description: 'Who stands in.' })
  substitute({ substituteId }: CoverType, _: object, ctx: RequestContext): Promise<UserType | null> {
    return userLoader(ctx, this.users).load(substituteId);
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(CoverType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showCover);
  }
}
