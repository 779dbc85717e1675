import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import { DomainError, type Actor } from '@voronka/contracts';
import DataLoader from 'dataloader';
import type { DirectoryUser } from '../directory/directory.js';

/** What every resolver finds in its context. */
export interface RequestContext {
  /** Null for someone who has not signed in. */
  readonly actor: Actor | null;
  /** The person who asks, as the directory knows him now; refuses those who are not signed in, or no longer. */
  user(): Promise<DirectoryUser>;
  readonly correlationId: string;
  readonly loaders: Map<string, DataLoader<string, unknown>>;
}

/** Who asks. Refuses with `UNAUTHENTICATED` where nobody has signed in. */
export function actorOf(ctx: RequestContext): Actor {
  if (!ctx.actor) throw new DomainError('UNAUTHENTICATED', 'Sign in first, then repeat this with the access token.');
  return ctx.actor;
}

/** The parameter of a resolver that says who asks. */
export const By = createParamDecorator((_: unknown, host: ExecutionContext) =>
  actorOf(GqlExecutionContext.create(host).getContext<RequestContext>()),
);

/**
 * One statement per entity type per request: collects the ids that this request asks of `name` and answers them by one
 * call of `batch`, which returns values in the order of the ids. Records are answered to those who are signed in, also
 * where no operation was guarded before (`_entities`).
 */
export function loaderOf<V>(
  ctx: RequestContext,
  name: string,
  batch: (by: Actor, ids: readonly string[]) => Promise<(V | null)[]>,
): DataLoader<string, V | null> {
  let loader = ctx.loaders.get(name) as DataLoader<string, V | null> | undefined;
  if (!loader) {
    loader = new DataLoader<string, V | null>(async (ids) => {
      await ctx.user();
      return batch(actorOf(ctx), ids);
    });
    ctx.loaders.set(name, loader as DataLoader<string, unknown>);
  }
  return loader;
}
