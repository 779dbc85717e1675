import { Args, ID, Mutation, Query, ResolveReference, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  loaderOf,
  Verb,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import { CreateRoleInput, RoleConnection, roleList, RoleType, showRole, UpdateRoleInput } from './role.graphql.js';
import { RoleService } from './role.service.js';

@Resolver(() => RoleType)
export class RoleResolver {
  constructor(private readonly service: RoleService) {}

  @Query(() => RoleType, { description: 'A role by id; `NOT_FOUND` where there is none.' })
  @Can('read', 'role')
  async role(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which role.' }) id: string,
  ): Promise<RoleType> {
    return showRole(await this.service.get(by, id));
  }

  @Query(() => RoleConnection, { description: 'The roles, by name unless ordered otherwise.' })
  @Can('read', 'role')
  async roles(@By() by: Actor, @Args({ type: () => roleList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showRole);
  }

  @Mutation(() => RoleType, { description: 'Defines a role. `GRANT_TOO_WIDE` where it grants what you may not do.' })
  @Can('manage', 'role')
  async createRole(
    @By() by: Actor,
    @Args('input', { type: () => CreateRoleInput, description: 'The role.' }) input: CreateRoleInput,
  ): Promise<RoleType> {
    return showRole(await this.service.create(by, input));
  }

  @Mutation(() => RoleType, {
    description:
      'Changes a role, for all who have it. `LAST_ADMINISTRATOR` where nobody would be left to manage roles.',
  })
  @Can('manage', 'role')
  async updateRole(
    @By() by: Actor,
    @Args() verb: Verb,
    @Args('input', { type: () => UpdateRoleInput, description: 'What changes.' }) input: UpdateRoleInput,
  ): Promise<RoleType> {
    return showRole(await this.service.update(by, verb, input));
  }

  @Mutation(() => RoleType, { description: 'Removes a role nobody has. `ROLE_IN_USE` where somebody has it.' })
  @Can('manage', 'role')
  async withdrawRole(@By() by: Actor, @Args() verb: Verb): Promise<RoleType> {
    return showRole(await this.service.withdraw(by, verb));
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(RoleType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.service.byIds(by, ids), showRole);
  }
}

/** The roles that one request asks for, as the API shows them, by one statement. */
export const roleLoader = (ctx: RequestContext, service: Pick<RoleService, 'byIds'>) =>
  loaderOf(ctx, 'role', async (by, ids) => (await service.byIds(by, ids)).map((role) => role && showRole(role)));
