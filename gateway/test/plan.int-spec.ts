import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  execute,
  getNamedType,
  getNullableType,
  GraphQLError,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { Chance, inOrder, numberOf, operationOf, type Generated } from '@voronka/testing';
import { PlanExecutor } from '../src/plan/executor.js';
import type { Asks } from '../src/plan/plan.js';

const MANY = 2_000;
const wishes = {
  depth: 4,
  mutations: true,
  scalars: {
    DateTime: ['2026-03-02T09:00:00Z'],
    Date: ['2026-03-02'],
    SafeInt: [0, 105_400],
  },
};

/** What goes wrong in one operation, the same whoever does it. */
let mood: number;
const goesWrong = (what: string, oneIn: number) => numberOf(`${mood} ${what}`) % oneIn === 0;

interface Made {
  readonly __typename: string;
  readonly seed: string;
  readonly id?: string;
}

/** A service whose records are made by chance: the same record, the same fields. */
class FakeService {
  readonly schema: GraphQLSchema;
  private readonly documents = new Map<string, DocumentNode>();

  constructor(readonly name: string) {
    const sdl = readFileSync(`services/${name}/schema.graphql`, 'utf8');
    this.schema = buildSubgraphSchema({ typeDefs: parse(sdl) });
    for (const type of Object.values(this.schema.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('_')) continue;
      for (const field of Object.values(type.getFields())) {
        if (field.name === '_entities')
          field.resolve = (_, { representations }: { representations: Made[] }) => representations.map(entity);
        else
          field.resolve = (source: Made | undefined, args: object) =>
            field.name === 'id'
              ? source?.id
              : this.made(field.type, `${source?.seed ?? ''}.${field.name}${inOrder(args)}`);
      }
    }
  }

  ask: Asks['ask'] = async ({ query, variables }) => {
    if (goesWrong(this.name, 12))
      return {
        errors: [{ message: `The ${this.name} service is not available.`, extensions: { code: 'UNAVAILABLE' } }],
      };
    let document = this.documents.get(query);
    if (!document) this.documents.set(query, (document = parse(query)));
    const { data, errors } = await execute({ schema: this.schema, document, variableValues: variables });
    const told = errors?.map(({ message, path, extensions }) => ({ message, ...(path && { path }), extensions }));
    return JSON.parse(JSON.stringify({ data, errors: told })) as Awaited<ReturnType<Asks['ask']>>;
  };

  process: GraphQLDataSource['process'] = async ({ request, context }) =>
    (await this.ask(request as Parameters<Asks['ask']>[0], context as never)) as never;

  private made(type: GraphQLOutputType, seed: string): unknown {
    const chance = new Chance(numberOf(seed));
    if (goesWrong(seed, 40)) throw new GraphQLError('It failed.', { extensions: { code: 'FORBIDDEN', field: 'f' } });
    if (isNonNullType(type)) return this.made(type.ofType, `${seed}!`);
    if (chance.oneIn(8)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const of: GraphQLOutputType = nullable.ofType;
      return Array.from({ length: chance.below(5) }, (_, i) => this.made(of, `${seed}[${i}`));
    }
    if (isEnumType(nullable)) return chance.of(nullable.getValues()).value;
    if (isUnionType(nullable) || isInterfaceType(nullable))
      return this.made(chance.of(this.schema.getPossibleTypes(nullable)), `${seed}|`) ?? null;
    const { name } = getNamedType(type);
    if (isObjectType(nullable)) {
      if (!nullable.getFields()['id']) return { __typename: name, seed } satisfies Made;
      const id = String(chance.below(4));
      return { __typename: name, id, seed: `${name}:${id}` } satisfies Made;
    }
    if (name === 'DateTime') return '2026-03-02T09:00:00.000Z';
    if (name === 'Date') return '2026-03-02';
    if (name === 'Boolean') return chance.oneIn(2);
    return ['Int', 'SafeInt', 'Float'].includes(name) ? chance.below(1_000) : `text ${chance.below(1_000)}`;
  }
}

function entity({ __typename, id = '' }: Made): Made | null {
  const seed = `${__typename}:${id}`;
  if (goesWrong(`${seed} gone`, 10)) return null;
  return { __typename, id, seed };
}

const names = readdirSync('services');
let schema: GraphQLSchema;
let learnt: number;
let does: (asked: Generated & { document: DocumentNode }) => Promise<ExecutionResult>;
beforeAll(async () => {
  const services = new Map(names.map((name) => [name, new FakeService(name)]));
  const executor = new PlanExecutor((name) => services.get(name)!);
  learnt = 0;
  const apollo = new ApolloGateway({
    supergraphSdl: readFileSync('gateway/supergraph.graphql', 'utf8'),
    buildService: ({ name }) => services.get(name)!,
    experimental_didResolveQueryPlan: ({ queryPlan, operationContext, requestContext: { document } }) => {
      if (executor.learn(document, undefined, { queryPlan, ...operationContext })) learnt++;
    },
  });
  apollo.onSchemaLoadOrUpdate(({ apiSchema }) => (schema = apiSchema));
  await apollo.load({});
  const both = executor.through(apollo.executor);
  does = async ({ query, variables, document }) => {
    const queryHash = createHash('sha256').update(query).digest('hex');
    const request = { query, variables };
    return (await both({ request, document, queryHash, context: {}, metrics: {}, schema } as never)) as ExecutionResult;
  };
});

/** As the server would tell it: data, and errors in no certain order. */
const comparable = ({ data, errors = [] }: ExecutionResult) =>
  JSON.parse(
    JSON.stringify({
      data,
      errors: errors.map(({ message, path, extensions }) => inOrder({ message, path, extensions })).sort(),
    }),
  ) as { data: unknown; errors: string[] };

describe('An operation that is done by Apollo’s plan', () => {
  it('is answered as Apollo’s own executor answers it, over the whole public schema', async () => {
    let valid = 0;
    let failed = 0;
    let refused = 0;
    for (let seed = 0; seed < MANY; seed++) {
      const made = operationOf(schema, new Chance(numberOf(`plan ${seed}`)), wishes);
      const document = parse(made.query);
      if (validate(schema, document).length > 0) continue;
      valid++;
      mood = seed;
      const apollo = comparable(await does({ ...made, document }));
      const ours = comparable(await does({ ...made, document }));
      expect({ ...made, answer: ours }).toEqual({ ...made, answer: apollo });
      if (apollo.errors.length > 0) failed++;
      // Wrong variables are refused before anything is planned.
      if (apollo.data === undefined) refused++;
    }
    expect(valid).toBeGreaterThan(MANY / 2);
    expect(failed).toBeGreaterThan(valid / 10);
    expect(learnt).toBeGreaterThan((valid - refused) * 0.9);
  });
});
