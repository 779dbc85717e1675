import { entities, type Entity } from '@voronka/contracts';
import { getMetadataArgsStorage } from 'typeorm';
import type { WhoseColumns } from '../access/reach.js';
import { CrmRecord } from '../record.js';

export type RecordType<T extends CrmRecord<object> = CrmRecord<object>> = new () => T;

interface ColumnOf {
  readonly property: string;
  readonly name: string;
}

/** Of a record that is part of another one: which, and under which property its id stands. Who sees the one sees the other. */
export interface PartOf {
  readonly type: () => RecordType;
  readonly key: string;
}
/** What a record class whose table bears no entity's name says of itself: what it is part of, or that people never ask for it. */
export type Guarding = PartOf | 'ours';

/** What the ORM's decorators say of a record's table, as the statements that are prepared once and reused. */
export interface Table {
  readonly name: string;
  /** The entity that rights speak of; null for what is part of another record, and what people never ask for. */
  readonly entity: Entity | null;
  readonly partOf: PartOf | null;
  /** The columns that say whose a record is, of the table under the name `t`. */
  readonly whose: WhoseColumns;
  readonly columns: readonly ColumnOf[];
  /** The properties by which it is told whether somebody may see a record that was read. */
  readonly sightBy: readonly string[];
  /** The column list of a select, each under its property's name. */
  readonly selection: string;
  readonly insert: string;
  readonly update: string;
}

export const snake = (property: string) => property.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
const SHARED = 'shared_to_read';
const quoted = (name: string) => `"${name}"`;

const tables = new WeakMap<object, Table>();

/** The table of a record class; throws for a class without `@Entity`. */
export function tableOf(type: RecordType): Table {
  let table = tables.get(type);
  if (!table) tables.set(type, (table = describe(type)));
  return table;
}

function describe(type: RecordType): Table {
  const storage = getMetadataArgsStorage();
  const lineage: object[] = [];
  for (
    let t: object | null = type;
    typeof t === 'function' && t !== Function.prototype;
    t = Object.getPrototypeOf(t) as object | null
  )
    lineage.push(t);
  const entity = storage.tables.find((t) => t.target === type);
  if (!entity?.name) throw new Error(`${type.name} needs @Entity('<table>')`);
  const columns = storage.columns
    .filter((c) => lineage.includes(c.target as object))
    .map((c) => ({ property: c.propertyName, name: c.options.name ?? snake(c.propertyName) }));
  const name = quoted(entity.name);
  const guarded = entities.find((known) => known === entity.name) ?? null;
  const { guarding } = type as { guarding?: Guarding };
  if (!guarded && !guarding)
    throw new Error(`${type.name} is no entity that rights speak of: say with a static \`guarding\` who may see it`);
  const names = columns.map((c) => quoted(c.name)).join(', ');
  const rows = `jsonb_populate_recordset(null::${name}, $1::jsonb)`;
  const partOf = typeof guarding === 'object' ? guarding : null;
  const tellsWhose = ['id', 'ownerId', 'pipelineId', 'sharedToRead', 'sharedToWork', ...(partOf ? [partOf.key] : [])];
  const assignments = columns.filter((c) => c.name !== 'id').map((c) => `${quoted(c.name)} = r.${quoted(c.name)}`);
  return {
    name: entity.name,
    entity: guarded,
    partOf,
    whose: {
      owner: 't.owner_id',
      shared: columns.some((c) => c.name === SHARED) ? `t.${SHARED}` : undefined,
      pipeline: pipelineOf(guarded, columns),
    },
    columns,
    sightBy: tellsWhose.filter((property) => columns.some((column) => column.property === property)),
    selection: selected(columns),
    insert: `insert into ${name} (${names}) select ${names} from ${rows}`,
    update: `update ${name} t set ${assignments.join(', ')} from ${rows} r where t.id = r.id`,
  };
}

/** Columns of the table under the name `t`, each under its property's name. */
export const selected = (columns: readonly ColumnOf[]): string =>
  columns.map((c) => `t.${quoted(c.name)} as ${quoted(c.property)}`).join(', ');

/** The column by which a table's records lie in a pipeline; a pipeline lies in itself. */
function pipelineOf(entity: Entity | null, columns: readonly ColumnOf[]): string | null {
  if (entity === 'pipeline') return 't.id';
  return columns.some((c) => c.property === 'pipelineId') ? 't.pipeline_id' : null;
}

/** A selected row as its record, to be looked at. */
export const hydrate = <T extends CrmRecord<object>>(type: RecordType<T>, row: object): T =>
  Object.assign(new type(), row);

/** The same to be changed: its present state is what the next event tells changes against. */
export function hydrateToChange<T extends CrmRecord<object>>(type: RecordType<T>, row: object): T {
  const record = hydrate(type, row);
  CrmRecord.remember(record);
  return record;
}

/** Records as the one parameter of `insert` and `update`. */
export function asRows(table: Table, records: readonly object[]): string {
  const rows = (records as readonly Record<string, unknown>[]).map((record) => {
    const row: Record<string, unknown> = {};
    for (const { name, property } of table.columns) row[name] = record[property] ?? null;
    return row;
  });
  return JSON.stringify(rows);
}
