import { Args, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import { By, Can, connection, type ListArgs, type RequestContext } from '@voronka/service-kit';
import { UserType } from '../user/user.graphql.js';
import { userLoader } from '../user/user.resolver.js';
import { UserService } from '../user/user.service.js';
import { AuditEntryConnection, auditList, AuditEntryType, showEntry } from './audit.graphql.js';
import { AuditService } from './audit.service.js';

@Resolver(() => AuditEntryType)
export class AuditResolver {
  constructor(
    private readonly service: AuditService,
    private readonly users: UserService,
  ) {}

  @Query(() => AuditEntryConnection, { description: 'Who looked at what and was let do what, the newest first.' })
  @Can('read', 'audit')
  async auditEntries(@By() by: Actor, @Args({ type: () => auditList.Args }) args: ListArgs) {
    return connection(await this.service.list(by, args), showEntry);
  }

  @ResolveField(() => UserType, { nullable: true, description: 'Who; null where nobody was known.' })
  person({ personId }: AuditEntryType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return personId ? userLoader(ctx, this.users).load(personId) : null;
  }

  @ResolveField(() => UserType, { nullable: true, description: 'In the place of whom, who was away.' })
  inPlaceOf({ inPlaceOfId }: AuditEntryType, _: object, ctx: RequestContext): Promise<UserType | null> | null {
    return inPlaceOfId ? userLoader(ctx, this.users).load(inPlaceOfId) : null;
  }
}
