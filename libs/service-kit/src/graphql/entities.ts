import type { Actor } from '@voronka/contracts';
import { isObjectType, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { readAs, type RequestContext } from './context.js';

/** What the gateway knows of a record that it asks a service about. */
export interface Referred {
  readonly __typename: string;
  readonly id: string;
}
/** A method with `@ResolveReference()`: answers all that are asked of its type, in their order, null for what is not there. */
type Resolve = (
  referred: readonly Referred[],
  ctx: RequestContext,
  info: GraphQLResolveInfo,
) => Promise<readonly (Shown | null)[]>;
type Shown = { __typename?: string };

/**
 * Lets `_entities` call the method of each type once, with all that are asked of it, so that a page's companies cost one call
 * and not fifty. A type without one is answered as it was asked about: it has nothing here but fields of its own.
 */
export function entitiesByType(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (!field) return schema;
  field.resolve = async (
    _source,
    { representations }: { representations: readonly Referred[] },
    ctx: RequestContext,
    info: GraphQLResolveInfo,
  ) => {
    const places = new Map<string, number[]>();
    representations.forEach(({ __typename: name }, place) => {
      const known = places.get(name);
      if (known) known.push(place);
      else places.set(name, [place]);
    });
    const answer = new Array<object | null | undefined>(representations.length);
    const resolveAll = async ([name, at]: readonly [string, readonly number[]]) => {
      const referred = at.map((place) => representations[place] as Referred);
      const found = await resolved({ schema, name, referred }, ctx, info);
      at.forEach((place, i) => (answer[place] = found[i]));
    };
    await Promise.all([...places].map(resolveAll));
    return answer;
  };
  return schema;
}

/** What fails is told of each that was asked. */
async function resolved(
  { schema, name, referred }: { schema: GraphQLSchema; name: string; referred: readonly Referred[] },
  ctx: RequestContext,
  info: GraphQLResolveInfo,
): Promise<readonly (object | null | undefined)[]> {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`_entities was asked for ${name}, which is no type of this service`);
  const resolve = resolverOf(type);
  if (!resolve) return referred;
  try {
    const found = await resolve(referred, ctx, info);
    for (const one of found) if (one) one.__typename = name;
    return found;
  } catch (error) {
    return referred.map(() => error as Error);
  }
}

/** Where Nest leaves the method. */
const resolverOf = ({ extensions }: GraphQLObjectType): Resolve | undefined =>
  (extensions as { apollo?: { subgraph?: { resolveReference?: Resolve } } }).apollo?.subgraph?.resolveReference;

/** The records that were asked about, as the API shows them, by one call of `batch`. */
export async function showReferred<R, T extends object>(
  ctx: RequestContext,
  referred: readonly Referred[],
  batch: (by: Actor, ids: readonly string[]) => Promise<(R | null)[]>,
  show: (record: R) => T,
): Promise<(T | null)[]> {
  const found = await readAs(
    ctx,
    batch,
    referred.map(({ id }) => id),
  );
  return found.map((record) => record && show(record));
}
