import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import { Kind, valueFromASTUntyped } from 'graphql';
import type { ListSize, Prices } from './prices.js';

/** What an operation costs, for any variables: a sum of parts that come once, and of parts for each row of a list. */
export interface Cost {
  once: number;
  readonly lists: { readonly rows: Rows; readonly each: Cost }[];
}

/** How many rows a list has: a number, or what variables say. */
export interface Rows {
  readonly assumed: number;
  readonly said: readonly { readonly argument: string; readonly value: unknown }[];
}

/** The cost of one operation, the pages it asks for, and the values its variables have where none are sent. */
export interface OperationCost {
  readonly cost: Cost;
  readonly pages: readonly Rows[];
  readonly defaults: Readonly<Record<string, unknown>>;
}

class Variable {
  constructor(readonly name: string) {}
}

/**
 * The costs of a document's operations. Each fragment is written out wherever it is spread: measure the document first,
 * so that this comes to an end, and soon.
 */
export function costsOf(document: DocumentNode, prices: Prices): OperationCost[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  return document.definitions
    .filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => {
      const pages: Rows[] = [];
      const type = prices.root(operation.operation);
      return { cost: ofSelections(operation.selectionSet, type), pages, defaults: defaultsOf(operation) };

      /** `sized`: the rows of those fields of this object that hold the rows of a list around it. */
      function ofSelections(set: SelectionSetNode, of: string, sized?: { size: ListSize; rows: Rows }): Cost {
        const cost: Cost = { once: 0, lists: [] };
        for (const selection of set.selections) {
          if (selection.kind === Kind.FIELD) {
            ofField(cost, selection, of, sized);
            continue;
          }
          const node = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
          if (node) add(cost, ofSelections(node.selectionSet, node.typeCondition?.name.value ?? of, sized));
        }
        return cost;
      }

      function ofField(to: Cost, field: FieldNode, of: string, sized?: { size: ListSize; rows: Rows }): void {
        const price = prices.of(of, field.name.value);
        if (!price) return;
        const rows = price.size ? rowsOf(field, price.size) : null;
        if (rows && rows.said.length > 0) pages.push(rows);
        const within = price.size && rows && price.size.fields.size > 0 ? { size: price.size, rows } : undefined;
        const each = field.selectionSet ? ofSelections(field.selectionSet, price.type, within) : { once: 0, lists: [] };
        each.once += price.each;
        to.once += price.once;
        const own = sized?.size.fields.has(field.name.value) ? sized.rows : rows;
        if (price.isList && own) to.lists.push({ rows: own, each });
        else add(to, each);
      }
    });
}

/** The cost with these variables. */
export function priceOf({ once, lists }: Cost, variables: Readonly<Record<string, unknown>>): number {
  return lists.reduce((sum, { rows, each }) => sum + numberOf(rows, variables) * priceOf(each, variables), once);
}

/** The arguments of a list, with the numbers they have; those that have none are left out. */
export function said({ said: arguments_ }: Rows, variables: Readonly<Record<string, unknown>>) {
  return arguments_.flatMap(({ argument, value }) => {
    const number = value instanceof Variable ? variables[value.name] : value;
    return typeof number === 'number' && Number.isFinite(number) ? [{ argument, number }] : [];
  });
}

/** A list of less than one row is refused by its service; here it must not make the rest cheaper. */
function numberOf(rows: Rows, variables: Readonly<Record<string, unknown>>): number {
  const numbers = said(rows, variables).map(({ number }) => number);
  return numbers.length === 0 ? rows.assumed : Math.max(1, ...numbers);
}

function rowsOf({ arguments: given = [] }: FieldNode, { assumed, slicing }: ListSize): Rows {
  const said = given.flatMap(({ name, value }) => {
    if (!slicing.includes(name.value)) return [];
    const number = value.kind === Kind.VARIABLE ? new Variable(value.name.value) : valueFromASTUntyped(value);
    return [{ argument: name.value, value: number }];
  });
  return { assumed, said };
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue) defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return defaults;
}

function add(to: Cost, part: Cost): void {
  to.once += part.once;
  to.lists.push(...part.lists);
}
