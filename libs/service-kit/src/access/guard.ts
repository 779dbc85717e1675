import { SetMetadata, type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { DomainError, roleGrants, type Action, type Entity } from '@voronka/contracts';
import type { RequestContext } from '../graphql/context.js';

const RIGHT = 'voronka:right';
const PUBLIC = 'voronka:public';

/** The right an operation needs. Every query and mutation carries this or `@Public()`; one that carries neither is refused. */
export const Can = (action: Action, entity: Entity) => SetMetadata(RIGHT, { action, entity });
/** An operation for people who have not signed in. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Refuses operations to those who are not signed in, were signed out, or hold no right to them. */
@Injectable()
export class RightsGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(host: ExecutionContext): Promise<boolean> {
    if (host.getType<GqlContextType>() !== 'graphql') return true;
    const { parentType } = GqlExecutionContext.create(host).getInfo<{ parentType: { name: string } }>();
    // Fields of an answer are as visible as the answer.
    if (parentType.name !== 'Query' && parentType.name !== 'Mutation') return true;
    if (this.reflector.get<boolean>(PUBLIC, host.getHandler())) return true;
    const right = this.reflector.get<{ action: Action; entity: Entity } | undefined>(RIGHT, host.getHandler());
    const user = await GqlExecutionContext.create(host).getContext<RequestContext>().user();
    if (!right || !roleGrants(user.role, right.action, right.entity))
      throw new DomainError('FORBIDDEN', 'Your role does not allow this. Ask an administrator for the right.');
    return true;
  }
}
