import { describe, expect, it } from '@jest/globals';
import { DocumentGate } from './gate.js';
import { defaultLimits } from './limits.js';
import { Prices } from './prices.js';

const sdl = `
  directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
  schema { query: Query mutation: Mutation }
  type Query {
    deal: Deal
    deals(first: Int, last: Int): DealConnection
      @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"])
    report: Report @cost(weight: 100)
    dear: [Dear!]
  }
  type Mutation { win: Deal, signIn: Deal @cost(weight: 1000) }
  type DealConnection { nodes: [Deal!], edges: [DealEdge!], totalCount: Int @cost(weight: 20) }
  type DealEdge { node: Deal }
  type Deal {
    title: String
    tags: [String!]
    company: Company
    stages: [Stage!]
    notes(first: Int! = 20): [Note!] @listSize(assumedSize: 20, slicingArguments: ["first"])
  }
  type Company { name: String }
  type Stage { name: String }
  type Note { text: String }
  type Report { rows: [Stage!] }
  type Dear @cost(weight: 7) { name: String }
`;
const gate = new DocumentGate(new Prices(sdl));
const cost = (query: string, variables = {}) => gate.judge(query, variables).cost;

describe('The cost of a document', () => {
  it.each([
    ['an object is one, its scalars nothing', '{ deal { title tags } }', 1],
    ['objects within it are one each', '{ deal { company { name } } }', 2],
    [
      'a list is as long as its argument says, for each of its rows',
      '{ deals(first: 10) { nodes { company { name } } } }',
      21,
    ],
    ['going back too', '{ deals(last: 30) { nodes { title } } }', 31],
    ['a list that says nothing is as long as the schema assumes', '{ deals { nodes { title } } }', 51],
    ['edges are rows and hold nodes', '{ deals(first: 10) { edges { node { title } } } }', 21],
    ['lists within lists multiply', '{ deals(first: 10) { nodes { notes(first: 5) { text } } } }', 61],
    ['a list of which the schema says nothing is ten', '{ deal { stages { name } } }', 11],
    ['a field has its own price', '{ report { rows { name } } deals(first: 1) { totalCount } }', 132],
    ['so has a type', '{ dear { name } }', 70],
    ['a change is ten', 'mutation { win { title } }', 11],
    ['each alias is paid for', 'mutation { a: signIn { title } b: signIn { title } }', 2_002],
    [
      'a fragment is paid for wherever it is spread',
      '{ deals(first: 10) { ...C } x: deals(first: 20) { ...C } } fragment C on DealConnection { nodes { title } }',
      32,
    ],
    ['of two operations the dearer counts', 'query A { deal { title } } query B { report { rows { name } } }', 111],
    ['a field that is not there costs nothing: validation refuses it', '{ nothing { x } }', 0],
  ])('%s', (_, query, expected) => {
    expect(cost(query)).toBe(expected);
  });

  it('is paid in points, a hundredth of it, and for a new document one more for every ten fields', () => {
    const query = `{ deals(first: 200) { nodes { title company { ${'name '.repeat(30)} } } } }`;
    expect([gate.judge(query).points, gate.judge(query).points]).toEqual([4 + 3, 4]);
  });

  it('follows variables, and their defaults where none are sent', () => {
    const query = 'query ($n: Int = 7) { deals(first: $n) { nodes { title } } }';
    expect([cost(query), cost(query, { n: 100 }), cost(query, { n: null })]).toEqual([8, 101, 51]);
  });

  it('is not made smaller by a list of less than one row', () => {
    const query = 'query ($n: Int) { deals(first: $n) { nodes { title } } report { rows { name } } }';
    expect(cost(query, { n: -1_000 })).toBe(113);
  });

  it('is refused above the limit', () => {
    const query = 'query ($n: Int!) { deals(first: 200) { nodes { notes(first: $n) { text } } } }';
    expect(gate.judge(query, { n: 40 }).refusal).toBeNull();
    expect(gate.judge(query, { n: 60 }).refusal).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      message: `The query has more than ${defaultLimits.cost.toLocaleString('en')} points of cost.`,
    });
  });

  it.each([
    ['in the text', '{ deals(first: 201) { nodes { title } } }', {}, 'first'],
    ['in a variable', 'query ($n: Int) { deals(last: $n) { nodes { title } } }', { n: 1e9 }, 'last'],
    ['in the default of a variable', 'query ($n: Int = 500) { deals(first: $n) { totalCount } }', {}, 'first'],
    ['deep below', '{ deals { nodes { notes(first: 2000) { text } } } }', {}, 'first'],
  ])('is not even reckoned of a page that is too large %s', (_, query, variables, field) => {
    expect(gate.judge(query, variables).refusal).toMatchObject({ code: 'PAGE_TOO_LARGE', field });
  });
});
