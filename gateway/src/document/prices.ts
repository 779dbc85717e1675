import type { ConstDirectiveNode, ConstValueNode, TypeNode } from 'graphql';
import { Kind, parse } from 'graphql';

/** What a field costs, as the schema's annotations say. */
export interface Price {
  /** The type of what it holds, lists aside. */
  readonly type: string;
  /** Of asking for it once. */
  readonly once: number;
  /** Of each object that it answers with, without what is asked of that. */
  readonly each: number;
  readonly isList: boolean;
  /** Of a list, and of a page that holds one in its fields. */
  readonly size: ListSize | null;
}

/** How many rows a list has: what its arguments say, else `assumed`. `fields` are where the rows are, if not in itself. */
export interface ListSize {
  readonly assumed: number;
  readonly slicing: readonly string[];
  readonly fields: ReadonlySet<string>;
}

/** Of a change, where the schema says nothing: a transaction and its events. */
const CHANGE = 10;
/** Rows of a list of which the schema says nothing: a pipeline's stages, a person's mails. */
const FEW = 10;
const unsaid: ListSize = { assumed: FEW, slicing: [], fields: new Set() };

/**
 * The prices of a supergraph's fields, by type and name: `@cost(weight)` on a field or on an object type, and
 * `@listSize(assumedSize, slicingArguments, sizedFields)`, as the GraphQL cost specification writes them and as
 * composition hands them on. Without annotations an object costs 1, a scalar nothing and a change 10.
 */
export class Prices {
  private readonly byType = new Map<string, Map<string, Price>>();
  private readonly roots = new Map<string, string>();

  constructor(supergraphSdl: string) {
    const { definitions } = parse(supergraphSdl, { noLocation: true });
    const each = new Map<string, number>();
    for (const node of definitions) {
      if (node.kind === Kind.SCHEMA_DEFINITION) {
        for (const { operation, type } of node.operationTypes) this.roots.set(operation, type.name.value);
      } else if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        each.set(node.name.value, weightOf(node.directives) ?? 1);
      } else if (node.kind === Kind.UNION_TYPE_DEFINITION) each.set(node.name.value, 1);
    }
    for (const node of definitions) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      const usual = node.name.value === this.roots.get('mutation') ? CHANGE : 0;
      const prices = new Map<string, Price>();
      for (const { name, type: answer, directives } of node.fields ?? []) {
        const { type, isList } = named(answer);
        const once = weightOf(directives) ?? usual;
        const size = sizeOf(directives) ?? (isList ? unsaid : null);
        prices.set(name.value, { type, isList, once, each: each.get(type) ?? 0, size });
      }
      this.byType.set(node.name.value, prices);
    }
  }

  /** The type at which an operation begins. */
  root(operation: string): string {
    return this.roots.get(operation) ?? '';
  }

  /** Undefined for a field that is not there, which validation refuses. */
  of(type: string, field: string): Price | undefined {
    return this.byType.get(type)?.get(field);
  }
}

function named(type: TypeNode, isList = false): { type: string; isList: boolean } {
  if (type.kind === Kind.NAMED_TYPE) return { type: type.name.value, isList };
  return named(type.type, isList || type.kind === Kind.LIST_TYPE);
}

function weightOf(directives: readonly ConstDirectiveNode[] = []): number | undefined {
  const weight = argumentsOf(directives, 'cost')?.get('weight');
  return weight?.kind === Kind.INT || weight?.kind === Kind.STRING ? Number(weight.value) : undefined;
}

function sizeOf(directives: readonly ConstDirectiveNode[] = []): ListSize | null {
  const given = argumentsOf(directives, 'listSize');
  if (!given) return null;
  const assumed = given.get('assumedSize');
  return {
    assumed: assumed?.kind === Kind.INT ? Number(assumed.value) : FEW,
    slicing: texts(given.get('slicingArguments')),
    fields: new Set(texts(given.get('sizedFields'))),
  };
}

function argumentsOf(directives: readonly ConstDirectiveNode[], name: string): Map<string, ConstValueNode> | undefined {
  const directive = directives.find((node) => node.name.value === name);
  return directive && new Map((directive.arguments ?? []).map((given) => [given.name.value, given.value]));
}

const texts = (value: ConstValueNode | undefined): string[] =>
  value?.kind === Kind.LIST ? value.values.flatMap((text) => (text.kind === Kind.STRING ? [text.value] : [])) : [];
