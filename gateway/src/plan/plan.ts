import type { GatewayConfig } from '@apollo/gateway';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, isAbstractType } from 'graphql';
import type { GatewayContext } from '../graph/context.js';
import { type Data, merge, objectsAt, placesAt } from './data.js';

export type QueryPlan = Parameters<NonNullable<GatewayConfig['experimental_didResolveQueryPlan']>>[0]['queryPlan'];
type Node = NonNullable<QueryPlan['node']>;
type Fetch = Extract<Node, { kind: 'Fetch' }>;
type Required = NonNullable<Fetch['requires']>;

/** A service as a plan asks it. */
export interface Asks {
  ask(
    asked: { query: string; variables: Data; operationName?: string },
    context: GatewayContext,
  ): Promise<{ data?: Data | null; errors?: readonly GraphQLFormattedError[] }>;
}

/** What one operation has learnt so far. */
export interface Course {
  /** As the client sent them: each service reads its own. */
  readonly variables: Readonly<Data>;
  /** As they are read, with what stands in place of those that are missing. */
  readonly conditions: Readonly<Data>;
  readonly context: GatewayContext;
  readonly all: Data;
  readonly errors: GraphQLError[];
}

export type Step = (course: Course) => Promise<void>;

const nothing: Step = async () => {};

/** A plan of Apollo's as something that can be done; null where it holds what only Apollo knows how to do. */
export function stepsOf(node: Node, schema: GraphQLSchema, service: (name: string) => Asks): Step | null {
  return stepOf(node, []);

  function stepOf(node: Node, path: readonly (string | number)[]): Step | null {
    switch (node.kind) {
      case 'Sequence': {
        const steps = all(node.nodes, path);
        return (
          steps &&
          (async (course) => {
            for (const step of steps) await step(course);
          })
        );
      }
      case 'Parallel': {
        const steps = all(node.nodes, path);
        return steps && (async (course) => void (await Promise.all(steps.map((step) => step(course)))));
      }
      case 'Flatten':
        return node.path.every((part) => part === '@' || /^\w+$/.test(String(part)))
          ? stepOf(node.node, [...path, ...node.path])
          : null;
      case 'Fetch':
        return fetchOf(node, path);
      case 'Condition': {
        const [yes, no] = [node.ifClause, node.elseClause].map((clause) => (clause ? stepOf(clause, path) : nothing));
        return yes && no ? (course) => (course.conditions[node.condition] ? yes : no)(course) : null;
      }
      default:
        return null;
    }
  }

  function all(nodes: readonly Node[], path: readonly (string | number)[]): Step[] | null {
    const steps = nodes.map((node) => stepOf(node, path));
    return steps.every((step) => step !== null) ? steps : null;
  }

  function fetchOf(fetch: Fetch, path: readonly (string | number)[]): Step | null {
    const { requires, inputRewrites, outputRewrites, contextRewrites, hasDefers } = fetch;
    if (inputRewrites ?? outputRewrites ?? contextRewrites ?? hasDefers) return null;
    const { operation: query, operationName, serviceName, variableUsages = [] } = fetch;
    if (variableUsages.includes('representations')) return null;
    const asks = service(serviceName);
    const request = (variables: Data) => ({ query, variables, ...(operationName && { operationName }) });
    return async (course) => {
      const objects = objectsAt(course.all, path);
      if (objects.length === 0) return;
      const variables = pick(course.variables, variableUsages);
      try {
        if (!requires) {
          const { data, errors = [] } = await asks.ask(request(variables), course.context);
          for (const error of errors) {
            const place = error.path && [...path, ...error.path];
            course.errors.push(errorOf(error, serviceName, place));
          }
          if (data) for (const object of objects) merge(object, data);
          return;
        }
        const wanted = representationsOf(objects, requires);
        if (wanted.size === 0) return;
        const representations = [...wanted.values()].map(({ representation }) => representation);
        const { data, errors = [] } = await asks.ask(request({ ...variables, representations }), course.context);
        if (errors.length > 0) course.errors.push(...errorsOf(errors, wanted));
        if (data) add(data, wanted);
      } catch (error) {
        course.errors.push(error as GraphQLError);
      }

      /** Who was asked about once is answered wherever he stands. */
      function errorsOf(errors: readonly GraphQLFormattedError[], wanted: Wanted): GraphQLError[] {
        const places = placesAt(course.all, path);
        const asked = [...wanted.values()];
        return errors.flatMap((error) => {
          const [, i, ...rest] = error.path ?? [];
          if (typeof i !== 'number') return errorOf(error, serviceName, error.path && [...path, ...error.path]);
          const whose = asked[i]?.of ?? [];
          return whose.map((n) => errorOf(error, serviceName, [...(places[n] ?? []), ...rest]));
        });
      }

      function add({ _entities: entities }: Data, wanted: Wanted): void {
        if (!Array.isArray(entities)) throw new GraphQLError('Expected "data._entities" in response to be an array');
        if (entities.length !== wanted.size)
          throw new GraphQLError(`Expected "data._entities" to contain ${wanted.size} elements`);
        let i = 0;
        for (const { of } of wanted.values()) {
          const entity = entities[i++] as Data | null;
          if (entity) for (const n of of) merge(objects[n]!, entity);
        }
      }
    };
  }

  /** What a service is asked about: each once, with the places of those that are it. */
  function representationsOf(objects: readonly Data[], requires: Required): Wanted {
    const wanted: Wanted = new Map();
    for (const [n, object] of objects.entries()) {
      const representation = represent(object, requires) as Data | null;
      if (!representation?.['__typename']) continue;
      const key = JSON.stringify(representation);
      const known = wanted.get(key);
      if (known) known.of.push(n);
      else wanted.set(key, { representation, of: [n] });
    }
    return wanted;
  }

  /** By which a service knows an object; null where something of it is not known. */
  function represent(value: unknown, selections: Required): unknown {
    if (value === null) return null;
    const source = value as Data;
    const made: Data = {};
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') {
        if (selection.typeCondition && isOf(source['__typename'], selection.typeCondition))
          merge(made, (represent(source, selection.selections) ?? {}) as Data);
        continue;
      }
      const name = selection.alias ?? selection.name;
      const given = Object.hasOwn(source, name) ? source[name] : undefined;
      if (given === undefined) return null;
      const { selections: below } = selection;
      const within = (item: unknown) => (below ? represent(item, below) : item);
      made[name] = Array.isArray(given) ? given.map(within) : within(given);
    }
    return made;
  }

  function isOf(typename: unknown, condition: string): boolean {
    if (typename === condition) return true;
    const [type, conditional] = [schema.getType(String(typename)), schema.getType(condition)];
    return Boolean(type && isAbstractType(conditional) && schema.isSubType(conditional, type as never));
  }
}

type Wanted = Map<string, { readonly representation: Data; readonly of: number[] }>;

function pick(variables: Readonly<Data>, names: readonly string[]): Data {
  const picked: Data = {};
  for (const name of names)
    if (Object.hasOwn(variables, name) && variables[name] !== undefined) picked[name] = variables[name];
  return picked;
}

/** A service's error, where it is in the whole answer. */
function errorOf(error: GraphQLFormattedError, serviceName: string, path?: readonly (string | number)[]): GraphQLError {
  const message = error.message || `Error while fetching subquery from service "${serviceName}"`;
  const extensions = { code: 'DOWNSTREAM_SERVICE_ERROR', ...error.extensions, serviceName };
  return new GraphQLError(message, {
    originalError: error as Error & GraphQLFormattedError,
    path: path ?? null,
    extensions,
  });
}
