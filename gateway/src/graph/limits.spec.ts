import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { DocumentGate, measure } from './limits.js';

const gate = new DocumentGate();
const nested = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;
const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

describe('The gate for documents', () => {
  it.each([
    ['fifteen levels', nested(15)],
    ['fifty fields at the top', `{ ${times(50, (i) => `f${i}`)} }`],
    ['the query by which GraphiQL learns the schema', getIntrospectionQuery({ inputValueDeprecation: true })],
  ])('lets %s through', (_, query) => {
    expect(gate.check(query)).toBeNull();
  });

  it.each([
    ['sixteen levels', nested(16)],
    ['depth hidden in fragments', `{ a { ...F } } fragment F on T ${nested(15)}`],
    ['fifty-one fields at the top', `{ ${times(51, (i) => `f${i}`)} }`],
    ['fifty-one aliases', `{ x { ${times(51, (i) => `a${i}: f`)} } }`],
    [
      'aliases multiplied by fragments',
      `{ x { ...F } y { ...F } } fragment F on T { ${times(30, (i) => `a${i}: f`)} }`,
    ],
    ['fifty-one directives', `{ x ${times(51, () => '@d')} }`],
    ['more than two thousand tokens', `{ x { ${times(2_000, () => 'f')} } }`],
    [
      'a document that doubles itself',
      `{ ...F0 } ${times(40, (i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`)} fragment F40 on T { a }`,
    ],
  ])('refuses %s', (_, query) => {
    expect(gate.check(query)).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  });

  it('refuses what cannot be read and says where', () => {
    expect(gate.check('{ a(')).toMatchObject({ code: 'INVALID_QUERY', message: expect.stringContaining('Expected') });
  });

  it('comes to an end on fragments that contain each other', () => {
    const document = parse('{ ...A } fragment A on T { a ...B } fragment B on T { b { ...A } }');
    expect(measure(document).fields).toBeLessThan(10);
  });

  it('judges each operation of a document by itself', () => {
    expect(measure(parse('query A { a { b } } query B { a b c }'))).toMatchObject({ depth: 2, rootFields: 3 });
  });
});
