import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import { ApolloFederationDriver, type ApolloFederationDriverConfig } from '@nestjs/apollo';
import { Injectable } from '@nestjs/common';
import type { FieldMiddleware } from '@nestjs/graphql';
import {
  execute,
  GraphQLScalarType,
  GraphQLSchema,
  isObjectType,
  Kind,
  visit,
  BREAK,
  getVariableValues,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { errorsOfGraphqlJs } from './compiled-errors.js';

/** How many documents are kept compiled, the least used of them forgotten; one takes some tens of kilobytes. */
const MOST = 1_000;

type Run = (contextValue: object, variables: Record<string, unknown>) => ExecutionResult | Promise<ExecutionResult>;

/** A value that is read already. */
const Read = new GraphQLScalarType({ name: 'voronka__Read' });
const readType = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: Read.name } } as const;

/**
 * Executes operations as graphql-js does, those that come again as code compiled for their document. What it does not compile
 * graphql-js executes: what comes for the first time, directives, the schema's own fields, several operations in one document.
 */
export function executorOf(schema: GraphQLSchema): Executor {
  const config = schema.toConfig();
  const withRead = new GraphQLSchema({ ...config, types: [...config.types, Read], assumeValid: true });
  const known = new LRUCache<DocumentNode, { run: Run | null | undefined }>({ max: MOST });
  const compiledFor = (document: DocumentNode): Run | null => {
    const entry = known.get(document);
    if (!entry) known.set(document, { run: undefined });
    else if (entry.run === undefined) entry.run = compiled(schema, withRead, document);
    return entry?.run ?? null;
  };
  return async ({ document, operationName, contextValue, variables }) => {
    const run = compiledFor(document);
    if (run) return run(contextValue, variables ?? {});
    return execute({
      schema,
      document,
      contextValue,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    });
  };
}

export type Executor = (asked: Asked) => Promise<ExecutionResult>;
export interface Asked {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly contextValue: object;
  readonly variables?: Record<string, unknown> | null | undefined;
}

type Gateway = ApolloServerOptionsWithGateway<BaseContext>['gateway'];
type GatewayExecutor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** Nest's driver of a subgraph, with that executor. */
@Injectable()
export class CompiledDriver extends ApolloFederationDriver {
  private executor: Executor | undefined;

  /** Executes what is known to be valid. */
  get execute(): Executor {
    if (!this.executor) throw new Error('The subgraph has not begun');
    return this.executor;
  }

  override start(options: ApolloFederationDriverConfig): Promise<void> {
    const { schema } = options;
    if (!schema) throw new Error('A subgraph without a schema');
    this.executor = executorOf(schema);
    return super.start({
      ...options,
      gateway: inPlaceOfGateway(schema, this.executor),
    } as ApolloFederationDriverConfig);
  }
}

/** An executor as Apollo Server takes one. */
function inPlaceOfGateway(schema: GraphQLSchema, executeCompiled: Executor): Gateway {
  const executor: GatewayExecutor = ({ document, request, context }) =>
    executeCompiled({
      document,
      operationName: request.operationName,
      contextValue: context,
      variables: request.variables,
    }) as ReturnType<GatewayExecutor>;
  let told: Parameters<Gateway['onSchemaLoadOrUpdate']>[0] = () => {};
  return {
    onSchemaLoadOrUpdate(callback) {
      told = callback;
      return () => {};
    },
    load: async () => {
      told({ apiSchema: schema, coreSupergraphSdl: '' });
      return { executor };
    },
    stop: async () => {},
  };
}

function compiled(schema: GraphQLSchema, withRead: GraphQLSchema, document: DocumentNode): Run | null {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (!operation || operations.length > 1 || !isPlain(document)) return null;
  // Variables are read by graphql-js, whose words about wrong ones clients know, and come in as they were read.
  const { variableDefinitions = [] } = operation;
  const read: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: variableDefinitions.map(({ kind, variable }) => ({ kind, variable, type: readType })),
  };
  const definitions = document.definitions.map((node) => (node === operation ? read : node));
  const query = compileQuery(withRead, { ...document, definitions });
  if (!isCompiledQuery(query)) return null;
  const asGraphqlJs = errorsOfGraphqlJs(schema, document, operation);
  return (contextValue, given) => {
    const { errors, coerced } = getVariableValues(schema, variableDefinitions, given, { maxErrors: 50 });
    if (errors) return { errors };
    const result = query.query(undefined, contextValue, coerced) as ExecutionResult | Promise<ExecutionResult>;
    return result instanceof Promise ? result.then(asGraphqlJs) : asGraphqlJs(result);
  };
}

/** Whether nothing is asked that a compiler could see otherwise than graphql-js. */
function isPlain(document: DocumentNode): boolean {
  let plain = true;
  const leave = () => {
    plain = false;
    return BREAK;
  };
  visit(document, {
    Directive: leave,
    Field: ({ name: { value } }) =>
      value !== '__typename' && value.startsWith('_') && value !== '_entities' ? leave() : undefined,
  });
  return plain;
}

/**
 * Takes away the resolvers with which Nest reads plain properties, so that they are read as such. A property that is a promise
 * keeps its own, by the middleware `promised`.
 */
export function withoutPlainResolvers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (field.resolve?.name === 'rootFieldResolver') delete field.resolve;
  }
  return schema;
}

/** The middleware of a field whose property is a promise. */
export const promised: FieldMiddleware = (_, next) => next();
