/** What a hostile client might send to the real supergraph, and the code with which it is refused. No service may hear of it. */
export interface Hostile {
  readonly name: string;
  readonly code: string;
  readonly query?: string;
  readonly variables?: object;
  /** The whole body, where it is not `{ query, variables }`. */
  readonly body?: unknown;
  /** Sent by somebody who is not signed in; the others are. */
  readonly stranger?: boolean;
}

const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const nested = (levels: number, ...fields: string[]): string =>
  levels === 0 ? '{ id }' : `{ ${fields[levels % fields.length]} ${nested(levels - 1, ...fields)} }`;
/** As text: JSON.stringify recurses, which JSON.parse at the other end does not. */
const lists = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const complex = (name: string, query: string, variables?: object): Hostile => ({
  name,
  code: 'QUERY_TOO_COMPLEX',
  query,
  ...(variables && { variables }),
});
const invalid = (name: string, query: string): Hostile => ({ name, code: 'INVALID_QUERY', query });
const page = (name: string, query: string, variables?: object): Hostile => ({
  ...complex(name, query, variables),
  code: 'PAGE_TOO_LARGE',
});
const ring = (size: number): string => times(size, (i) => `fragment F${i} on Lead { id ...F${(i + 1) % size} }`);
const chain = (size: number, spread: (next: string) => string): string =>
  times(size, (i) => `fragment F${i} on Lead { ${spread(`...F${i + 1}`)} }`);
const SIGN_IN = 'signIn(email: "a@b.example", password: "guess") { accessToken }';

const depth = [
  complex('records within records', `{ companies { nodes ${nested(14, 'deals', 'company')} } }`),
  complex(
    'depth behind a fragment',
    `{ companies { nodes { ...F } } } fragment F on Company ${nested(14, 'deals', 'company')}`,
  ),
  complex(
    'depth behind many small fragments',
    `{ lead(id: 1) { ...F0 } } ${chain(8, (next) => `conversion { lead { ${next} } }`)} fragment F8 on Lead { id }`,
  ),
  complex(
    'depth behind fragments without a name',
    `{ companies { nodes ${'{ ... { deals { company '.repeat(8)}{ id }${'} } }'.repeat(8)} } }`,
  ),
  complex('the schema within the schema', `{ __schema { types ${nested(14, 'fields', 'type')} } }`),
  complex('a literal of lists in lists', `{ leads(filter: { and: ${lists(200)} }) { totalCount } }`),
  complex('a filter of 60 levels', `{ leads(filter: ${'{ not: '.repeat(60)}{}${'}'.repeat(60)}) { totalCount } }`),
];

const breadth = [
  complex('51 fields at the top', `{ ${times(51, () => 'me { id }')} }`),
  complex('one field 500 times', `{ lead(id: 1) { ${times(500, () => 'id')} } }`),
  complex(
    'one field 1,000 times behind fragments',
    `{ lead(id: 1) { ${times(20, () => '...F')} } } fragment F on Lead { ${times(50, () => 'id')} }`,
  ),
  complex('a wide fragment that nothing spreads', `{ me { id } } fragment F on Lead { ${times(900, () => 'id')} }`),
  complex('2,000 fields in all', `{ ${times(45, () => `me { team { ${times(45, () => 'id')} } }`)} }`),
  complex('words without end', `{ me { ${times(3_000, () => 'id')} } }`),
  complex('an opening brace a million times', '{'.repeat(1_000_000)),
  complex('a name of a million letters', `{ ${'a'.repeat(1_000_000)} }`),
  complex(
    'a text of three million letters',
    `{ leads(filter: { search: "${'x'.repeat(3_000_000)}" }) { totalCount } }`,
  ),
  complex('nothing but remarks', `{ me { id } } ${'#\n'.repeat(1_000_000)}`),
  complex(
    'a list of ten thousand ids',
    `{ leads(filter: { id: { in: [${times(10_000, () => '"x"')}] } }) { totalCount } }`,
  ),
];

const aliases = [
  complex('one query under 60 names', `{ ${times(60, (i) => `a${i}: me { id }`)} }`),
  complex('a password guessed 50 times in one query', `mutation { ${times(50, (i) => `a${i}: ${SIGN_IN}`)} }`),
  complex('a password guessed 11 times in one query', `mutation { ${times(11, (i) => `a${i}: ${SIGN_IN}`)} }`),
  complex(
    'aliases multiplied by a fragment',
    `{ a: lead(id: 1) { ...F } b: lead(id: 2) { ...F } } fragment F on Lead { ${times(26, (i) => `f${i}: id`)} }`,
  ),
];

const directives = [
  complex('60 directives on a field', `{ me { id ${times(60, () => '@include(if: true)')} } }`),
  complex('60 directives that nobody knows', `{ me { id ${times(60, () => '@a')} } }`),
  complex('60 directives on an operation', `query ${times(60, () => '@a')} { me { id } }`),
  complex('60 directives on a variable', `query ($v: Int ${times(60, () => '@a')}) { me { id } }`),
  complex('60 directives on a fragment', `{ me { ...F } } fragment F on User ${times(60, () => '@a')} { id }`),
  complex(
    '60 directives behind a fragment',
    `{ me { ...F ...F } } fragment F on User { ${times(30, () => 'id @skip(if: false)')} }`,
  ),
];

