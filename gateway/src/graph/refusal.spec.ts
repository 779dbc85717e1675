import { describe, expect, it } from '@jest/globals';
import type { GraphQLScalarType } from 'graphql';
import { buildSchema, getVariableValues, GraphQLError, Kind, parse, validate } from 'graphql';
import { formatted, refusalOf } from './refusal.js';

const schema = buildSchema(`
  scalar DateTime
  enum Status { NEW WON }
  input Line { price: Int!, due: DateTime }
  input Input { name: String!, status: Status, lines: [Line!] }
  type Query { make(input: Input!): Int }
`);
const dateTime = schema.getType('DateTime') as GraphQLScalarType;
dateTime.parseValue = (value) => {
  throw new TypeError(`DateTime cannot represent ${String(value)}`);
};

/** What graphql-js itself says of these variables, coded as Apollo codes it. */
function refusalOfVariables(input: unknown) {
  const operation = parse('query ($input: Input!) { make(input: $input) }').definitions[0]!;
  if (operation.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  const { errors } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    input === undefined ? {} : { input },
  );
  return refusalOf({ message: errors![0]!.message, extensions: { code: 'BAD_USER_INPUT' } });
}

function refusalOfQuery(query: string) {
  const [error] = validate(schema, parse(query));
  return refusalOf({ message: error!.message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

describe('A refusal', () => {
  it.each([
    ['a malformed instant', { name: 'x', lines: [{ price: 1, due: 'soon' }] }, 'INVALID_DATE', 'input.lines.0.due'],
    ['a fractional Int', { name: 'x', lines: [{ price: 1.5 }] }, 'INVALID_NUMBER', 'input.lines.0.price'],
    ['an unknown enum value', { name: 'x', status: 'LOST' }, 'INVALID_VALUE', 'input.status'],
    ['an unknown field', { name: 'x', nmae: 'y' }, 'UNKNOWN_FIELD', 'input.nmae'],
    ['a missing field', {}, 'REQUIRED', 'input.name'],
    ['a null where none may be', { name: null }, 'REQUIRED', 'input.name'],
    ['a missing variable', undefined, 'REQUIRED', 'input'],
    ['text where an object belongs', 'text', 'INVALID_VALUE', 'input'],
  ])('names code and field of %s in a variable', (_, input, code, field) => {
    expect(refusalOfVariables(input)).toMatchObject({ code, field });
  });

  it('does not take what a person typed for the path of the mistake', () => {
    const refusal = refusalOfVariables({ name: 'a at "b.c"; Expected type "Int"', status: 'LOST' });
    expect(refusal).toMatchObject({ code: 'INVALID_VALUE', field: 'input.status' });
  });

  it.each([
    ['{ make(input: { name: "x", nmae: "y" }) }', 'UNKNOWN_FIELD', 'nmae'],
    ['{ make(input: { status: NEW }) }', 'REQUIRED', 'name'],
    ['{ make }', 'REQUIRED', 'input'],
  ])('names code and field of a mistake written in the query: %s', (query, code, field) => {
    expect(refusalOfQuery(query)).toMatchObject({ code, field });
  });

  it.each([
    ['{ make(input: { name: "x", lines: [{ price: "a" }] }) }', 'INVALID_NUMBER'],
    ['{ make(input: { name: "x", status: LOST }) }', 'INVALID_VALUE'],
    ['{ nothing }', 'INVALID_QUERY'],
  ])('gives a mistake in the query a code of the closed list: %s', (query, code) => {
    expect(refusalOfQuery(query).code).toBe(code);
  });

  it('guesses no names, neither in a query nor in a variable nor in what a service says', () => {
    expect(refusalOfQuery('{ mke }').message).toBe('Cannot query field "mke" on type "Query".');
    expect(refusalOfQuery('{ make(inptu: 1) }').message).not.toMatch(/Did you mean|"input"/);
    expect(refusalOfVariables({ name: 'x', status: 'WONN' }).message).not.toMatch(/Did you mean|WON"/);
    expect(refusalOfVariables({ name: 'x', sttus: 'NEW' }).message).not.toMatch(/Did you mean|"status"/);
    const message = 'Value "NEWW" does not exist in "Status" enum. Did you mean the enum value "NEW"?';
    expect(refusalOf({ message, extensions: { code: 'INVALID_VALUE', serviceName: 'leads' } }).message).not.toContain(
      'Did you mean',
    );
  });

  it('passes a service’s refusal with its code, field, hint and sentence', () => {
    const extensions = { code: 'LEAD_NOT_OPEN', field: 'id', hint: 'Reopen it.', serviceName: 'leads', secret: 1 };
    expect(formatted(refusalOf({ message: 'The lead is closed.', extensions }), 'c')).toEqual({
      message: 'The lead is closed.',
      extensions: { code: 'LEAD_NOT_OPEN', field: 'id', hint: 'Reopen it.', correlationId: 'c' },
    });
  });

  it('finds the field of a refusal that a scalar of a service made', () => {
    const message = 'Variable "$input" got invalid value "soon" at "input.due"; This is not an instant.';
    expect(refusalOf({ message, extensions: { code: 'INVALID_DATE', serviceName: 'tasks' } })).toEqual({
      code: 'INVALID_DATE',
      field: 'input.due',
      message: 'This is not an instant.',
    });
  });

  it.each([
    [
      'INVALID_VALUE',
      'Variable "$input" got invalid value 1.5 at "input.amount"; Value is not an integer: 1.5',
      'INVALID_NUMBER',
      'input.amount',
    ],
    ['INVALID_QUERY', 'Date cannot represent an invalid date-string soon.', 'INVALID_DATE', undefined],
    ['INVALID_QUERY', 'Cannot query field "x" on type "Lead".', 'INTERNAL', undefined],
  ])('reads a service’s %s again where it does not say which field: %s', (code, message, expected, field) => {
    const refusal = refusalOf({ message, extensions: { code, serviceName: 'leads' } });
    expect([refusal.code, refusal.field]).toEqual([expected, field]);
  });

  it.each([
    [new GraphQLError('relation "lead" does not exist', { extensions: { serviceName: 'leads', code: 'INTERNAL' } })],
    [new GraphQLError('password=hunter2', { extensions: { serviceName: 'leads', code: 'ECONNRESET' } })],
    [
      new GraphQLError('Cannot query field "x" on type "Lead"', {
        extensions: { serviceName: 'leads', code: 'GRAPHQL_VALIDATION_FAILED' },
      }),
    ],
    [new GraphQLError('cannot read properties of undefined')],
  ])('says nothing of the cause of what is not the asker’s fault', (error) => {
    const { code, message } = refusalOf(error.toJSON());
    expect(code).toBe('INTERNAL');
    expect(message).toBe('Something went wrong on our side. Report it with its correlation id.');
  });
});
