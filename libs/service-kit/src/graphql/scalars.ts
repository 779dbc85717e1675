import { GraphQLScalarType } from 'graphql';
import { GraphQLDate, GraphQLDateTimeISO, GraphQLSafeInt } from 'graphql-scalars';

const described = (scalar: GraphQLScalarType, name: string, description: string) =>
  new GraphQLScalarType({ ...scalar.toConfig(), name, description, extensions: {} });

/** An instant, RFC 3339; answered in UTC. A `Date` in code. */
export const DateTime = described(
  GraphQLDateTimeISO,
  'DateTime',
  'An instant as RFC 3339 writes it, answered in UTC: 2026-03-01T09:30:00.000Z.',
);

const days = GraphQLDate.toConfig();
const asDay = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value)).slice(0, 10);
/** A calendar day, a string YYYY-MM-DD in code. */
export const CalendarDay = new GraphQLScalarType({
  ...days,
  name: 'Date',
  description: 'A calendar day, YYYY-MM-DD.',
  extensions: {},
  serialize: asDay,
  parseValue: (value) => asDay(days.parseValue?.(value)),
  parseLiteral: (node, variables) => asDay(days.parseLiteral?.(node, variables)),
});

/** A whole number, safe to 2^53. */
export const SafeInt = described(GraphQLSafeInt, 'SafeInt', 'A whole number between −(2^53 − 1) and 2^53 − 1.');
