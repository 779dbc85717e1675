import type { DirectiveNode, DocumentNode, FragmentDefinitionNode, SelectionSetNode, ValueNode } from 'graphql';
import { Kind } from 'graphql';

export interface Size {
  depth: number;
  /** Fields at the top. */
  rootFields: number;
  breadth: number;
  aliases: number;
  directives: number;
  fields: number;
  valueDepth: number;
}

/** A document whose fragments lead nowhere or into themselves: it has no size, and no validation need look at it. */
export class BrokenFragments extends Error {
  override readonly name = 'BrokenFragments';
}

/**
 * The size of the largest operation or fragment of a document; also of fragments that nothing spreads, for validation
 * reads those too. A fragment is measured once however often it is spread, so a document that doubles itself through
 * fragments costs no more than its text. Counts stop growing just above `cap`. Throws `BrokenFragments`.
 */
export function measure(document: DocumentNode, cap = Number.MAX_SAFE_INTEGER): Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size | 'under way'>();

  const ofFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known === 'under way') throw new BrokenFragments(`The fragment ${name} contains itself.`);
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) throw new BrokenFragments(`There is no fragment ${name}.`);
    measured.set(name, 'under way');
    const size = ofSelections(fragment.selectionSet);
    addDirectives(size, fragment.directives);
    measured.set(name, size);
    return size;
  };

  const ofSelections = (set: SelectionSetNode): Size => {
    const size = empty();
    for (const selection of set.selections) {
      addDirectives(size, selection.directives);
      if (selection.kind === Kind.FRAGMENT_SPREAD) add(size, ofFragment(selection.name.value), cap);
      else if (selection.kind === Kind.INLINE_FRAGMENT) add(size, ofSelections(selection.selectionSet), cap);
      else {
        const below = selection.selectionSet ? ofSelections(selection.selectionSet) : empty();
        below.depth += 1;
        below.rootFields = 1;
        below.aliases += selection.alias ? 1 : 0;
        below.fields += 1;
        for (const { value } of selection.arguments ?? []) addValue(below, value);
        add(size, below, cap);
      }
    }
    size.breadth = Math.max(size.breadth, size.rootFields);
    return size;
  };

  const largest = empty();
  for (const definition of document.definitions) {
    let size = empty();
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      size = { ...ofFragment(definition.name.value), rootFields: 0 };
    } else if (definition.kind === Kind.OPERATION_DEFINITION) {
      size = ofSelections(definition.selectionSet);
      addDirectives(size, definition.directives);
      for (const { directives, defaultValue } of definition.variableDefinitions ?? []) {
        addDirectives(size, directives);
        if (defaultValue) addValue(size, defaultValue);
      }
    }
    for (const key of Object.keys(largest) as (keyof Size)[]) largest[key] = Math.max(largest[key], size[key]);
  }
  return largest;
}

const empty = (): Size => ({
  depth: 0,
  rootFields: 0,
  breadth: 0,
  aliases: 0,
  directives: 0,
  fields: 0,
  valueDepth: 0,
});

/** Adds what stands beside: the deepest counts for depth, the sum for the rest. */
function add(to: Size, part: Size, cap: number): void {
  for (const key of ['depth', 'breadth', 'valueDepth'] as const) to[key] = Math.max(to[key], part[key]);
  for (const key of ['rootFields', 'aliases', 'directives', 'fields'] as const) {
    to[key] = Math.min(to[key] + part[key], cap + 1);
  }
}

function addDirectives(size: Size, directives: readonly DirectiveNode[] = []): void {
  size.directives += directives.length;
  for (const { arguments: values = [] } of directives) for (const { value } of values) addValue(size, value);
}

function addValue(size: Size, value: ValueNode): void {
  size.valueDepth = Math.max(size.valueDepth, depthOf(value));
}

function depthOf(value: ValueNode): number {
  if (value.kind === Kind.LIST) return 1 + Math.max(0, ...value.values.map(depthOf));
  if (value.kind === Kind.OBJECT) return 1 + Math.max(0, ...value.fields.map((field) => depthOf(field.value)));
  return 0;
}
