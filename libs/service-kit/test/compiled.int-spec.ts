import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@voronka/contracts';
import {
  execute,
  getNamedType,
  getNullableType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { Chance, comparable, inOrder, numberOf, operationOf } from '@voronka/testing';
import { executorOf } from '../src/graphql/compiled.js';
import { CalendarDay, DateTime, SafeInt } from '../src/graphql/scalars.js';

const scalars = { DateTime, Date: CalendarDay, SafeInt };
const wishes = {
  depth: 4,
  mutations: true,
  without: /^_service$/,
  scalars: {
    DateTime: ['2026-03-02T09:00:00Z', '2026-03-02T10:00:00.5+01:00', 'yesterday', 5],
    Date: ['2026-03-02', '2026-02-30', 'soon'],
    SafeInt: [0, 105_400, 2 ** 53, 1.5, '7'],
    _Any: [
      { __typename: 'Deal', id: 'd1' },
      { __typename: 'Company', id: 'c1' },
      { __typename: 'Deal', id: 'gone' },
    ],
  },
};

/** A service's own schema whose records are made by chance, and fail by chance: at once, later, as a value, with a null or with nonsense. */
function schemaOf(service: string): GraphQLSchema {
  const typeDefs = parse(readFileSync(`services/${service}/schema.graphql`, 'utf8'));
  const schema = buildSubgraphSchema({ typeDefs, resolvers: scalars as never });
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || type.name === '_Service') continue;
    const root = type === schema.getQueryType() || type === schema.getMutationType();
    for (const field of Object.values(type.getFields())) {
      const way = numberOf(`${type.name}.${field.name}`) % 3;
      if (!root && way === 0) continue;
      field.resolve = (source: Made, args) => {
        const seed = `${source?.seed ?? 'root'}.${field.name}${inOrder(args)}`;
        if (way === 1) return made(schema, field.type, seed, { throws: !seed.includes(CALM) });
        return Promise.resolve().then(() => made(schema, field.type, seed, { throws: true, fails: true }));
      };
    }
  }
  return schema;
}

interface Made {
  readonly seed: string;
}

/** Where one item of a list fails at once, graphql-js forgets the promises of those before it: such items fail later or never. */
const CALM = '~';

function made(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  seed: string,
  { throws = false, fails = !seed.includes(CALM) }: { throws?: boolean; fails?: boolean } = {},
): unknown {
  const chance = new Chance(numberOf(seed));
  const fail = (n: number) => fails && chance.oneIn(n);
  const failure = new DomainError('FORBIDDEN', `It failed: ${numberOf(seed) % 7}.`);
  if (fail(60)) return null;
  if (throws && fail(60)) throw failure;
  if (fail(80)) return failure;
  if (!isNonNullType(type) && chance.oneIn(8)) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const of: GraphQLOutputType = nullable.ofType;
    const length = chance.below(4);
    if (throws && chance.oneIn(2))
      return Array.from({ length }, (_, i) =>
        Promise.resolve().then(() => made(schema, of, `${seed}[${i}`, { throws, fails: true })),
      );
    return Array.from({ length }, (_, i) => made(schema, of, `${seed}[${i}${CALM}`));
  }
  if (isEnumType(nullable)) return fail(50) ? 'NO_SUCH_WORD' : chance.of(nullable.getValues()).value;
  if (isObjectType(nullable)) return record(schema, nullable, seed);
  if (isUnionType(nullable) || isInterfaceType(nullable)) {
    const possible = schema.getPossibleTypes(nullable);
    return fail(40) ? { __typename: 'Nobody' } : record(schema, chance.of(possible), seed);
  }
  const { name } = getNamedType(type);
  if (name === 'DateTime') return fail(50) ? 'no instant' : new Date(chance.below(2 ** 31) * 1000);
  if (name === 'Date') return '2026-03-02';
  if (name === 'Boolean') return chance.oneIn(2);
  if (['Int', 'SafeInt', 'Float'].includes(name)) return fail(50) ? 'many' : chance.below(1_000);
  return fail(50) ? { not: 'a text' } : `text ${chance.below(1_000)}`;
}

/** What no resolver of its own answers stands in it as a property. */
function record(schema: GraphQLSchema, type: GraphQLObjectType, seed: string): Made {
  const values = { seed, __typename: type.name };
  for (const { name, type: of, resolve } of Object.values(type.getFields()))
    if (!resolve)
      Object.defineProperty(values, name, { get: () => made(schema, of, `${seed}.${name}`), enumerable: true });
  return values;
}

const MANY = 250;

describe('An operation that is executed as compiled code', () => {
  it.each(['deals', 'tasks', 'identity'])('answers as graphql-js does, over the schema of %s', async (service) => {
    const schema = schemaOf(service);
    const run = executorOf(schema);
    let valid = 0;
    let failed = 0;
    for (let seed = 0; seed < MANY; seed++) {
      const { query, variables } = operationOf(schema, new Chance(numberOf(`${service} ${seed}`)), wishes);
      const document = parse(query);
      if (validate(schema, document).length > 0) continue;
      valid++;
      const asked = { document, contextValue: {}, variables };
      const expected = comparable(await execute({ schema, document, contextValue: {}, variableValues: variables }));
      const first = comparable(await run(asked));
      const again = comparable(await run(asked));
      expect({ query, variables, answers: [first, again] }).toEqual({
        query,
        variables,
        answers: [expected, expected],
      });
      if ((expected as { errors: unknown[] }).errors.length > 0) failed++;
    }
    expect(valid).toBeGreaterThan(MANY / 3);
    expect(failed).toBeGreaterThan(valid / 10);
  });
});
