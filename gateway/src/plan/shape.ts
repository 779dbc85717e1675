import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  typeFromAST,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { Data } from './data.js';

/** Makes of what services answered what was asked; `undefined` where a null may not stand and passes upwards. */
type Shape = (value: unknown) => unknown;

/** One operation over the public schema, with the conditions of its `@skip` and `@include` decided. */
export interface Shaped {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly conditions: Readonly<Record<string, unknown>>;
}

/**
 * The answer to an operation out of all that services said: what was asked for and nothing else, in its order and under its
 * names, and a null passed up to where one may stand.
 */
export function shapeOf({ schema, operation, fragments, conditions }: Shaped): (all: Data) => Data | null {
  const root = schema.getRootType(operation.operation)!;
  const shape = objectShape(root, [operation.selectionSet.selections]);
  return (all) => (shape(all) ?? null) as Data | null;

  /** An object of a type known before, or of which it says itself. Each type is looked at when the first of it comes. */
  function objectShape(declared: GraphQLCompositeType, selections: readonly (readonly SelectionNode[])[]): Shape {
    const shapes = new Map<unknown, Shape>();
    return (value) => {
      if (typeof value !== 'object' || Array.isArray(value))
        throw new Error(`Not an object of the type ${declared.name}`);
      const name = (value as Data)['__typename'] ?? declared.name;
      let known = shapes.get(name);
      if (!known) {
        const type = schema.getType(String(name));
        shapes.set(name, (known = isCompositeType(type) ? shapeOfType(type, selections) : () => null));
      }
      return known(value);
    };
  }

  function shapeOfType(type: GraphQLCompositeType, selections: readonly (readonly SelectionNode[])[]): Shape {
    const fields: { readonly name: string; readonly shape: Shape }[] = [];
    for (const [name, nodes] of collected(type, selections)) {
      const [{ name: field }] = nodes as [FieldNode];
      if (field.value === '__typename')
        fields.push({ name, shape: () => (isObjectType(type) ? type.name : undefined) });
      else {
        const definition = 'getFields' in type ? type.getFields()[field.value] : undefined;
        if (!definition) throw new Error(`${type.name} has no ${field.value}`);
        const below = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet.selections] : []));
        fields.push({ name, shape: valueShape(definition.type, below) });
      }
    }
    return (value) => {
      const source = value as Data;
      const shaped: Data = {};
      for (const { name, shape } of fields) {
        const answer = shape(Object.hasOwn(source, name) ? (source[name] ?? null) : null);
        if (answer === undefined) return undefined;
        shaped[name] = answer;
      }
      return shaped;
    };
  }

  function valueShape(type: GraphQLOutputType, selections: readonly (readonly SelectionNode[])[]): Shape {
    if (isNonNullType(type)) {
      const shape = valueShape(type.ofType, selections);
      return (value) => shape(value) ?? undefined;
    }
    // Beneath, a null that may not stand has come to where one may.
    const within = nullableShape(type, selections);
    return (value) => (value === null ? null : (within(value) ?? null));
  }

  function nullableShape(type: GraphQLOutputType, selections: readonly (readonly SelectionNode[])[]): Shape {
    if (isListType(type)) {
      const shape = valueShape(type.ofType as GraphQLOutputType, selections);
      return (value) => {
        if (!Array.isArray(value)) throw new Error(`Not a list: ${String(type)}`);
        const shaped: unknown[] = [];
        for (const item of value) {
          const answer = shape(item ?? null);
          if (answer === undefined) return undefined;
          shaped.push(answer);
        }
        return shaped;
      };
    }
    if (isLeafType(type)) return leafShape(type);
    return objectShape(type as GraphQLCompositeType, selections);
  }

  /** The fields that are asked of a type, by the names they answer under, in the order in which they were first asked. */
  function collected(
    type: GraphQLCompositeType,
    selections: readonly (readonly SelectionNode[])[],
    into = new Map<string, FieldNode[]>(),
  ): Map<string, FieldNode[]> {
    for (const node of selections.flat()) {
      if (!isIncluded(node)) continue;
      if (node.kind === Kind.FIELD) {
        const name = (node.alias ?? node.name).value;
        into.set(name, [...(into.get(name) ?? []), node]);
        continue;
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value]! : node;
      const condition = fragment.typeCondition && typeFromAST(schema, fragment.typeCondition);
      const applies =
        !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type as never));
      if (applies) collected(type, [fragment.selectionSet.selections], into);
    }
    return into;
  }

  function isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) return true;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, conditions)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, conditions)?.['if'] !== false
    );
  }
}

/** What a service may not have answered is null, as Apollo has it. */
function leafShape(type: GraphQLLeafType): Shape {
  const fits = isEnumType(type)
    ? (value: unknown) => typeof value === 'string' && type.getValue(value) !== undefined
    : builtIn[type.name];
  return fits ? (value) => (fits(value) ? value : null) : (value) => value;
}

const isWhole = (value: unknown) => typeof value === 'number' && /^-?\d+$/.test(String(value));
const builtIn: Readonly<Record<string, (value: unknown) => boolean>> = {
  Boolean: (value) => typeof value === 'boolean',
  Int: isWhole,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  ID: (value) => typeof value === 'string' || isWhole(value),
  String: (value) => typeof value === 'string',
};
