import { describe, expect, it } from '@jest/globals';
import { GraphQLBoolean, GraphQLObjectType, GraphQLSchema, GraphQLString, type GraphQLOutputType } from 'graphql';
import { CalendarDay, DateTime, SafeInt } from '../graphql/scalars.js';
import { columnsOf, headOf, linesOf } from './csv.js';

/** The columns of a list whose records show fields of these types. */
function columnsWith(types: Record<string, GraphQLOutputType>) {
  const fields = (of: Record<string, GraphQLOutputType>) =>
    Object.fromEntries(Object.entries(of).map(([name, type]) => [name, { type }]));
  const Thing = new GraphQLObjectType({ name: 'Thing', fields: fields(types) });
  const Things = new GraphQLObjectType({ name: 'Things', fields: fields({ nodes: Thing }) });
  return columnsOf(
    new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: fields({ things: Things }) }) }),
    'things',
  );
}
const cellOf = (type: GraphQLOutputType, value: unknown) => linesOf(columnsWith({ value: type }), [{ value }]);

describe('a line of CSV', () => {
  const columns = columnsWith({ name: GraphQLString, count: SafeInt, known: GraphQLBoolean, at: DateTime });
  const at = new Date('2026-03-02T09:00:00.120Z');

  it('ends as RFC 4180 has it, the last one too', () => {
    const rows = [
      { name: 'Anna', count: 1, known: true, at },
      { name: 'Ян', count: 0, known: false, at },
    ];
    expect(linesOf(columns, rows)).toBe(
      'Anna,1,true,2026-03-02T09:00:00.120Z\r\nЯн,0,false,2026-03-02T09:00:00.120Z\r\n',
    );
    expect(linesOf(columns, [])).toBe('');
  });

  it('has an empty cell for what is empty, unknown or hidden', () => {
    expect(linesOf(columns, [{ name: '', count: null, at: null }])).toBe(',,,\r\n');
    expect(linesOf(columns, [{ name: 'Anna', count: 7 }], new Set(['Thing.name', 'Thing.at']))).toBe(',7,,\r\n');
  });

  it('is told after the mark of UTF-8 what its columns are', () => {
    expect(headOf(columns)).toBe('\ufeffname,count,known,at\r\n');
  });

  it.each([
    ['a, b', '"a, b"'],
    ['say "so"', '"say ""so"""'],
    ['"', '""""'],
    ['one\ntwo', '"one\ntwo"'],
    ['one\rtwo', '"one\rtwo"'],
    ['one\r\ntwo', '"one\r\ntwo"'],
    [' a b ', ' a b '],
    ["it's; so|\ttoo", "it's; so|\ttoo"],
  ])('quotes a text where it must: %j', (text, cell) => {
    expect(cellOf(GraphQLString, text)).toBe(`${cell}\r\n`);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+44 20', "'+44 20"],
    ['-5', "'-5"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\ttab', "'\ttab"],
    ['\rline', '"\'\rline"'],
    ['=HYPERLINK("x",1)', '"\'=HYPERLINK(""x"",1)"'],
    ['＝1', "'＝1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠1', "'＠1"],
    ['1=-+@', '1=-+@'],
    ['\n=1', '"\n=1"'],
  ])('lets no text be a formula: %j', (text, cell) => {
    expect(cellOf(GraphQLString, text)).toBe(`${cell}\r\n`);
  });

  it.each([
    [SafeInt, -1_250_000, '-1250000'],
    [SafeInt, Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [CalendarDay, '2026-03-01', '2026-03-01'],
    [DateTime, new Date('+012026-03-01T00:00:00Z'), "'+012026-03-01T00:00:00.000Z"],
    [DateTime, new Date('-000044-03-15T00:00:00Z'), "'-000044-03-15T00:00:00.000Z"],
  ])('writes %s %s as it is', (type, value, cell) => {
    expect(cellOf(type, value)).toBe(`${cell}\r\n`);
  });
});
