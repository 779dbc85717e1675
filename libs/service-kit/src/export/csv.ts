import {
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

type Shown = Record<string, unknown>;
export interface Column {
  /** The path by which one would ask for it: `amount.currency`, `owner.id`. */
  readonly path: string;
  /** Where the API shows it: `Deal.amount`. */
  readonly place: string;
  readonly cell: (shown: Shown) => unknown;
}

/**
 * The columns of what the API shows in a list: each value; of a part (money, an address) each of its values; of another
 * record its id; phones and mails as they were typed. Other lists, and what takes arguments, have no place in a table.
 */
export function columnsOf(schema: GraphQLSchema, list: string): Column[] {
  const connection = getNamedType(schema.getQueryType()?.getFields()[list]?.type);
  const nodes = isObjectType(connection) && getNamedType(connection.getFields()['nodes']?.type);
  if (!isObjectType(nodes)) throw new Error(`The query ${list} is no list`);
  return columnsWithin(nodes);
}

const columnsWithin = (type: GraphQLObjectType): Column[] =>
  Object.values(type.getFields()).flatMap((field) =>
    field.args.length > 0
      ? []
      : columnsFor(field).map((column) => ({ ...column, place: `${type.name}.${field.name}` })),
  );

function columnsFor({ name, type }: GraphQLField<unknown, unknown>): Omit<Column, 'place'>[] {
  const shape = getNullableType(type);
  if (isLeafType(shape)) return [{ path: name, cell: (shown) => valueOf(shape, shown[name]) }];
  if (isListType(shape))
    return getNamedType(shape).name === 'ContactPoint' ? [{ path: name, cell: (shown) => typed(shown[name]) }] : [];
  if (!isObjectType(shape)) return [];
  // What is shown of a field that a resolver answers with another record is the id under `<field>Id`.
  const id = shape.getFields()['id'];
  if (id) return [{ path: `${name}.id`, cell: (shown) => (shown[name] as Shown | null)?.['id'] ?? shown[`${name}Id`] }];
  return columnsWithin(shape).map(({ path, cell }) => ({
    path: `${name}.${path}`,
    cell: (shown) => shown[name] && cell(shown[name] as Shown),
  }));
}

const valueOf = (type: GraphQLLeafType, value: unknown) => (value == null ? null : type.serialize(value));
const typed = (points: unknown) => (points as { typed: string }[]).map((point) => point.typed).join('; ');

/** What begins a formula, in full width too. */
const FORMULA = /^[-=+@\t\r＝＋－＠]/;
const QUOTED = /[",\r\n]/;

/**
 * A cell as RFC 4180 has it. A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP
 * advises (CSV Injection); a number stays one, also below zero. A lone line break is quoted as well: a spreadsheet would take
 * what follows it for a row, and for a formula.
 */
function written(value: unknown): string {
  if (value == null) return '';
  if (typeof value === 'number') return String(value);
  const text = value instanceof Date ? value.toISOString() : String(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(text) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
const line = (cells: readonly unknown[]) => `${cells.map(written).join(',')}\r\n`;

/** The first line. Spreadsheets know UTF-8 by its mark alone. */
export const headOf = (columns: readonly Column[]): string => `\ufeff${line(columns.map(({ path }) => path))}`;
/** What is hidden is left empty: a file keeps its columns. */
export const linesOf = (
  columns: readonly Column[],
  shown: readonly object[],
  hidden: ReadonlySet<string> = new Set(),
): string => {
  const cells = columns.map(({ cell, place }) => (hidden.has(place) ? () => null : cell));
  return shown.map((one) => line(cells.map((cell) => cell(one as Shown)))).join('');
};
