import { Args, Directive, ID, Mutation, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  DateTime,
  ImportResult,
  InPerson,
  loaderOf,
  Verb,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { RoleType } from '../role/role.graphql.js';
import { roleLoader } from '../role/role.resolver.js';
import { showTeam, TeamType } from '../team/team.graphql.js';
import {
  CreateUserInput,
  ImportUserInput,
  showUser,
  UpdateUserInput,
  UserConnection,
  UserType,
  userList,
} from './user.graphql.js';
import { UserService } from './user.service.js';

@Resolver(() => UserType)
export class UserResolver {
  constructor(private readonly service: UserService) {}

  @Query(() => UserType, { description: 'Who is signed in.' })
  @Can('read', 'user')
  async me(@By() by: Actor): Promise<UserType> {
    return showUser(await this.service.get(by, by.id));
  }

  @Query(() => UserType, { description: 'A person by id; `NOT_FOUND` where there is none.' })
  @Can('read', 'user')
  async user(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which person.' }) id: string,
  ): Promise<UserType> {
    return showUser(await this.service.get(by, id));
  }

  @Query(() => UserConnection, { description: 'The people, by name unless ordered otherwise.' })
  @Can('read', 'user')
  async users(@By() by: Actor, @Args({ type: () => userList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showUser);
  }

  @Mutation(() => UserType, { description: 'Someone joins. `EMAIL_TAKEN` where the mail is somebody’s.' })
  @Can('manage', 'user')
  async createUser(
    @By() by: Actor,
    @Args('input', { type: () => CreateUserInput, description: 'Who it is.' }) input: CreateUserInput,
    @Args('occurredAt', { type: () => DateTime, nullable: true, description: 'When this person joined, if not now.' })
    occurredAt?: Date | null,
  ): Promise<UserType> {
    return showUser(await this.service.create(by, input, occurredAt));
  }

  @Mutation(() => UserType, {
    description:
      'Changes what is given; someone leaves or comes back. `LAST_ADMINISTRATOR` where nobody would be left to manage people.',
  })
  @Can('manage', 'user')
  async updateUser(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateUserInput, description: 'What changes.' }) input: UpdateUserInput,
  ): Promise<UserType> {
    return showUser(await this.service.update(by, verb.id, input, verb));
  }

  // As dear as signing in: the present password could be guessed here too.
  @Directive('@cost(weight: 1000)')
  @Mutation(() => UserType, { description: 'Changes your own password and ends your other sessions.' })
  @Can('read', 'user')
  @InPerson()
  async changePassword(
    @By() by: Actor,
    @Args('currentPassword', { type: () => String, description: 'Your present password.' }) currentPassword: string,
    @Args('newPassword', {
      type: () => String,
      description: 'The new one, 12 to 200 characters, none that many others take.',
    })
    newPassword: string,
  ): Promise<UserType> {
    return showUser(await this.service.changePassword(by, currentPassword, newPassword));
  }

  @Mutation(() => [ImportResult], { description: 'Takes over up to 500 people; answers row by row.' })
  @Can('import', 'user')
  importUsers(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportUserInput], description: 'The people.' }) rows: ImportUserInput[],
  ): Promise<ImportResult[]> {
    return this.service.import(by, rows);
  }

  @ResolveField(() => TeamType, { nullable: true, description: 'The team this person belongs to.' })
  async team({ teamId }: UserType, _: object, ctx: RequestContext): Promise<TeamType | null> {
    if (!teamId) return null;
    const team = await loaderOf(ctx, 'team', (by, ids) => this.service.teams(by, ids)).load(teamId);
    return team && showTeam(team);
  }

  @ResolveField(() => [RoleType], { description: 'What this person may do.' })
  async roles({ roleIds }: UserType, _: object, ctx: RequestContext): Promise<RoleType[]> {
    const service = { byIds: (by: Actor, ids: readonly string[]) => this.service.roles(by, ids) };
    const roles = await roleLoader(ctx, service).loadMany(roleIds);
    return roles.flatMap((role) => (role && !(role instanceof Error) ? role : []));
  }

  @ResolveField(() => UserType, { nullable: true, description: 'Who entered this person; null where nobody did.' })
  createdBy({ createdById }: UserType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return createdById ? this.load(ctx, createdById) : null;
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(UserType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showUser);
  }

  private load(ctx: RequestContext, id: string): Promise<UserType | null> {
    return userLoader(ctx, this.service).load(id);
  }
}

/** The people whom one request asks for, as the API shows them, by one statement. */
export const userLoader = (ctx: RequestContext, service: Pick<UserService, 'byIds'>) =>
  loaderOf(ctx, 'user', async (by, ids) => (await service.byIds(by, ids)).map((user) => user && showUser(user)));
