import type { Statement } from '@voronka/messaging';
import type { Bounds, Ranges } from '../access/reach.js';
import type { CrmRecord } from '../record.js';
import { tableOf } from '../store/table.js';
import { COUNT_CAP, type Filter, type ListArgs } from './args.js';
import { conditionOf, sqlTypeOf, Values } from './conditions.js';
import type { OrderKey, positionOf } from './cursor.js';
import type { ListDescription } from './list.js';

/** Whose are less than a fiftieth of all rows own little: so many are read as fast, in the mean, as the index of three letters. */
const LITTLE = 50;

interface Column {
  readonly sql: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly descending: boolean;
  readonly value: string | number | boolean | null;
}

/** Rows with a value of the first key, those without, or all, where it always has one. */
export type Phase = 'values' | 'nulls' | 'only';
export type Position = ReturnType<typeof positionOf> | null;

/** The rows of one phase of a page, as many as `limit`, as lists of `columns`. */
export function pageStatement<T extends CrmRecord<object>>(
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
  const ordered = `order by ${order.join(', ')} limit ${limit}`;
  const { before, sources } = sourcesOf(list, filter, bounds, conditions, values);
  const [only = '', ...others] = sources.map((source) => `${source} ${ordered}`);
  const text =
    others.length === 0
      ? `select ${selected} ${only}`
      : `select ${selected} from (${[only, ...others].map((part) => `(select t.* ${part})`).join(' union all ')}) t ${ordered}`;
  return { text: before + text, values: values.all, rowMode: 'array' };

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

/** How many there are, up to 10,000. */
export function countStatement<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  { filter }: ListArgs,
  bounds: Bounds,
): Statement {
  const values = new Values();
  const { name, whose } = tableOf(list.type);
  const filtered = filter ? [conditionOf(list, filter, values)] : [];
  if (bounds.owners && filtered.every((condition) => condition === 'true'))
    return countBetween(name, whose.owner, bounds.owners);
  const { before, sources } = sourcesOf(list, filter, bounds, filtered, values);
  const parts = sources.map((source) => `select ${source}`);
  return {
    text: `${before}select count(*)::int as count from (${parts.join(' union all ')} limit ${COUNT_CAP}) counted`,
    values: values.all,
  };
}

/**
 * Where the rows are: each alternative by itself, so that it is read by an index of its own. Those who are named and own
 * little have all that is theirs read for a search: the index of three letters reads the places of every part of what is
 * looked for, whose ever they are, and PostgreSQL takes it for ten times cheaper than it is.
 */
function sourcesOf<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  filter: Filter | null | undefined,
  bounds: Bounds,
  conditions: readonly string[],
  values: Values,
): { before: string; sources: string[] } {
  const { name, whose } = tableOf(list.type);
  const alternatives = bounds.alternatives(whose, values.once);
  const where = (...all: readonly string[]) => `where ${all.join(' and ')}`;
  if (!filter?.search || !bounds.named)
    return { before: '', sources: alternatives.map((within) => `from "${name}" t ${where(within, ...conditions)}`) };
  const theirs = alternatives.map((within) => `select from "${name}" t ${where(within)}`).join(' union all ');
  return {
    before: `with little as materialized (
      select count(*) < max(most) as owned
      from (select greatest(reltuples, 0) / ${LITTLE} as most from pg_class where oid = '"${name}"'::regclass) of_all
      left join lateral (${theirs} limit most) theirs on true) `,
    sources: alternatives.flatMap((within) => [
      // What is cut off is not looked for by an index.
      `from (select * from "${name}" t ${where(within)} offset 0) t ${where('(select owned from little)', ...conditions)}`,
      `from "${name}" t ${where('not (select owned from little)', within, ...conditions)}`,
    ]),
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
