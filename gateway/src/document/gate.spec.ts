import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { DocumentGate } from './gate.js';
import { Prices } from './prices.js';
import { measure } from './size.js';
import { documentId, TrustedDocuments } from './trusted-documents.js';

const gate = new DocumentGate(new Prices('schema { query: Query } type Query { a: Int }'));
const nested = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;
const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
describe('The gate for documents', () => {
  it.each([
    ['fifteen levels', nested(15)],
    ['fifty fields at the top', `{ ${times(50, (i) => `f${i}`)} }`],
    ['a hundred fields side by side', `{ x { ${times(100, (i) => `f${i}`)} } }`],
    ['the query by which GraphiQL learns the schema', getIntrospectionQuery({ inputValueDeprecation: true })],
  ])('lets %s through', (_, query) => {
    expect(gate.judge(query).refusal).toBeNull();
  });

  it.each([
    ['sixteen levels', nested(16), 'levels'],
    ['depth hidden in fragments', `{ a { ...F } } fragment F on T ${nested(15)}`, 'levels'],
    ['fifty-one fields at the top', `{ ${times(51, (i) => `f${i}`)} }`, 'operations at the top'],
    ['more than a hundred fields side by side', `{ x { ${times(101, () => 'f')} } }`, 'side by side'],
    ['breadth hidden in fragments', `{ x { ...F ...F } } fragment F on T { ${times(51, () => 'f')} }`, 'side by side'],
    ['fifty-one aliases', `{ x { ${times(51, (i) => `a${i}: f`)} } }`, 'aliases'],
    [
      'aliases multiplied by fragments',
      `{ x { ...F } y { ...F } } fragment F on T { ${times(30, (i) => `a${i}: f`)} }`,
      'aliases',
    ],
    ['fifty-one directives', `{ x ${times(51, () => '@d')} }`, 'directives'],
    ['directives on a variable', `query ($v: Int ${times(51, () => '@d')}) { x }`, 'directives'],
    ['more than two thousand tokens', `{ x { ${times(2_000, () => 'f')} } }`, 'words and signs'],
    [
      'a document that doubles itself',
      `{ ...F0 } ${times(40, (i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`)} fragment F40 on T { a }`,
      'levels',
    ],
    [
      'a document that doubles itself in breadth',
      `{ x { ...F0 } } ${times(40, (i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on T { a }`,
      'side by side',
    ],
    ['an enormous fragment that nothing spreads', `{ x } fragment F on T { ${times(200, () => 'f')} }`, 'side by side'],
    ['a literal with too many levels', `{ x(filter: ${'['.repeat(21)}${']'.repeat(21)}) }`, 'levels in one value'],
  ])('refuses %s', (_, query, what) => {
    expect(gate.judge(query).refusal).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      message: expect.stringContaining(what),
    });
  });

  it.each([
    ['cannot be read, and says where', '{ a(', 'Expected'],
    [
      'spreads a fragment within itself',
      '{ ...A } fragment A on T { a ...B } fragment B on T { b { ...A } }',
      'itself',
    ],
    ['subscribes', 'subscription { a }', 'no subscription'],
    ['spreads a fragment that is not there', '{ ...A }', 'no fragment A'],
  ])('refuses what %s', (_, query, message) => {
    expect(gate.judge(query).refusal).toMatchObject({
      code: 'INVALID_QUERY',
      message: expect.stringContaining(message),
    });
  });

  it('judges each operation of a document by itself', () => {
    expect(measure(parse('query A { a { b } } query B { a b c }'))).toMatchObject({ depth: 2, rootFields: 3 });
  });

  it('knows a document that asks for the schema, also in a fragment', () => {
    expect(gate.judge('{ ...F } fragment F on Query { s: __schema { types { name } } }').introspects).toBe(true);
    expect(gate.judge('{ a __typename }').introspects).toBe(false);
  });

  it('with trusted documents lets those through, however they are spaced, and no others', () => {
    const body = 'query Mine($n: Int) { a(n: $n) }';
    const trusted = new TrustedDocuments([{ id: documentId(body), body }]);
    const guarded = new DocumentGate(new Prices('schema { query: Query } type Query { a: Int }'), trusted);
    expect(guarded.judge('query Mine(\n  $n: Int\n) { a(n: $n) }').refusal).toBeNull();
    expect(guarded.judge('query Mine($n: Int) { a(n: $n) b }').refusal).toMatchObject({ code: 'DOCUMENT_NOT_TRUSTED' });
    expect(trusted.textOf(documentId(body))).toBe(body);
  });
});
