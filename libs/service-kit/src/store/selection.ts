import type { CrmRecord } from '../record.js';
import { hydrate, tableOf, type RecordType, type Table } from './table.js';

/** Properties of a record that somebody is going to look at; null: who knows, so all of them. */
export type Wanted = readonly string[] | null;

/** What is read of a table's rows, and how a row is looked at as a record. */
export interface Selection<T> {
  readonly table: Table;
  /** Tells it from the others of its table; empty where it is all columns. */
  readonly name: string;
  /** The column list of a select. */
  readonly columns: string;
  readonly record: (row: object) => T;
}

/** So many of a table at most, beside all columns: each has statements that PostgreSQL keeps prepared. */
const MOST = 100;
const known = new WeakMap<RecordType, Map<string, Selection<CrmRecord<object>>>>();

/** The columns of what is wanted. A record that is made of them throws where another of its properties is looked at. */
export function selectionOf<T extends CrmRecord<object>>(type: RecordType<T>, wanted: Wanted): Selection<T> {
  let ofType = known.get(type);
  if (!ofType) known.set(type, (ofType = new Map()));
  const name = wanted === null ? '' : [...new Set(wanted)].sort().join();
  let selection = ofType.get(name);
  if (!selection) {
    if (wanted !== null && ofType.size > MOST) return selectionOf(type, null);
    selection = wanted === null ? whole(type) : part(type, name, wanted);
    ofType.set(name, selection);
  }
  return selection as Selection<T>;
}

function whole<T extends CrmRecord<object>>(type: RecordType<T>): Selection<T> {
  const table = tableOf(type);
  return { table, name: '', columns: table.selection, record: (row) => hydrate(type, row) };
}

function part<T extends CrmRecord<object>>(type: RecordType<T>, name: string, wanted: readonly string[]): Selection<T> {
  const table = tableOf(type);
  const read = table.columns.filter(({ property }) => wanted.includes(property));
  const unread = table.columns.filter((column) => !read.includes(column));
  const refuse = (property: string): PropertyDescriptor => ({
    get() {
      throw new Error(`${property} of this ${type.name} was not read: say with @Reads that the field is made of it`);
    },
  });
  const prototype: unknown = Object.create(
    type.prototype as object,
    Object.fromEntries(unread.map(({ property }) => [property, refuse(property)])),
  );
  // Not made by its own constructor, which would put something in place of what was not read.
  function Part() {}
  Part.prototype = prototype;
  const Made = Part as unknown as new () => T;
  const columns = read.map((column) => `t."${column.name}" as "${column.property}"`).join(', ');
  return { table, name, columns, record: (row) => Object.assign(new Made(), row) };
}
