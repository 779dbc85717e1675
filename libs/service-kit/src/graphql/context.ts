import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import { DomainError, type Actor, type GuardedField, type Right } from '@voronka/contracts';
import DataLoader from 'dataloader';
import type { Person } from '../access/organisation.js';

/** Who asks, as the gateway says; what for, each operation says. */
export type Asker = Omit<Actor, 'may'>;

/** From where and with what a stranger asks, as the gateway says. Of who is signed in it says nothing. */
export interface Client {
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What every resolver finds in its context. */
export interface RequestContext {
  /** Null for someone who has not signed in. */
  readonly actor: Asker | null;
  /** The person who asks, as the directory knows him now; refuses those who are not signed in, or no longer. */
  user(): Promise<Person>;
  /** What is hidden from who asks; at once, where it was asked before. */
  hidden(): ReadonlySet<GuardedField> | Promise<ReadonlySet<GuardedField>>;
  readonly client: Client;
  readonly correlationId: string;
  readonly loaders: Map<string, DataLoader<string, unknown>>;
}

/** Under this an operation carries the right that it needs. */
export const RIGHT = 'voronka:right';
export const rightOf = (handler: object): Right | undefined => Reflect.getMetadata(RIGHT, handler) as Right | undefined;

/** Who asks. Refuses with `UNAUTHENTICATED` where nobody has signed in. */
export function askerOf({ actor }: Pick<RequestContext, 'actor'>): Asker {
  if (!actor) throw new DomainError('UNAUTHENTICATED', 'Sign in first, then repeat this with the access token.');
  return actor;
}

/** The parameter of a resolver that says who asks, and by which right. */
export const By = createParamDecorator((_: unknown, host: ExecutionContext): Actor => {
  const asker = askerOf(GqlExecutionContext.create(host).getContext<RequestContext>());
  return { ...asker, may: rightOf(host.getHandler()) ?? 'read' };
});

/** What who asks may read of these ids, for one who is signed in: also where no operation was guarded before (`_entities`). */
export async function readAs<V>(
  ctx: RequestContext,
  batch: (by: Actor, ids: readonly string[]) => Promise<V[]>,
  ids: readonly string[],
): Promise<V[]> {
  await ctx.user();
  return batch({ ...askerOf(ctx), may: 'read' }, ids);
}

/**
 * One statement per entity type per request: collects the ids that this request asks of `name` and answers them by one
 * call of `batch`, which returns values in the order of the ids.
 */
export function loaderOf<V>(
  ctx: RequestContext,
  name: string,
  batch: (by: Actor, ids: readonly string[]) => Promise<(V | null)[]>,
): DataLoader<string, V | null> {
  let loader = ctx.loaders.get(name) as DataLoader<string, V | null> | undefined;
  if (!loader) {
    loader = new DataLoader<string, V | null>((ids) => readAs(ctx, batch, ids));
    ctx.loaders.set(name, loader as DataLoader<string, unknown>);
  }
  return loader;
}
