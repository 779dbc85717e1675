import {
  getLocation,
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';

type Path = readonly (string | number)[];
interface Field {
  readonly node: FieldNode;
  readonly type: GraphQLOutputType;
}

/**
 * Makes the errors of compiled code those that graphql-js has. Where several make the same place null, because none of them may
 * leave a null where it happened, it tells the first; compiled code tells all: 50 deals of one page without a stage.
 */
export function errorsOfGraphqlJs(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);

  return (result: ExecutionResult): ExecutionResult => {
    if (!result.errors) return result;
    const told = new Set<string>();
    const errors = result.errors.flatMap(({ message, path = [], locations = [], originalError }) => {
      const { fields, nullAt } = follow(path);
      const place = path.slice(0, nullAt).join('.');
      if (nullAt < path.length && told.has(place)) return [];
      if (nullAt < path.length) told.add(place);
      const nodes = fields.map(({ node }) => node).filter((node) => locations.some((at) => standsAt(node, at)));
      return [new GraphQLError(message, { nodes, path, originalError: originalError ?? null })];
    });
    return { ...result, errors };
  };

  /** The fields at the end of a path, and how much of the path is left when a null there has passed up to where one may be. */
  function follow(path: Path): { fields: readonly Field[]; nullAt: number } {
    let parent: GraphQLCompositeType = schema.getRootType(operation.operation)!;
    let selections: readonly SelectionNode[] = operation.selectionSet.selections;
    let fields: readonly Field[] = [];
    let type: unknown = null;
    let nullAt = 0;
    for (const [i, key] of path.entries()) {
      if (typeof key === 'number') {
        const list = getNullableType(type as GraphQLOutputType);
        type = isListType(list) ? list.ofType : null;
      } else {
        fields = fieldsOf(parent, selections, key);
        type = fields[0]?.type ?? null;
        selections = fields.flatMap(({ node }) => node.selectionSet?.selections ?? []);
        const named = getNamedType(fields[0]?.type);
        if (isCompositeType(named)) parent = named;
      }
      if (!isNonNullType(type)) nullAt = i + 1;
    }
    return { fields, nullAt };
  }

  /** The fields that answer under a name, of whatever type the object turned out to be: they are of one shape. */
  function fieldsOf(parent: GraphQLCompositeType, selections: readonly SelectionNode[], key: string): Field[] {
    return selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) {
        const type = 'getFields' in parent && parent.getFields()[node.name.value]?.type;
        return type && (node.alias ?? node.name).value === key ? [{ node, type }] : [];
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
      const condition = fragment?.typeCondition && typeFromAST(schema, fragment.typeCondition);
      return fieldsOf(isCompositeType(condition) ? condition : parent, fragment?.selectionSet.selections ?? [], key);
    });
  }
}

function standsAt({ loc }: FieldNode, { line, column }: { line: number; column: number }): boolean {
  if (!loc) return false;
  const at = getLocation(loc.source, loc.start);
  return at.line === line && at.column === column;
}
