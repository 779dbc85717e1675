import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type ExecutionResult,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** Numbers that look as if made by chance, the same for the same seed. */
export class Chance {
  constructor(private state: number) {}

  /** From 0 up to, not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }
}

/** A number that a text always gives. */
export function numberOf(text: string): number {
  let hash = 2_166_136_261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
  return hash >>> 0;
}

export interface Generated {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface Wishes {
  /** How deep fields lie within fields. */
  readonly depth: number;
  readonly mutations: boolean;
  /** Fields at the top that are left out. */
  readonly without?: RegExp;
  /** Values of scalars that are not GraphQL's own, as JSON; wrong ones among them. */
  readonly scalars: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * An operation over a schema, made by chance: aliases, fragments within and by name, `@skip` and `@include`, arguments
 * written out and as variables, some of which do not fit. It need not be valid.
 */
export function operationOf(schema: GraphQLSchema, chance: Chance, wishes: Wishes): Generated {
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];
  let names = 0;
  const mutates = wishes.mutations && chance.oneIn(6);
  const root = mutates ? schema.getMutationType()! : schema.getQueryType()!;
  const selected = selection(root, wishes.depth);
  const head = definitions.length > 0 ? `(${definitions.join(', ')})` : '';
  return { query: `${mutates ? 'mutation' : 'query'} Made${head} ${selected}\n${fragments.join('\n')}`, variables };

  function selection(parent: GraphQLCompositeType, depth: number): string {
    const parts: string[] = [];
    for (let n = 1 + chance.below(4); n > 0; n--) parts.push(part(parent, depth));
    return `{ ${parts.join(' ')} }`;
  }

  function part(parent: GraphQLCompositeType, depth: number): string {
    if (chance.oneIn(10)) return `${chance.oneIn(2) ? '' : `t${names++}: `}__typename`;
    const concrete = isObjectType(parent) ? [parent] : schema.getPossibleTypes(parent);
    if (!('getFields' in parent) || chance.oneIn(6)) {
      const on = chance.of([parent, ...concrete]);
      if (!('getFields' in on)) return '__typename';
      if (chance.oneIn(2)) return `... on ${on.name}${directive()} ${selection(on, depth)}`;
      const name = `F${names++}`;
      fragments.push(`fragment ${name} on ${on.name} ${selection(on, depth)}`);
      return `...${name}${directive()}`;
    }
    const fields = Object.values(parent.getFields()).filter(
      ({ name, type }) => !wishes.without?.test(name) && (depth > 0 || !isCompositeType(getNamedType(type))),
    );
    return fields.length > 0 ? field(chance.of(fields), depth) : '__typename';
  }

  function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = chance.oneIn(2) || args.length > 0 ? `${name}${names++}: ` : '';
    const given = args.flatMap((arg) => (isNonNullType(arg.type) || chance.oneIn(2) ? [argument(arg)] : []));
    const named = getNamedType(type);
    const below = isCompositeType(named) ? ` ${selection(named, depth - 1)}` : '';
    return `${alias}${name}${given.length > 0 ? `(${given.join(', ')})` : ''}${directive()}${below}`;
  }

  function directive(): string {
    if (!chance.oneIn(12)) return '';
    const condition = chance.oneIn(2) ? String(chance.oneIn(2)) : variable('Boolean!', chance.oneIn(2));
    return ` @${chance.of(['skip', 'include'])}(if: ${condition})`;
  }

  function argument({ name, type }: GraphQLArgument): string {
    const value = valueOf(type, 2);
    return `${name}: ${chance.oneIn(3) ? written(type, value) : variable(String(type), value)}`;
  }

  function variable(type: string, value: unknown): string {
    const name = `v${names++}`;
    definitions.push(`$${name}: ${type}`);
    if (value !== undefined) variables[name] = value;
    return `$${name}`;
  }

  function valueOf(type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return chance.oneIn(60) ? null : valueOf(type.ofType, depth);
    if (chance.oneIn(8)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable))
      return Array.from({ length: chance.below(3) }, () => valueOf(nullable.ofType as GraphQLInputType, depth));
    if (isEnumType(nullable))
      return chance.oneIn(40) ? 'NO_SUCH_WORD' : chance.of(nullable.getValues().map(({ name }) => name));
    if (isInputObjectType(nullable)) {
      const entries = Object.values(nullable.getFields()).flatMap((given) => {
        const needed = isNonNullType(given.type) && given.defaultValue === undefined;
        if (!needed && (depth <= 0 || !chance.oneIn(3))) return [];
        return [[given.name, valueOf(given.type, depth - 1)] as const];
      });
      return Object.fromEntries(chance.oneIn(60) ? [...entries, ['nothingOfTheKind', 1]] : entries);
    }
    const { name } = getNamedType(type);
    return chance.of(wishes.scalars[name] ?? builtIn[name] ?? ['x']);
  }
}

const builtIn: Readonly<Record<string, readonly unknown[]>> = {
  ID: ['a', '0192', 7],
  String: ['', 'some words', 'ёлка'],
  Int: [0, 3, -1, 2_147_483_647, 2_147_483_648],
  Float: [0, 1.5, -2],
  Boolean: [true, false],
};

/** A value as a document holds it. */
function written(type: GraphQLInputType, value: unknown): string {
  const nullable = getNullableType(type);
  if (value === null || value === undefined) return 'null';
  if (isListType(nullable)) {
    const items = Array.isArray(value) ? value : [value];
    return `[${items.map((item) => written(nullable.ofType as GraphQLInputType, item)).join(', ')}]`;
  }
  if (isInputObjectType(nullable)) {
    const fields = nullable.getFields();
    const entries = Object.entries(value as object).map(
      ([name, given]) => `${name}: ${fields[name] ? written(fields[name].type, given) : String(given)}`,
    );
    return `{ ${entries.join(', ')} }`;
  }
  return isEnumType(nullable) ? String(value) : JSON.stringify(value).replace(/"(\w+)":/g, '$1: ');
}

/**
 * An answer that can be compared. Several errors that make the same place null are told in no certain number and order: of those
 * it says the place.
 */
export function comparable({ data, errors = [] }: ExecutionResult): unknown {
  const places = new Map<string, object[]>();
  for (const error of errors) {
    const place = error.path ? nullIn(data, error.path) : 'the request';
    const { message, path, locations, originalError } = error;
    // By its code a refusal is known; of other causes nothing is told to anybody.
    const told = { message, path, locations, code: (originalError as { code?: string } | undefined)?.code };
    places.set(place, [...(places.get(place) ?? []), told]);
  }
  const told = [...places].map(([place, all]) => (all.length > 1 && place !== 'the request' ? { place } : all));
  // Not as an object with a prototype, and with no more than JSON tells.
  return JSON.parse(JSON.stringify({ data, errors: told.map((all) => JSON.stringify(all)).sort() })) as unknown;
}

/** The first place along a path that is null. */
function nullIn(data: unknown, path: readonly (string | number)[]): string {
  let value = data;
  const way: (string | number)[] = [];
  for (const key of path) {
    if (value === null || value === undefined) break;
    way.push(key);
    value = (value as Record<string | number, unknown>)[key];
  }
  return way.join('.');
}

/** Arguments in the order of their names. */
export const inOrder = (args: object) =>
  JSON.stringify(args, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
