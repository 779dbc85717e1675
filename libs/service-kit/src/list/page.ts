import { DomainError } from '@voronka/contracts';
import type { Database } from '@voronka/messaging';
import type { Bounds, Ranges } from '../access/reach.js';
import type { CrmRecord } from '../record.js';
import { selectionOf, type Row, type WantedProperties } from '../store/selection.js';
import { tableOf } from '../store/table.js';
import { COUNT_CAP, DEFAULT_PAGE, MAX_PAGE, type ListArgs } from './args.js';
import { conditionOf, sqlTypeOf, Values } from './conditions.js';
import { cursorOf, positionOf, type OrderKey } from './cursor.js';
import type { ListDescription } from './list.js';

export interface Page<T> {
  readonly rows: readonly T[];
  /** The cursor of a row, by its place. Made when it is asked for: most pages are read for their rows. */
  readonly cursorAt: (place: number) => string | null;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Counts up to 10,000; costs a statement of its own. */
  readonly totalCount: () => Promise<number>;
}

const MAX_ORDER_KEYS = 4;

/**
 * One page by keyset. Rows without a value of the first key come last, and are read as a phase of their own, because a
 * comparison of rows drops them and could not use the index.
 */
export async function pageOf<T extends CrmRecord<object>>(
  database: Database,
  list: ListDescription<T>,
  args: ListArgs,
  bounds: Bounds,
  { largest = MAX_PAGE, wanted = null }: { largest?: number; wanted?: WantedProperties } = {},
): Promise<Page<T>> {
  const size = sizeOf(args, largest);
  const { keys, position, backwards, selection, statements } = planned(list, args, bounds, wanted);

  const rows: Row[] = [];
  for (const statement of statements) {
    if (rows.length > size) break;
    rows.push(...(await database.query<Row>(statement(size + 1 - rows.length))).rows);
  }

  const more = rows.length > size;
  const page = rows.slice(0, size).map(selection.record);
  if (backwards) page.reverse();
  return {
    rows: page,
    cursorAt: (place) => {
      const row = page.at(place);
      return row ? cursorOf(keys, row) : null;
    },
    hasNextPage: backwards ? position !== null : more,
    hasPreviousPage: backwards ? more : position !== null,
    totalCount: async () => {
      const { rows: found } = await database.query<{ count: number }>(countStatement(list, args, bounds));
      return found[0]?.count ?? 0;
    },
  };
}

/** The statements that a page may take, and that of its count: for those who look at what they cost. */
export function statementsOf<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  args: ListArgs,
  bounds: Bounds,
): { pages: Statement[]; count: Statement } {
  const limit = sizeOf(args, MAX_PAGE) + 1;
  const { statements } = planned(list, args, bounds, null);
  return { pages: statements.map((statement) => statement(limit)), count: countStatement(list, args, bounds) };
}

export interface Statement {
  /** Under which it is prepared, if it is. */
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode?: 'array';
}

/** What a page is read by; each statement, given how many rows are wanted still, follows on those before. */
function planned<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  args: ListArgs,
  bounds: Bounds,
  wanted: WantedProperties,
) {
  const keys = keysOf(list, args);
  const backwards = args.last != null;
  const cursor = backwards ? args.before : args.after;
  const position = cursor ? positionOf(keys, cursor, backwards ? 'before' : 'after') : null;
  // A cursor is made of the row.
  const selection = selectionOf(list.type, wanted && [...wanted, ...keys.map(({ field }) => field)]);
  const { columns } = selection;
  const statements = phasesOf(list, keys, position, backwards).map(
    (phase) => (limit: number) => statementOf(list, keys, args, bounds, { phase, position, backwards, limit, columns }),
  );
  return { keys, position, backwards, selection, statements };
}

function sizeOf({ first, last, after, before }: ListArgs, largest: number): number {
  if (first != null && last != null)
    throw new DomainError('INVALID_QUERY', 'Ask for the first or for the last rows, not for both.', 'last');
  if (last == null && before)
    throw new DomainError('INVALID_QUERY', 'Say with `last` how many rows before the cursor.', 'before');
  if (last != null && after)
    throw new DomainError('INVALID_QUERY', 'Going back starts from `before`, not from `after`.', 'after');
  const size = first ?? last ?? DEFAULT_PAGE;
  const field = last != null ? 'last' : 'first';
  if (size < 1) throw new DomainError('INVALID_NUMBER', 'Ask for at least one row.', field);
  if (size > largest)
    throw new DomainError(
      'PAGE_TOO_LARGE',
      `A page has at most ${largest} rows. Ask for fewer and go on with the cursor.`,
      field,
    );
  return size;
}

function keysOf<T extends CrmRecord<object>>(list: ListDescription<T>, { orderBy }: ListArgs): OrderKey[] {
  const asked = orderBy?.length ? orderBy : [list.defaultOrder];
  if (asked.length > MAX_ORDER_KEYS)
    throw new DomainError('TOO_MANY', `Order by at most ${MAX_ORDER_KEYS} fields.`, 'orderBy');
  const keys = asked.map(({ field, direction }, i) => {
    if (!list.fields[field]?.order)
      throw new DomainError('UNKNOWN_FIELD', `This list cannot be ordered by ${field}.`, `orderBy.${i}.field`);
    return { field, direction };
  });
  // Ties are settled by id, in the direction of the last key, so that one index can serve the whole order.
  return [...keys, { field: 'id', direction: keys.at(-1)?.direction ?? 'ASC' }];
}

