import { generateKeyPairSync } from 'node:crypto';
import { GraphQLError, GraphQLScalarType } from 'graphql';
import { SignJWT } from 'jose';
import { Keys } from '@voronka/service-kit/process';
import { pino } from 'pino';
import type { Gateway } from '../src/gateway.js';
import { createGateway } from '../src/gateway.js';
import type { Settings } from '../src/settings.js';
import { composeSupergraph } from '../../tools/compose-supergraph.mjs';
import { Subgraph } from './subgraph.js';

export const access = generateKeyPairSync('ed25519');
export const internal = generateKeyPairSync('ed25519');

const dealsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
  scalar DateTime
  input MoveInput { id: ID!, at: DateTime }
  type Query { deals: [Deal!], deal(id: ID!): Deal, secret: String }
  type Mutation { moveDeal(input: MoveInput!): Deal }
  type Deal @key(fields: "id") { id: ID!, title: String!, company: Company }
  type Company @key(fields: "id", resolvable: false) { id: ID! }
`;

const accountsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
  type Query { companies: [Company!] }
  type Company @key(fields: "id") { id: ID!, name: String! }
`;

/** Identity as far as the gateway itself asks it. */
const identitySdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@inaccessible"])
  type Query { people: Int, apiKeyBearer(key: String!, address: String!): ApiKeyBearer! @inaccessible }
  type ApiKeyBearer @inaccessible { keyId: ID!, ownerId: ID!, roleId: ID! }
`;

const deals = [1, 2, 3].map((n) => ({
  id: `d${n}`,
  title: `Deal ${n}`,
  company: { __typename: 'Company', id: `c${n % 2}` },
}));
const company = (id: string) => ({ __typename: 'Company', id, name: `Company ${id}` });

const dateTime = new GraphQLScalarType({
  name: 'DateTime',
  parseValue: (value) => {
    if (Number.isNaN(Date.parse(String(value)))) throw new TypeError(`DateTime cannot represent ${String(value)}`);
    return value;
  },
});

/** Settings on loopback that nobody meets; where services are is said with them. */
export const usual: Omit<Settings, 'serviceUrl'> = {
  host: '127.0.0.1',
  port: 0,
  logLevel: 'info',
  metricsPort: undefined,
  drainSeconds: 0,
  graceSeconds: 8,
  accessKeys: Keys.of('', access.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'public'),
  internalKeys: Keys.of('', internal.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'private'),
  introspection: true,
  trustedDocuments: null,
  rates: { person: 10_000, anonymous: 10_000 },
  corsOrigins: [],
  trustedProxies: [],
  requestTimeoutMs: 5_000,
  serviceTimeoutMs: 1_000,
  serviceAnswerBytes: 100_000,
  bodyBytes: 4 * 1024 * 1024,
  traces: { share: 0 },
};

/** Two services, identity's word on API keys, and a gateway before them. */
export interface Organisation {
  readonly identity: Subgraph;
  /** What identity says of an API key; it throws a refusal. */
  keys: (shown: { key: string; address: string }) => { keyId: string; ownerId: string; roleId: string };
  readonly deals: Subgraph;
  readonly accounts: Subgraph;
  readonly gateway: Gateway;
  readonly url: string;
  /** What the gateway wrote to its log, as text. */
  readonly log: string[];
  close(): Promise<void>;
}

export async function openOrganisation(settings: Partial<Settings> = {}): Promise<Organisation> {
  const dealsService = await Subgraph.start(dealsSdl, {
    DateTime: dateTime,
    Query: {
      deals: () => deals,
      deal: (_: unknown, { id }: { id: string }) => deals.find((deal) => deal.id === id) ?? null,
      secret: () => {
        throw new Error('connection string postgres://root:hunter2@db');
      },
    },
    Mutation: {
      moveDeal: (_: unknown, { input }: { input: { id: string } }) => {
        const deal = deals.find(({ id }) => id === input.id);
        if (deal) return deal;
        throw new GraphQLError('There is no such deal.', {
          extensions: { code: 'DEAL_NOT_FOUND', field: 'input.id', hint: 'Look it up.', stacktrace: ['at secret.js'] },
        });
      },
    },
  });
  const accountsService = await Subgraph.start(accountsSdl, {
    Query: { companies: () => ['c0', 'c1'].map(company) },
    Company: { __resolveReference: ({ id }: { id: string }) => company(id) },
  });
  const identityService = await Subgraph.start(identitySdl, {
    Query: { apiKeyBearer: (_: unknown, shown: { key: string; address: string }) => organisation.keys(shown) },
  });
  const services: Record<string, Subgraph> = {
    deals: dealsService,
    accounts: accountsService,
    identity: identityService,
  };
  const { supergraphSdl } = composeSupergraph(
    Object.fromEntries(Object.entries(services).map(([name, { sdl }]) => [name, sdl])),
  );
  const log: string[] = [];
  const gateway = await createGateway(
    {
      ...usual,
      serviceUrl: (name) => new URL(services[name]!.url),
      ...settings,
    },
    supergraphSdl,
    pino({}, { write: (line: string) => void log.push(line) }),
  );
  const url = await gateway.listen();
  const organisation: Organisation = {
    identity: identityService,
    keys: () => {
      throw new GraphQLError('There is no such key.', { extensions: { code: 'UNAUTHENTICATED' } });
    },
    deals: dealsService,
    accounts: accountsService,
    gateway,
    url,
    log,
    async close() {
      await gateway.close();
      await Promise.all([dealsService.down(), accountsService.down(), identityService.down()]);
    },
  };
  return organisation;
}

interface Claims {
  sub?: string;
  sid?: string;
  iss?: string;
  /** Seconds from now. */
  expiresIn?: number;
  key?: typeof access.privateKey;
}

/** An access token as identity gives it, or one that is wrong in a way. */
export function accessToken(claims: Claims = {}): Promise<string> {
  const { sub = 'u1', sid = 's1', iss = 'voronka-identity', expiresIn = 900, key = access.privateKey } = claims;
  return new SignJWT({ sid })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject(sub)
    .setIssuer(iss)
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
    .sign(key);
}
