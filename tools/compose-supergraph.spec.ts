import { describe, expect, it } from '@jest/globals';
import type { GraphQLObjectType } from 'graphql';
import { buildSchema } from 'graphql';
import { composeSupergraph } from './compose-supergraph.mjs';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])';
const accounts = `${LINK}
  type Query { company(id: ID!): Company, companies: [Company!]! }
  type Company @key(fields: "id") { id: ID!, name: String! }
`;
const deals = `${LINK}
  type Query { deal(id: ID!): Deal, deals: [Deal!]! }
  type Mutation { winDeal(id: ID!): Deal! }
  type Deal @key(fields: "id") { id: ID!, title: String!, company: Company!, owner: User!, watchers: [User!]! }
  type Company @key(fields: "id") { id: ID!, deals: [Deal!]! }
  type User @key(fields: "id", resolvable: false) { id: ID! }
`;
const identity = `${LINK}
  type Query { user(id: ID!): User }
  type User @key(fields: "id") { id: ID!, name: String! }
`;

describe('The supergraph', () => {
  it('is the same text whatever order the services come in', () => {
    const { supergraphSdl } = composeSupergraph({ accounts, deals, identity });
    expect(composeSupergraph({ identity, deals, accounts }).supergraphSdl).toBe(supergraphSdl);
  });

  it('lets exactly that be null which is missing when another service is down', () => {
    const schema = buildSchema(composeSupergraph({ accounts, deals, identity }).supergraphSdl, { assumeValid: true });
    const type = (of: string, field: string) =>
      String((schema.getType(of) as GraphQLObjectType).getFields()[field]!.type);

    expect(type('Query', 'deals')).toBe('[Deal!]');
    expect(type('Mutation', 'winDeal')).toBe('Deal');
    expect(type('Deal', 'company')).toBe('Company');
    expect(type('Deal', 'owner')).toBe('User');
    expect(type('Deal', 'watchers')).toBe('[User!]');
    expect(type('Company', 'deals')).toBe('[Deal!]');
    expect(type('Company', 'id')).toBe('ID!');
    expect(type('Company', 'name')).toBe('String!');
    expect(type('Deal', 'title')).toBe('String!');
  });

  it('lets nothing be null that a reference brings along', () => {
    const link = LINK.replace('"@key"', '"@key", "@shareable"');
    const names = (sdl: string, name: string) =>
      sdl.replace(LINK, link).replace(name, 'id: ID!, name: String! @shareable }');
    const { supergraphSdl } = composeSupergraph({
      deals: names(
        deals.replace('type Company @key(fields: "id") {', 'type Company @key(fields: "id") { seen: Int!,'),
        'id: ID! }\n',
      ),
      identity: names(identity, 'id: ID!, name: String! }'),
      accounts,
    });
    const schema = buildSchema(supergraphSdl, { assumeValid: true });
    const type = (of: string, field: string) =>
      String((schema.getType(of) as GraphQLObjectType).getFields()[field]!.type);
    expect([type('User', 'name'), type('Company', 'seen')]).toEqual(['String!', 'Int']);
  });

  it('describes a record in the words of the service it is at home in', () => {
    const described = (sdl: string, words: string) => sdl.replace('type Company', `"${words}" type Company`);
    const { supergraphSdl, hints } = composeSupergraph({
      accounts: described(accounts, 'Who buys.'),
      deals: described(deals, 'Whatever.'),
      identity,
    });
    expect(hints).toEqual([]);
    expect(supergraphSdl).toContain('Who buys.');
    expect(supergraphSdl).not.toContain('Whatever.');
  });

  it('says how long each list is, unless its service does', () => {
    const link = LINK.replace('v2.5', 'v2.14').replace('"@key"', '"@key", "@listSize", "@cost"');
    const leads = `${link}
      type Query {
        leads(first: Int, last: Int, after: String): LeadConnection!
        newest(first: Int! = 20): [Lead!]!
        told(first: Int): [Lead!]! @listSize(assumedSize: 3, slicingArguments: ["first"])
        lead(id: ID!): Lead @cost(weight: 7)
      }
      type Mutation { importLeads(rows: [ID!]!): [ImportResult!]! }
      type LeadConnection { nodes: [Lead!]!, edges: [LeadEdge!]! } type LeadEdge { node: Lead! }
      type Lead @key(fields: "id") { id: ID! }
      type ImportResult { id: ID! }
    `;
    const { supergraphSdl } = composeSupergraph({ leads });
    const said = [...supergraphSdl.matchAll(/(\w+)(?:\([^)]*\))?: [\w[\]!]+ (@(?:listSize|cost)\([^)]*\))/g)];
    expect(said.map(([, field, directive]) => `${field} ${directive}`)).toEqual([
      'importLeads @listSize(assumedSize: 500)',
      'leads @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["nodes", "edges"], requireOneSlicingArgument: false)',
      'newest @listSize(assumedSize: 20, slicingArguments: ["first"], requireOneSlicingArgument: false)',
      'told @listSize(assumedSize: 3, slicingArguments: ["first"])',
      'lead @cost(weight: 7)',
    ]);
  });

  it('is not made of services that contradict each other', () => {
    const contrary = `${LINK} type Query { x: Int } type Company @key(fields: "id") { id: ID!, name: Int! }`;
    expect(() => composeSupergraph({ accounts, contrary })).toThrow(/do not compose:\n {2}.*name/s);
  });
});
