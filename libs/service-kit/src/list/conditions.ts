import { DomainError } from '@voronka/contracts';
import { check, day } from '../inputs.js';
import type { CrmRecord } from '../record.js';
import type { Filter } from './args.js';
import type { FieldDescription, ListDescription } from './list.js';

const MAX_DEPTH = 4;
const MAX_CONDITIONS = 50;
const MAX_IN = 500;

/** Collects the values of a statement; `add` answers the placeholder. */
export class Values {
  readonly all: unknown[];
  private readonly places = new Map<unknown, string>();

  constructor(given: readonly unknown[] = []) {
    this.all = [...given];
  }
  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
  /** The same for what conditions of rights name again and again. */
  readonly once = (value: unknown): string => {
    const known = this.places.get(value) ?? this.add(value);
    this.places.set(value, known);
    return known;
  };
}

const sqlTypes: Record<FieldDescription['kind'], string> = {
  id: 'uuid',
  text: 'text',
  enum: 'text',
  instant: 'timestamptz',
  day: 'date',
  number: 'bigint',
  boolean: 'boolean',
};
export const sqlTypeOf = (field: FieldDescription) => sqlTypes[field.kind];

const operators: Record<string, string> = { eq: '=', gte: '>=', gt: '>', lte: '<=', lt: '<' };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A filter as an SQL condition. Refuses with `UNKNOWN_FIELD`, `INVALID_ID`, `TOO_MANY` and `INVALID_QUERY` (nested deeper
 * than 4, more than 50 conditions), with the path of what is wrong.
 */
export function conditionOf<T extends CrmRecord<object>>(
  list: ListDescription<T>,
  filter: Filter,
  values: Values,
): string {
  let count = 0;

  const all = (parts: string[], joint: string) => (parts.length > 1 ? `(${parts.join(joint)})` : (parts[0] ?? 'true'));

  const compile = (node: Filter, path: string, depth: number): string => {
    if (depth > MAX_DEPTH)
      throw new DomainError(
        'INVALID_QUERY',
        `This filter is nested too deeply. Use at most ${MAX_DEPTH} levels.`,
        path,
      );
    const parts: string[] = [];
    for (const [key, value] of Object.entries(node)) {
      if (value == null) continue;
      const at = `${path}.${key}`;
      if (key === 'and' || key === 'or') {
        const nested = (value as Filter[]).map((f, i) => compile(f, `${at}.${i}`, depth + 1));
        if (nested.length > 0) parts.push(all(nested, ` ${key} `));
      } else if (key === 'not') parts.push(`not coalesce(${compile(value as Filter, at, depth + 1)}, false)`);
      else if (key === 'search') parts.push(search(value as string, at));
      else parts.push(...conditions(key, value as Record<string, unknown>, at));
    }
    return all(parts, ' and ');
  };

  const search = (term: string, path: string): string => {
    const trimmed = term.trim();
    if (!list.search) throw new DomainError('UNKNOWN_FIELD', 'This list cannot be searched.', path);
    if (trimmed.length < 2 || trimmed.length > 100)
      throw new DomainError('INVALID_VALUE', 'Search for 2 to 100 characters.', path);
    requireText(trimmed, path);
    return `${list.search} like ${values.add(`%${trimmed.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`)}`;
  };

  const conditions = (key: string, condition: Record<string, unknown>, path: string): string[] => {
    const field = list.fields[key];
    if (!field?.filter) throw new DomainError('UNKNOWN_FIELD', `This list cannot be filtered by ${key}.`, path);
    return Object.entries(condition).flatMap(([operator, value]) => {
      if (value == null) return [];
      if (++count > MAX_CONDITIONS)
        throw new DomainError('TOO_MANY', `Use at most ${MAX_CONDITIONS} conditions.`, path);
      const at = `${path}.${operator}`;
      if (operator === 'isNull') return [`${field.expression} is ${value === true ? '' : 'not '}null`];
      const given = operator === 'in' ? (value as unknown[]) : [value];
      if (field.kind === 'id') requireIds(given, at);
      if (field.kind === 'day') given.forEach((one) => check(day, one, at));
      if (field.kind === 'text') given.forEach((one) => requireText(one as string, at));
      if (operator === 'in') {
        if ((value as unknown[]).length > MAX_IN)
          throw new DomainError('TOO_MANY', `Name at most ${MAX_IN} values.`, at);
        if (field.several) return [`${field.expression} && ${values.add(value)}::${sqlTypeOf(field)}[]`];
        return [`${field.expression} = any(${values.add(value)}::${sqlTypeOf(field)}[])`];
      }
      const sql = operators[operator];
      if (!sql) throw new DomainError('UNKNOWN_FIELD', `There is no condition ${operator}.`, at);
      if (field.several) return [`${field.expression} @> array[${values.add(value)}::${sqlTypeOf(field)}]`];
      return [`${field.expression} ${sql} ${values.add(value)}::${sqlTypeOf(field)}`];
    });
  };

  return compile(filter, 'filter', 1);
}

function requireIds(ids: readonly unknown[], path: string): void {
  for (const id of ids)
    if (typeof id !== 'string' || !UUID.test(id))
      throw new DomainError('INVALID_ID', 'This is not an id. Ids are UUIDs such as 0190a8f2-….', path);
}

/** PostgreSQL has no NUL in texts. */
function requireText(text: string, path: string): void {
  if (text.includes('\0')) throw new DomainError('TEXT_HAS_CONTROL_CHARACTERS', 'Remove the control characters.', path);
}
