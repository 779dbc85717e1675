import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

type Asked = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/**
 * Whether a field below the one that is resolved is asked for, by the names that lead to it: for what is costly to find out
 * and has to be of the same moment as the rest. One that a directive leaves out counts as asked for.
 */
export function selects({ fieldNodes, fragments }: Asked, ...path: string[]): boolean {
  const below = ({ selections }: SelectionSetNode): FieldNode[] =>
    selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return [node];
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value] : node;
      return fragment ? below(fragment.selectionSet) : [];
    });
  const found = path.reduce<readonly FieldNode[]>(
    (nodes, name) =>
      nodes
        .flatMap(({ selectionSet }) => (selectionSet ? below(selectionSet) : []))
        .filter((n) => n.name.value === name),
    fieldNodes,
  );
  return found.length > 0;
}
