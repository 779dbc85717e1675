import type { Id } from '@voronka/contracts';
import type { CrmRecord } from '../record.js';
import { selected, tableOf, type RecordType, type Table } from './table.js';

/** Properties of a record that somebody is going to look at; null: who knows, so all of them. */
export type WantedProperties = readonly string[] | null;

/** A row's values, in the order of the columns. */
export type Row = readonly unknown[];

/** What is read of a table's rows, and how a row is looked at as a record. */
export interface Selection<T> {
  readonly table: Table;
  /** Tells it from the others of its table; empty where it is all columns. */
  readonly name: string;
  /** The column list of a select. */
  readonly columns: string;
  /** Of a row as a list of values. */
  readonly record: (row: Row) => T;
  readonly idOf: (row: Row) => Id;
}

/** So many of a table at most, beside all columns: each has statements that PostgreSQL keeps prepared. */
const MOST = 100;
const known = new WeakMap<RecordType, Map<string, Selection<CrmRecord<object>>>>();

/** The columns of what is wanted. A record that is made of them throws where another of its properties is looked at. */
export function selectionOf<T extends CrmRecord<object>>(type: RecordType<T>, wanted: WantedProperties): Selection<T> {
  let ofType = known.get(type);
  if (!ofType) known.set(type, (ofType = new Map()));
  const name = wanted === null ? '' : [...new Set(wanted)].sort().join();
  let selection = ofType.get(name);
  if (!selection) {
    if (wanted !== null && ofType.size > MOST) return selectionOf(type, null);
    ofType.set(name, (selection = select(type, name, wanted)));
  }
  return selection as Selection<T>;
}

function select<T extends CrmRecord<object>>(
  type: RecordType<T>,
  name: string,
  wanted: WantedProperties,
): Selection<T> {
  const table = tableOf(type);
  const read = table.columns.filter(({ property }) => wanted?.includes(property) ?? true);
  const properties = read.map(({ property }) => property);
  const Made = wanted === null ? type : partOf(type, properties);
  const idAt = properties.indexOf('id');
  return {
    table,
    name,
    columns: selected(read),
    record: (row) => {
      const made = new Made() as CrmRecord<object> & Record<string, unknown>;
      for (let i = 0; i < properties.length; i++) made[properties[i]!] = row[i];
      return made as unknown as T;
    },
    idOf: (row) => row[idAt] as Id,
  };
}

/** Its records say nothing of what was not read. */
function partOf<T extends CrmRecord<object>>(type: RecordType<T>, read: readonly string[]): new () => T {
  const refuse = (property: string): PropertyDescriptor => ({
    get() {
      throw new Error(`${property} of this ${type.name} was not read: say with @Reads that the field is made of it`);
    },
  });
  const unread = tableOf(type).columns.filter(({ property }) => !read.includes(property));
  // Not made by its own constructor, which would put something in place of what was not read.
  function Part() {}
  Part.prototype = Object.create(
    type.prototype as object,
    Object.fromEntries(unread.map(({ property }) => [property, refuse(property)])),
  ) as object;
  return Part as unknown as new () => T;
}