interface Column {
  readonly sql: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly descending: boolean;
  readonly value: string | number | boolean | null;
}

type Phase = 'values' | 'nulls' | 'only';
type Position = ReturnType<typeof positionOf> | null;

function phasesOf<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  keys: readonly OrderKey[],
  position: Position,
  backwards: boolean,
): Phase[] {
  const [first] = keys;
  if (!first || !list.fields[first.field]?.nullable) return ['only'];
  const phases: Phase[] = backwards ? ['nulls', 'values'] : ['values', 'nulls'];
  if (!position) return phases;
  return phases.slice(phases.indexOf(position[0] === null ? 'nulls' : 'values'));
}

function statementOf<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  keys: readonly OrderKey[],
  { filter }: ListArgs,
  bounds: Bounds,
  {
    phase,
    position,
    backwards,
    limit,
    columns: selected,
  }: { phase: Phase; position: Position; backwards: boolean; limit: number; columns: string },
): Statement {
  const values = new Values();
  const columns = keys.map((key, i): Column => {
    const field = list.fields[key.field];
    if (!field) throw new Error(`${key.field} is not described`);
    return {
      sql: field.expression,
      type: sqlTypeOf(field),
      nullable: field.nullable === true && i > 0,
      descending: (key.direction === 'DESC') !== backwards,
      value: position?.[i] ?? null,
    };
  });
  const [head] = columns;
  const ordering = phase === 'nulls' ? columns.slice(1) : columns;
  const conditions = filter ? [conditionOf(list, filter, values)] : [];
  if (phase !== 'only' && head) conditions.push(`${head.sql} is ${phase === 'nulls' ? '' : 'not '}null`);
  const begins = phase === 'only' || !position || (phase === 'nulls') === (position[0] === null);
  if (position && begins) conditions.push(after(ordering, values));

  const order = ordering.map(
    (c) => `${c.sql} ${c.descending ? 'desc' : 'asc'}${c.nullable ? (backwards ? ' nulls first' : ' nulls last') : ''}`,
  );
  const { name, whose } = tableOf(list.type);
  const ordered = `order by ${order.join(', ')} limit ${limit}`;
  // Each alternative by an index of its own, in the order asked for.
  const [only = '', ...others] = bounds
    .alternatives(whose, values.once)
    .map((within) => `from "${name}" t where ${[within, ...conditions].join(' and ')} ${ordered}`);
  const text =
    others.length === 0
      ? `select ${selected} ${only}`
      : `select ${selected} from (${[only, ...others].map((part) => `(select t.* ${part})`).join(' union all ')}) t ${ordered}`;
  return { text, values: values.all, rowMode: 'array' };

  /** What lies behind the position: one comparison of rows where an index can serve it, else key by key. */
  function after(cs: readonly Column[], bound: Values): string {
    const value = (c: Column) => `${bound.add(c.value)}::${c.type}`;
    const plain = cs.every((c) => !c.nullable && c.descending === cs[0]?.descending);
    if (plain)
      return `(${cs.map((c) => c.sql).join(', ')}) ${cs[0]?.descending ? '<' : '>'} (${cs.map(value).join(', ')})`;
    const tied = (c: Column) => (c.value === null ? `${c.sql} is null` : `${c.sql} = ${value(c)}`);
    const behind = (c: Column): string => {
      if (c.value === null) return backwards ? `${c.sql} is not null` : 'false';
      const comparison = `${c.sql} ${c.descending ? '<' : '>'} ${value(c)}`;
      return c.nullable && !backwards ? `(${comparison} or ${c.sql} is null)` : comparison;
    };
    const alternatives = cs.map((c, i) => [...cs.slice(0, i).map(tied), behind(c)].join(' and '));
    return `(${alternatives.map((a) => `(${a})`).join(' or ')})`;
  }
}

function countStatement<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  { filter }: ListArgs,
  bounds: Bounds,
): Statement {
  const values = new Values();
  const { name, whose } = tableOf(list.type);
  const filtered = filter ? [conditionOf(list, filter, values)] : [];
  if (bounds.owners && filtered.every((condition) => condition === 'true'))
    return countBetween(name, whose.owner, bounds.owners);
  // Each alternative by itself, as in the page.
  const parts = bounds
    .alternatives(whose, values.once)
    .map((within) => `select from "${name}" t where ${[within, ...filtered].join(' and ')}`);
  return {
    text: `select count(*)::int as count from (${parts.join(' union all ')} limit ${COUNT_CAP}) counted`,
    values: values.all,
  };
}

/**
 * All that these people own, range by range until there is enough: what is read is nothing but ends of ranges and an index of
 * owners, no row is compared with those who are not meant.
 */
const countBetween = (table: string, owner: string, { from, to }: Ranges): Statement => ({
  name: `${table}:count-between`,
  text: `with recursive r(n, counted) as (
      select 0, 0
      union all
      select n + 1, counted + (select count(*)::int from (
          select from "${table}" t where ${owner} >= ($1::uuid[])[n + 1] and ${owner} <= ($2::uuid[])[n + 1]
          limit ${COUNT_CAP} - counted) c)
      from r where counted < ${COUNT_CAP} and n < cardinality($1::uuid[]))
    select max(counted) as count from r`,
  values: [from, to],
});
