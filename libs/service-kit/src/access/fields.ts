import { DomainError, guardedFields, type Entity, type GuardedField } from '@voronka/contracts';
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { defaultFieldResolver, getNullableType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { Filter, ListArgs } from '../list/args.js';
import type { RequestContext } from '../graphql/context.js';

/**
 * Refuses with `FORBIDDEN` a list that is to be filtered, ordered or searched by what is hidden from who asks: from which
 * rows come, and in which order, he could tell what stands in them.
 */
export function requireOpen(hidden: ReadonlySet<GuardedField>, entity: Entity | null, args: ListArgs): void {
  const closed = [...hidden].map((name) => guardedFields[name]).filter((field) => field.entity === entity);
  if (closed.length === 0) return;
  const refuse = (at: string) => {
    throw new DomainError('FORBIDDEN', 'Your role does not show this field. Leave it out.', at);
  };
  const names = new Set(closed.map(({ name }) => name));
  const walk = (filter: Filter, path: string): void => {
    for (const [key, value] of Object.entries(filter)) {
      if (value == null) continue;
      const at = `${path}.${key}`;
      if (names.has(key) || (key === 'search' && closed.some(({ searched }) => searched))) refuse(at);
      if (key === 'and' || key === 'or') (value as Filter[]).forEach((part, i) => walk(part, `${at}.${i}`));
      if (key === 'not') walk(value as Filter, at);
    }
  };
  if (args.filter) walk(args.filter, 'filter');
  args.orderBy?.forEach(({ field }, i) => names.has(field) && refuse(`orderBy.${i}.field`));
}

/** Where the API shows these fields: `Deal.amount`. */
export const placesOf = (fields: ReadonlySet<GuardedField>): ReadonlySet<string> =>
  new Set([...fields].flatMap((name) => guardedFields[name].shown));

/** Lets a schema show null, or an empty list, for what is hidden from who asks. */
export function hideFields(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, { shown }] of Object.entries(guardedFields))
    for (const place of shown) hide(schema, name as GuardedField, place);
  return schema;
}

function hide(schema: GraphQLSchema, name: GuardedField, place: string): void {
  const [typeName = '', fieldName = ''] = place.split('.');
  const type = schema.getType(typeName);
  const field = isObjectType(type) && type.getFields()[fieldName];
  if (!field) return;
  const several = isListType(getNullableType(field.type));
  if (!several && isNonNullType(field.type)) throw new Error(`${place} cannot be hidden: it is never null`);
  const { resolve = defaultFieldResolver } = field;
  type Arguments = [source: unknown, args: object, ctx: RequestContext, info: GraphQLResolveInfo];
  const shown = (hidden: ReadonlySet<GuardedField>, given: Arguments): unknown => {
    if (!hidden.has(name)) return resolve(...given);
    return several ? [] : null;
  };
  field.resolve = (...given: Arguments) => {
    const hidden = given[2].hidden();
    return hidden instanceof Promise ? hidden.then((known) => shown(known, given)) : shown(hidden, given);
  };
}
