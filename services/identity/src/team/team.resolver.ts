import {
  Args,
  Context,
  ID,
  Int,
  Mutation,
  Parent,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
} from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  DateTime,
  ImportResult,
  loaderOf,
  Verb,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { showUser, UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import {
  CreateTeamInput,
  ImportTeamInput,
  showTeam,
  TeamConnection,
  TeamType,
  UpdateTeamInput,
  teamList,
} from './team.graphql.js';
import { TeamService } from './team.service.js';

const first = { type: () => Int, defaultValue: 50, description: 'How many at most, newest first; up to 200.' };

@Resolver(() => TeamType)
export class TeamResolver {
  constructor(private readonly service: TeamService) {}

  @Query(() => TeamType, { description: 'A team by id; `NOT_FOUND` where there is none.' })
  @Can('read', 'team')
  async team(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which team.' }) id: string,
  ): Promise<TeamType> {
    return showTeam(await this.service.get(by, id));
  }

  @Query(() => TeamConnection, {
    description:
      'The teams, by name unless ordered otherwise. The tops of the tree: `filter: { parentId: { isNull: true } }`.',
  })
  @Can('read', 'team')
  async teams(@By() by: Actor, @Args({ type: () => teamList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showTeam);
  }

  @Mutation(() => TeamType, { description: 'A team joins the tree.' })
  @Can('manage', 'team')
  async createTeam(
    @By() by: Actor,
    @Args('input', { type: () => CreateTeamInput, description: 'What it is.' }) input: CreateTeamInput,
    @Args('occurredAt', { type: () => DateTime, nullable: true, description: 'When it came to be, if not now.' })
    occurredAt?: Date | null,
  ): Promise<TeamType> {
    return showTeam(await this.service.create(by, input, occurredAt));
  }

  @Mutation(() => TeamType, {
    description:
      'Renames a team, moves it with all below it, or gives it another head. `TEAM_CYCLE` for a place below itself.',
  })
  @Can('manage', 'team')
  async updateTeam(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateTeamInput, description: 'What changes.' }) input: UpdateTeamInput,
  ): Promise<TeamType> {
    return showTeam(await this.service.update(by, verb.id, input, verb));
  }

  @Mutation(() => [ImportResult], { description: 'Takes over up to 500 teams; answers row by row.' })
  @Can('import', 'team')
  importTeams(
    @By() by: Actor,
    @Args('rows', {
      type: () => [ImportTeamInput],
      description: 'The teams; parents come before what lies below them.',
    })
    rows: ImportTeamInput[],
  ): Promise<ImportResult[]> {
    return this.service.import(by, rows);
  }

  @ResolveField(() => TeamType, { nullable: true, description: 'The team above; null at the top.' })
  parent({ parentId }: TeamType, _: object, ctx: RequestContext): Promise<TeamType | null> | null {
    return parentId ? this.load(ctx, parentId) : null;
  }

  @ResolveField(() => [TeamType], { description: 'The teams right below.' })
  async children(
    @Parent() { id }: TeamType,
    @Args('first', first) most: number,
    @Context() ctx: RequestContext,
  ): Promise<TeamType[]> {
    const loader = loaderOf(ctx, `team.children:${most}`, (by, ids) => this.service.children(by, ids, most));
    return ((await loader.load(id)) ?? []).map(showTeam);
  }

  @ResolveField(() => UserType, { nullable: true, description: 'Who leads the team.' })
  head({ headId }: TeamType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return headId ? this.loadUser(ctx, headId) : null;
  }

  @ResolveField(() => [UserType], {
    description: 'Who belongs to the team itself; page through them with `users(filter: { teamId })`.',
  })
  async members(
    @Parent() { id }: TeamType,
    @Args('first', first) most: number,
    @Context() ctx: RequestContext,
  ): Promise<UserType[]> {
    const loader = loaderOf(ctx, `team.members:${most}`, (by, ids) => this.service.members(by, ids, most));
    return ((await loader.load(id)) ?? []).map(showUser);
  }

  @ResolveField(() => UserType, { nullable: true, description: 'Who entered the team; null where nobody did.' })
  createdBy({ createdById }: TeamType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return createdById ? this.loadUser(ctx, createdById) : null;
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(TeamType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showTeam);
  }

  private async load(ctx: RequestContext, id: string): Promise<TeamType | null> {
    const team = await loaderOf(ctx, 'team', (by, ids) => this.service.byIds(by, ids)).load(id);
    return team && showTeam(team);
  }

  private loadUser(ctx: RequestContext, id: string): Promise<UserType | null> {
    return userLoader(ctx, { byIds: (by, ids) => this.service.users(by, ids) }).load(id);
  }
}