const fragments = [
  invalid('a fragment within itself', '{ lead(id: 1) { ...F } } fragment F on Lead { id ...F }'),
  invalid(
    'two fragments within each other',
    '{ lead(id: 1) { ...A } } fragment A on Lead { ...B } fragment B on Lead { ...A }',
  ),
  invalid('a ring of a hundred fragments', `{ lead(id: 1) { ...F0 } } ${ring(100)}`),
  invalid('a ring that nothing spreads', `{ me { id } } ${ring(3)}`),
  invalid('a fragment that is not there', '{ lead(id: 1) { ...Nowhere } }'),
  invalid('doubling that ends nowhere', `{ lead(id: 1) { ...F0 } } ${chain(40, (next) => `${next} ${next}`)}`),
  complex(
    'a million million fields by doubling',
    `{ lead(id: 1) { ...F0 } } ${chain(40, (next) => `${next} ${next}`)} fragment F40 on Lead { id }`,
  ),
  complex(
    'doubling in depth',
    `{ lead(id: 1) { ...F0 } } ${chain(20, (next) => `a: conversion { lead { ${next} } } b: conversion { lead { ${next} } }`)} fragment F20 on Lead { id }`,
  ),
];

const pages = [
  page('a billion rows', '{ leads(first: 1000000000) { nodes { id } } }'),
  page('a billion rows from the end', '{ leads(last: 1000000000) { nodes { id } } }'),
  page('a billion rows in a variable', 'query ($n: Int) { leads(first: $n) { nodes { id } } }', { n: 1e9 }),
  page(
    'a billion rows in the default of a variable',
    'query ($n: Int = 1000000000) { leads(first: $n) { nodes { id } } }',
  ),
  page('a billion rows below one record', '{ companies(first: 1) { nodes { deals(first: 1000000000) { id } } } }'),
  page('a billion rows behind a fragment', '{ ...F } fragment F on Query { deals(first: 1000000000) { totalCount } }'),
];

const costs = [
  complex('lists within lists', '{ companies(first: 200) { nodes { deals(first: 200) { id } } } }'),
  complex(
    'lists within lists within lists',
    '{ companies(first: 50) { nodes { contacts(first: 50) { deals(first: 50) { id } } } } }',
  ),
  complex(
    'lists within lists by variables',
    'query ($n: Int!) { companies(first: $n) { nodes { deals(first: $n) { id } } } }',
    { n: 200 },
  ),
  complex(
    'lists within lists behind a fragment',
    '{ companies(first: 200) { ...F } } fragment F on CompanyConnection { nodes { deals(first: 200) { id } } }',
  ),
  complex(
    'the largest page under 40 names',
    `{ ${times(40, (i) => `a${i}: leads(first: 200) { nodes { owner { id } } }`)} }`,
  ),
  complex(
    'a page made cheap by a negative one',
    `{ a: leads(first: -100000) { nodes { id } } b: companies(first: 200) { nodes { deals(first: 200) { id } } } }`,
  ),
  complex(
    'hidden behind a cheap operation',
    'query A { me { id } } query B { companies(first: 200) { nodes { deals(first: 200) { id } } } }',
  ),
  complex('many imports in one', `mutation { ${times(21, (i) => `a${i}: importLeads(rows: []) { status }`)} }`),
];

const variables = [
  {
    name: 'a variable of 100,000 levels',
    code: 'QUERY_TOO_COMPLEX',
    body: `{"query":"query ($f: LeadFilter) { leads(filter: $f) { totalCount } }","variables":{"f":${lists(100_000)}}}`,
  },
  complex('a variable of a million values', 'query ($f: [ID!]) { leads(filter: { id: { in: $f } }) { totalCount } }', {
    f: Array(1_000_000).fill(0),
  }),
  {
    name: 'a variable that reaches for the prototype',
    code: 'INVALID_QUERY',
    body: '{"query":"{ me { id } }","variables":{"__proto__":{"x":1}}}',
  },
];

const requests: Hostile[] = [
  { name: 'a stranger with much to say', code: 'REQUEST_TOO_LARGE', body: `"${'x'.repeat(70_000)}"`, stranger: true },
  {
    name: 'a hundred queries in one request',
    code: 'INVALID_QUERY',
    body: Array(100).fill({ query: '{ me { id } }' }),
  },
  { name: 'a body of five megabytes', code: 'REQUEST_TOO_LARGE', body: `"${'x'.repeat(5_000_000)}"` },
  { name: 'a body that is not JSON', code: 'INVALID_QUERY', body: '{"query":' },
  { name: 'brackets without end', code: 'QUERY_TOO_COMPLEX', body: '['.repeat(1_000_000) },
  { name: 'a query that is no text', code: 'INVALID_QUERY', body: { query: { kind: 'Document', definitions: [] } } },
  {
    name: 'a document to be remembered under a hash',
    code: 'INVALID_QUERY',
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
  },
];

const schema: Hostile[] = [
  {
    name: 'a stranger who asks for the schema',
    code: 'UNAUTHENTICATED',
    stranger: true,
    query: '{ __schema { types { name } } }',
  },
  {
    name: 'a stranger who asks for a type',
    code: 'UNAUTHENTICATED',
    stranger: true,
    query: '{ me { id } __type(name: "User") { name } }',
  },
  {
    name: 'a stranger who hides that in a fragment',
    code: 'UNAUTHENTICATED',
    stranger: true,
    query: '{ ...F } fragment F on Query { a: __schema { types { name } } }',
  },
  invalid('the door of services', '{ _service { sdl } }'),
  invalid(
    'records past their door',
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { __typename } }',
  ),
  invalid('names tried out', '{ user(id: 1) { passwordHsh } leeds { id } }'),
  invalid('a subscription', 'subscription { leads { id } }'),
  invalid('an answer in parts', '{ me { ... @defer { id } } }'),
];

export const hostile: readonly Hostile[] = [
  ...depth,
  ...breadth,
  ...aliases,
  ...directives,
  ...fragments,
  ...pages,
  ...costs,
  ...variables,
  ...requests,
  ...schema,
];
