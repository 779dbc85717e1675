import { SetMetadata, type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { DomainError, type ActionOn, type Actor, type Entity, type Right } from '@voronka/contracts';
import { Directory } from '../directory/directory.js';
import { rightOf, RIGHT, type RequestContext } from '../graphql/context.js';

const PUBLIC = 'voronka:public';

/** The right an operation needs. Every query and mutation carries this or `@Public()`; one that carries neither is refused. */
export const Can = <E extends Entity>(action: ActionOn<E>, entity: E) =>
  SetMetadata(RIGHT, { action, entity } satisfies Right);
/** An operation for people who have not signed in. */
export const Public = () => SetMetadata(PUBLIC, true);

const IN_PERSON = 'voronka:in-person';
/** An operation that somebody does himself and no API key does for him: what a key could make with it would outlive the key. */
export const InPerson = () => SetMetadata(IN_PERSON, true);
/** Refuses with `FORBIDDEN` one who acts by an API key. */
export function requireInPerson({ key }: Pick<Actor, 'key'>): void {
  if (key) throw new DomainError('FORBIDDEN', 'This cannot be done by an API key. Sign in, and do it yourself.');
}

/** Refuses with `FORBIDDEN` somebody whose roles do not grant this. */
export async function requireRight(
  directory: Directory,
  { id, key }: Omit<Actor, 'may'>,
  right: Right | undefined,
): Promise<void> {
  const organisation = await directory.now();
  if (!right || organisation.scope(id, right.action, right.entity, key?.roleId) === null)
    throw new DomainError('FORBIDDEN', 'Your role does not allow this. Ask an administrator for the right.');
}

/** Refuses operations to those who are not signed in, were signed out, or hold no right to them. */
@Injectable()
export class RightsGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly directory: Directory,
  ) {}

  async canActivate(host: ExecutionContext): Promise<boolean> {
    if (host.getType<GqlContextType>() !== 'graphql') return true;
    const { parentType } = GqlExecutionContext.create(host).getInfo<{ parentType: { name: string } }>();
    // Fields of an answer are as visible as the answer.
    if (parentType.name !== 'Query' && parentType.name !== 'Mutation') return true;
    const handler = host.getHandler();
    const ctx = GqlExecutionContext.create(host).getContext<RequestContext>();
    if (this.reflector.get<boolean>(IN_PERSON, handler)) requireInPerson(ctx.actor ?? {});
    if (this.reflector.get<boolean>(PUBLIC, handler)) return true;
    const { id } = await ctx.user();
    await requireRight(this.directory, { ...ctx.actor, id }, rightOf(handler));
    return true;
  }
}
