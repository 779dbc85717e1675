import { Args, Directive, ID, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  DateTime,
  InPerson,
  loaderOf,
  Public,
  type ListArgs,
  type RequestContext,
} from '@voronka/service-kit';
import { RoleType } from '../role/role.graphql.js';
import { roleLoader } from '../role/role.resolver.js';
import { RoleService } from '../role/role.service.js';
import { UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import { UserService } from '../user/user.service.js';
import {
  ApiKeyBearer,
  ApiKeyConnection,
  apiKeyList,
  ApiKeyType,
  CreateApiKeyInput,
  CreatedApiKey,
  showApiKey,
} from './api-key.graphql.js';
import { ApiKeyService } from './api-key.service.js';

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  constructor(
    private readonly service: ApiKeyService,
    private readonly users: UserService,
    private readonly roles: RoleService,
  ) {}

  @Query(() => ApiKeyConnection, {
    description: 'Your API keys, newest first unless ordered otherwise; everybody’s where you manage people.',
  })
  @Can('read', 'user')
  @InPerson()
  async apiKeys(@By() by: Actor, @Args({ type: () => apiKeyList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showApiKey);
  }

  // What a key may, its owner may himself: to make one needs no right but to be signed in.
  @Mutation(() => CreatedApiKey, {
    description: 'Makes a key for a program. `GRANT_TOO_WIDE` where its role grants more than you may.',
  })
  @Can('read', 'user')
  @InPerson()
  async createApiKey(
    @By() by: Actor,
    @Args('input', { type: () => CreateApiKeyInput, description: 'The key.' }) input: CreateApiKeyInput,
  ): Promise<CreatedApiKey> {
    const { apiKey, secret } = await this.service.create(by, input);
    return { apiKey: showApiKey(apiKey), secret };
  }

  @Mutation(() => ApiKeyType, {
    description: 'Has a key refused within a second: one of yours, or anybody’s where you manage people.',
  })
  @Can('read', 'user')
  @InPerson()
  async revokeApiKey(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which key.' }) id: string,
  ): Promise<ApiKeyType> {
    return showApiKey(await this.service.revoke(by, id));
  }

  // The gateway asks this before anybody is known; clients do not find it in the graph.
  @Directive('@inaccessible')
  @Query(() => ApiKeyBearer, {
    description: 'For the gateway: who asks with this key. `UNAUTHENTICATED` where nobody.',
  })
  @Public()
  apiKeyBearer(
    @Args('key', { type: () => String, description: 'The key, as it was sent.' }) key: string,
    @Args('address', { type: () => String, description: 'The address it was sent from.' }) address: string,
  ): Promise<ApiKeyBearer> {
    return this.service.prove(key, address);
  }

  @ResolveField(() => UserType, { description: 'In whose name it asks.' })
  owner({ ownerId }: ApiKeyType, _: object, ctx: RequestContext): Promise<UserType | null> {
    return userLoader(ctx, this.users).load(ownerId);
  }

  @ResolveField(() => RoleType, {
    nullable: true,
    description: 'What it may do, as far as its owner may; null once withdrawn.',
  })
  role({ roleId }: ApiKeyType, _: object, ctx: RequestContext): Promise<RoleType | null> {
    return roleLoader(ctx, this.roles).load(roleId);
  }

  @ResolveField(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute; null where never.',
  })
  lastUsedAt({ id }: ApiKeyType, _: object, ctx: RequestContext): Promise<Date | null> {
    return loaderOf(ctx, 'api-key use', (_, ids) => this.service.lastUsed(ids)).load(id);
  }
}
