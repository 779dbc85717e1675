import { DomainError } from '@voronka/contracts';
import { getVariableValues, GraphQLError, Kind, parse, type GraphQLSchema } from 'graphql';
import type { ListArgs } from '../list/args.js';

export type Asked = Pick<ListArgs, 'filter' | 'orderBy'>;

/**
 * What is asked of a list in the parameters of an address, each as JSON. GraphQL itself reads it as variables of the list's
 * own types, so what it refuses it refuses in the same words.
 */
export function askedOf(schema: GraphQLSchema, list: string, parameters: object): Asked {
  const args = schema.getQueryType()?.getFields()[list]?.args ?? [];
  const types = new Map(args.map(({ name, type }) => [name, type]));
  const unknown = Object.keys(parameters).find((name) => name !== 'filter' && name !== 'orderBy');
  if (unknown !== undefined)
    throw new DomainError(
      'UNKNOWN_FIELD',
      `An export takes filter and orderBy, not ${unknown}. Leave it out.`,
      unknown,
    );
  const given = Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, jsonIn(name, text)]));
  const document = parse(`query ($filter: ${types.get('filter')}, $orderBy: ${types.get('orderBy')}) { __typename }`);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a query is an operation');
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 1 });
  const [error] = errors ?? [];
  if (error) throw new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT' } });
  return coerced as Asked;
}

function jsonIn(name: string, text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    throw new DomainError('INVALID_QUERY', `Write ${name} once, as JSON, as the list takes it.`, name);
  }
}
