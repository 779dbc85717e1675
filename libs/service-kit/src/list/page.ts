import { DomainError } from '@voronka/contracts';
import type { Database, Statement } from '@voronka/messaging';
import type { Bounds } from '../access/reach.js';
import type { CrmRecord } from '../record.js';
import { selectionOf, type Row, type WantedProperties } from '../store/selection.js';
import { DEFAULT_PAGE, MAX_PAGE, type ListArgs } from './args.js';
import { cursorOf, positionOf, type OrderKey } from './cursor.js';
import type { ListDescription } from './list.js';
import { countStatement, pageStatement, type Phase, type Position } from './statements.js';

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
    (phase) => (limit: number) =>
      pageStatement(list, keys, args, bounds, { phase, position, backwards, limit, columns }),
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
