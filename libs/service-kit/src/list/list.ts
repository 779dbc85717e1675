import type { Type } from '@nestjs/common';
import type { GraphQLScalarType } from 'graphql';
import { registerEnumType, ArgsType, Field, InputType, Int } from '@nestjs/graphql';
import type { CrmRecord } from '../record.js';
import { snake, type RecordType } from '../store/table.js';
import {
  BooleanFilter,
  DateFilter,
  DateTimeFilter,
  enumFilterOf,
  IdFilter,
  NumberFilter,
  SortDirection,
  TextFilter,
} from './filters.js';

export type FieldKind = 'id' | 'text' | 'enum' | 'instant' | 'day' | 'number' | 'boolean';

/** One field that a list can be filtered or ordered by. */
export interface FieldDescription {
  readonly kind: FieldKind;
  /** An SQL expression over the row `t`; the field's own column where nothing is said. */
  readonly expression?: string;
  readonly filter?: boolean;
  readonly order?: boolean;
  readonly nullable?: boolean;
  /** The field holds several values; it is compared with one that it contains, and wants a GIN index. */
  readonly several?: boolean;
  /** The registered enum of a field of kind `enum`. */
  readonly enum?: { readonly type: object; readonly name: string };
}

type Options = Omit<FieldDescription, 'kind' | 'enum'>;
const described =
  (kind: FieldKind) =>
  (options: Options = {}): FieldDescription => ({ filter: true, ...options, kind });

/** Builders of field descriptions. A field is filterable unless `filter: false`, and orderable with `order: true`, which wants an index. */
export const field = {
  id: described('id'),
  text: described('text'),
  instant: described('instant'),
  day: described('day'),
  number: described('number'),
  boolean: described('boolean'),
  enum: (type: object, name: string, options: Options = {}): FieldDescription => ({
    filter: true,
    ...options,
    kind: 'enum',
    enum: { type, name },
  }),
};

export interface ListDescription<T extends CrmRecord<object>> {
  readonly type: RecordType<T>;
  readonly fields: Readonly<Record<string, FieldDescription & { expression: string }>>;
  /** The SQL expression that `search` looks into, which wants a trigram index. */
  readonly search: string | null;
  readonly defaultOrder: { readonly field: string; readonly direction: 'ASC' | 'DESC' };
  /** The GraphQL arguments: `first after last before filter orderBy`. */
  readonly Args: new () => object;
}

/**
 * Describes the list of a noun once: which fields it can be filtered and ordered by. From it come the GraphQL inputs
 * (`LeadFilter`, `LeadOrder`) and the SQL. The default order is by `createdAt`, newest first.
 */
export function list<T extends CrmRecord<object>>(
  type: RecordType<T>,
  name: string,
  {
    fields,
    search = null,
    defaultOrder = { field: 'createdAt', direction: 'DESC' },
  }: {
    fields: Record<string, FieldDescription>;
    search?: string | null;
    defaultOrder?: { field: string; direction: 'ASC' | 'DESC' };
  },
): ListDescription<T> {
  const all: Record<string, FieldDescription> = {
    id: field.id(),
    createdAt: field.instant({ order: true }),
    ...fields,
  };
  const complete = Object.fromEntries(
    Object.entries(all).map(([key, f]) => [key, { ...f, expression: f.expression ?? `t.${snake(key)}` }]),
  );
  return { type, fields: complete, search, defaultOrder, Args: argsOf(name, all, search !== null) };
}

function argsOf(name: string, fields: Record<string, FieldDescription>, searchable: boolean): new () => object {
  const Filter = named(`${name}Filter`);
  for (const [key, { kind, filter, enum: enumeration }] of Object.entries(fields)) {
    if (!filter) continue;
    const type =
      kind === 'enum' && enumeration
        ? enumFilterOf(enumeration.type, enumeration.name)
        : filterTypes[kind as keyof typeof filterTypes];
    Field(() => type, { nullable: true, description: `Condition on ${key}.` })(Filter.prototype, key);
  }
  if (searchable)
    Field(() => String, { nullable: true, description: 'A part of a name, mail or phone; at least two characters.' })(
      Filter.prototype,
      'search',
    );
  Field(() => [Filter], { nullable: true, description: 'All of these hold.' })(Filter.prototype, 'and');
  Field(() => [Filter], { nullable: true, description: 'At least one of these holds.' })(Filter.prototype, 'or');
  Field(() => Filter, { nullable: true, description: 'This does not hold.' })(Filter.prototype, 'not');
  InputType(`${name}Filter`, { description: 'Conditions; all that are given must hold.' })(Filter);

  const orderFields = Object.fromEntries(
    Object.entries(fields)
      .filter(([, f]) => f.order)
      .map(([key]) => [key, key]),
  );
  registerEnumType(orderFields, { name: `${name}OrderField`, description: 'What the list can be ordered by.' });
  const Order = named(`${name}Order`);
  Field(() => orderFields, { description: 'By what.' })(Order.prototype, 'field');
  Field(() => SortDirection, {
    defaultValue: 'ASC',
    description: 'Which way; rows without a value come last either way.',
  })(Order.prototype, 'direction');
  InputType(`${name}Order`, { description: 'One key of an order.' })(Order);

  const Args = named(`${name}Args`);
  const optional = (of: () => Type | [Type] | GraphQLScalarType, key: string, description: string) =>
    Field(of, { nullable: true, description })(Args.prototype, key);
  optional(
    () => Int,
    'first',
    'How many rows from the beginning, or after `after`; 50 where nothing is said, at most 200.',
  );
  optional(() => String, 'after', 'The cursor behind which to go on.');
  optional(() => Int, 'last', 'How many rows from the end, or before `before`; at most 200.');
  optional(() => String, 'before', 'The cursor before which to go back.');
  optional(() => Filter, 'filter', 'Which rows.');
  optional(() => [Order], 'orderBy', 'In which order; ties are settled by id.');
  ArgsType()(Args);
  return Args;
}

const filterTypes = {
  id: IdFilter,
  text: TextFilter,
  instant: DateTimeFilter,
  day: DateFilter,
  number: NumberFilter,
  boolean: BooleanFilter,
};

function named(name: string): new () => object {
  const type = class {};
  Object.defineProperty(type, 'name', { value: name });
  return type;
}
