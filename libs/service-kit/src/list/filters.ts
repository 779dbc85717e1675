import { Field, ID, InputType, registerEnumType } from '@nestjs/graphql';
import { CalendarDay, DateTime, SafeInt } from '../graphql/scalars.js';

export const SortDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
registerEnumType(SortDirection, { name: 'SortDirection', description: 'Upwards or downwards.' });

const isNull = 'True: only rows without a value. False: only rows with one.';

@InputType({ description: 'A condition on an id.' })
export class IdFilter {
  @Field(() => ID, { nullable: true, description: 'Is this one.' }) eq?: string;
  @Field(() => [ID], { nullable: true, description: 'Is one of these, 500 at most.' }) in?: string[];
  @Field(() => Boolean, { nullable: true, description: isNull }) isNull?: boolean;
}

@InputType({ description: 'A condition on a text.' })
export class TextFilter {
  @Field(() => String, { nullable: true, description: 'Is exactly this.' }) eq?: string;
  @Field(() => [String], { nullable: true, description: 'Is exactly one of these, 500 at most.' }) in?: string[];
  @Field(() => Boolean, { nullable: true, description: isNull }) isNull?: boolean;
}

@InputType({ description: 'A condition on an instant.' })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'At or after.' }) gte?: Date;
  @Field(() => DateTime, { nullable: true, description: 'After.' }) gt?: Date;
  @Field(() => DateTime, { nullable: true, description: 'At or before.' }) lte?: Date;
  @Field(() => DateTime, { nullable: true, description: 'Before.' }) lt?: Date;
  @Field(() => Boolean, { nullable: true, description: isNull }) isNull?: boolean;
}

@InputType({ description: 'A condition on a calendar day.' })
export class DateFilter {
  @Field(() => CalendarDay, { nullable: true, description: 'Is this day.' }) eq?: string;
  @Field(() => CalendarDay, { nullable: true, description: 'On or after.' }) gte?: string;
  @Field(() => CalendarDay, { nullable: true, description: 'On or before.' }) lte?: string;
  @Field(() => Boolean, { nullable: true, description: isNull }) isNull?: boolean;
}

@InputType({ description: 'A condition on a whole number.' })
export class NumberFilter {
  @Field(() => SafeInt, { nullable: true, description: 'Is this.' }) eq?: number;
  @Field(() => SafeInt, { nullable: true, description: 'At least.' }) gte?: number;
  @Field(() => SafeInt, { nullable: true, description: 'At most.' }) lte?: number;
  @Field(() => Boolean, { nullable: true, description: isNull }) isNull?: boolean;
}

@InputType({ description: 'A condition on a yes or no.' })
export class BooleanFilter {
  @Field(() => Boolean, { nullable: true, description: 'Is this.' }) eq?: boolean;
}

const enumFilters = new Map<object, new () => object>();

/** `LeadStatusFilter { eq in }` for a registered enum. */
export function enumFilterOf(type: object, name: string): new () => object {
  const known = enumFilters.get(type);
  if (known) return known;
  const Filter = class {};
  Object.defineProperty(Filter, 'name', { value: `${name}Filter` });
  Field(() => type, { nullable: true, description: 'Is this.' })(Filter.prototype, 'eq');
  Field(() => [type], { nullable: true, description: 'Is one of these.' })(Filter.prototype, 'in');
  Field(() => Boolean, { nullable: true, description: isNull })(Filter.prototype, 'isNull');
  InputType(`${name}Filter`, { description: `A condition on ${name}.` })(Filter);
  enumFilters.set(type, Filter);
  return Filter;
}
