import type { ApolloGateway, GraphQLDataSource } from '@apollo/gateway';
import {
  getVariableValues,
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../graph/context.js';
import type { Data } from './data.js';
import { type Asks, type QueryPlan, type Step, stepsOf } from './plan.js';
import { shapeOf } from './shape.js';

/** How many operations are kept planned, the least used of them forgotten. */
const MOST = 2_000;
/** How many conditions of `@skip` and `@include` an operation may have: each way they turn out has a shape of its own. */
const MOST_CONDITIONS = 4;

type ApolloExecutor = ApolloGateway['executor'];
type Request = Parameters<ApolloExecutor>[0];

/** What Apollo has found out about an operation when it did it first. */
export interface Planned {
  readonly queryPlan: QueryPlan;
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

type Run = (variables: Data, context: GatewayContext) => Promise<ExecutionResult>;

/**
 * Does operations by Apollo's plans, without Apollo: the first time Apollo plans and does one, from then on this does. What it
 * does not know how to do, it leaves to Apollo for good.
 */
export class PlanExecutor {
  /** Null: Apollo's to do. By documents as Apollo keeps them, and the name of the operation. */
  private readonly known = new LRUCache<DocumentNode, Map<string, Run | null>>({ max: MOST });

  constructor(private readonly service: (name: string) => Asks & GraphQLDataSource) {}

  /** Learns a plan; `document` is the one that will come again. Answers whether it knows how to do it. */
  learn(document: DocumentNode, operationName: string | undefined, planned: Planned): boolean {
    const name = operationName ?? '';
    const operations = this.known.get(document) ?? new Map<string, Run | null>();
    const before = operations.get(name);
    const run = before === undefined ? runOf(planned, this.service) : before;
    this.known.set(document, operations.set(name, run));
    return run !== null;
  }

  /** Does an operation that it has learnt. */
  planned(document: DocumentNode, operationName: string | undefined): Run | null {
    return this.known.get(document)?.get(operationName ?? '') ?? null;
  }

  /** Does it, or leaves it to Apollo; what was done before, it does not do again. */
  through(apollo: ApolloExecutor): ApolloExecutor {
    return async (asked: Request) => {
      const { document, request } = asked;
      const context = asked.context as unknown as GatewayContext;
      if (context.done) return (await context.done) as never;
      const run = this.planned(document, request.operationName);
      if (!run) return apollo(asked);
      return (await run(request.variables ?? {}, context)) as never;
    };
  }
}

function runOf({ queryPlan, schema, operation, fragments }: Planned, service: (name: string) => Asks): Run | null {
  const step: Step | null = queryPlan.node ? stepsOf(queryPlan.node, schema, service) : async () => {};
  const conditional = conditionsOf(operation, fragments);
  if (!step || !conditional) return null;
  const { variableDefinitions = [] } = operation;
  const shapes = new Map<string, ReturnType<typeof shapeOf>>();
  return async (variables, context) => {
    const { errors: refused, coerced } = getVariableValues(schema, variableDefinitions, variables);
    if (refused) return { errors: refused };
    const course = { variables, conditions: coerced, context, all: {} as Data, errors: [] as GraphQLError[] };
    await step(course);
    const key = conditional.map((name) => String(coerced[name])).join();
    let shape = shapes.get(key);
    if (!shape) shapes.set(key, (shape = shapeOf({ schema, operation, fragments, conditions: coerced })));
    try {
      const data = shape(course.all) as ExecutionResult['data'] & object;
      return course.errors.length === 0 ? { data } : { errors: course.errors, data };
    } catch (error) {
      const { message } = error as Error;
      return { errors: [new GraphQLError(message, { originalError: error as Error })] };
    }
  };
}

/** The variables that decide what is left out; null where the schema itself is asked for, or too much is decided. */
function conditionsOf(
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): string[] | null {
  const names = new Set<string>();
  let introspects = false;
  for (const node of [operation, ...Object.values(fragments)])
    visit(node, {
      VariableDefinition: () => false,
      Field: ({ name: { value } }) => void (introspects ||= value === '__schema' || value === '__type'),
      Directive: ({ arguments: given = [] }) => {
        for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  return introspects || names.size > MOST_CONDITIONS ? null : [...names];
}
