import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ServiceDefinition } from '@voronka/service-kit';
import { shippedRoles, type ShippedRole } from '@voronka/contracts';
import type { GraphQLField, GraphQLInputType } from 'graphql';
import {
  buildClientSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type IntrospectionQuery,
} from 'graphql';
import { serviceUnderTest, type Answer, type ServiceUnderTest } from './service.js';

const roles = Object.keys(shippedRoles) as ShippedRole[];
const selling: readonly ShippedRole[] = ['ADMINISTRATOR', 'HEAD_OF_SALES', 'HEAD', 'SALESPERSON'];
const records = '(Lead|Compan|Contact|Deal|Activit)';

/** Who may do what at all, by the name of an operation: said again in a few lines, apart from how the services know it. */
const model: readonly (readonly [RegExp, 'everybody' | readonly ShippedRole[]])[] = [
  [
    /^(signIn|(begin|finish)SignIn|(begin|confirm)SecondFactor|refreshSession|apiKeyBearer|_entities|_service)$/,
    'everybody',
  ],
  [/^secondFactor$|^(renewRecoveryCodes|removeSecondFactor)$/, roles],
  [/^(me|sessions|endSession|signOut|changePassword|apiKeys|createApiKey|revokeApiKey)$/, roles],
  [/^resetSecondFactor$|^(holdings|offboardings?|offboardUser|undoOffboarding)$/, ['ADMINISTRATOR']],
  [/^auditEntries$/, ['ADMINISTRATOR', 'AUDITOR']],
  [/^(create|update|withdraw|import)(User|Team|Role|Pipeline|Product)s?$/, ['ADMINISTRATOR']],
  [new RegExp(`^import${records}(s|ies)$`), ['ADMINISTRATOR', 'INTEGRATION']],
  [/^(assign|share|convert|win|lose)[A-Z]|^cancelConversion$|^(arrange|end)Cover$/, selling],
  [new RegExp(`^[a-z]+${records}(y)?$`), [...selling, 'INTEGRATION']],
  [/^(funnel|sales|leadFunnel)$/, roles.filter((role) => role !== 'INTEGRATION')],
];
const allowed = (name: string, kind: 'query' | 'mutation') => {
  const said = model.find(([names]) => names.test(name))?.[1];
  if (said || kind === 'query') return said ?? roles;
  throw new Error(`Nobody has said who may ${name}`);
};

interface Operation {
  readonly name: string;
  readonly text: string;
  readonly variables: Record<string, unknown>;
  readonly for: 'everybody' | readonly ShippedRole[];
}

/**
 * Tries every query and every mutation of a service's own schema: straight at the service with an identity that is
 * missing, forged, expired or meant for another, and as a stranger, as somebody who has left, without a role, and in
 * each shipped role.
 */
export function describeDoor(definition: ServiceDefinition, settings: Record<string, string> = {}): void {
  let system: ServiceUnderTest;
  let operations: Operation[];
  const refusalOf = ({ errors }: Answer<unknown>) =>
    errors?.[0] && `${errors[0].extensions.code} ${errors[0].message.split('.')[0]}`;
  const outcomes = async (names: (operation: Operation) => Promise<string | undefined>) =>
    Object.fromEntries(
      await Promise.all(operations.map(async (operation) => [operation.name, await names(operation)])),
    ) as Record<string, string | undefined>;
  const expected = (of: (operation: Operation) => unknown) =>
    Object.fromEntries(operations.map((operation) => [operation.name, of(operation)]));

  beforeAll(async () => {
    system = await serviceUnderTest(definition, settings);
    const admin = await system.person({ role: 'ADMINISTRATOR' });
    const schema = buildClientSchema(await admin.get<IntrospectionQuery>(getIntrospectionQuery()));
    operations = [
      ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => operationOf('query', field)),
      ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => operationOf('mutation', field)),
    ];
  }, 60_000);
  afterAll(() => system.stop());

  describe(`every operation of ${definition.name}, straight at the service`, () => {
    const outcomeWith = async ({ text, variables }: Operation, authorization?: string) => {
      const response = await fetch(system.service.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({ query: text, variables }),
      });
      const { errors } = (await response.json()) as Answer<unknown>;
      return `${response.status} ${errors?.[0]?.extensions.code}`;
    };
    const { privateKey: forger } = generateKeyPairSync('ed25519');
    it.each<[string, () => Promise<string | undefined>]>([
      ['without an identity', () => Promise.resolve(undefined)],
      ['with one that is none', () => Promise.resolve('Bearer nobody')],
      ['with one that somebody else signed', async () => `Bearer ${await system.identity(newId(), { key: forger })}`],
      ['with one that has expired', async () => `Bearer ${await system.identity(newId(), { expiresIn: -60 })}`],
      ['with one for another service', async () => `Bearer ${await system.identity(newId(), { audience: 'another' })}`],
      ['with one of another issuer', async () => `Bearer ${await system.identity(newId(), { issuer: 'another' })}`],
    ])('%s, is refused', async (_, authorization) => {
      const given = await authorization();
      expect(await outcomes((operation) => outcomeWith(operation, given))).toEqual(
        expected(() => '401 UNAUTHENTICATED'),
      );
    });
  });

  describe(`every operation of ${definition.name}`, () => {
    const refused = 'FORBIDDEN Your role does not allow this';
    const answersTo = (asker: { ask: ServiceUnderTest['anonymous']['ask'] }) =>
      outcomes(async ({ text, variables }) => refusalOf(await asker.ask(text, variables)));

    it('is for nobody who has not signed in, except what is for everybody', async () => {
      const found = await answersTo(system.anonymous);
      for (const { name, for: those } of operations)
        if (those !== 'everybody')
          expect([name, found[name]]).toEqual([name, expect.stringMatching(/^UNAUTHENTICATED /)]);
    });

    it('is for nobody who has left', async () => {
      const found = await answersTo(await system.person({ role: 'ADMINISTRATOR', active: false }));
      for (const { name, for: those } of operations)
        if (those !== 'everybody')
          expect([name, found[name]]).toEqual([name, expect.stringMatching(/^UNAUTHENTICATED /)]);
    });

    it('needs a role', async () => {
      const found = await answersTo(await system.person({ powers: [] }));
      for (const { name, for: those } of operations)
        if (those !== 'everybody' && name !== 'signOut') expect([name, found[name]]).toEqual([name, refused]);
    });

    it.each(roles)('is for the role %s where that is said, and nowhere else', async (role) => {
      const found = await answersTo(await system.person({ role }));
      const doors = expected(({ name }) => (found[name] === refused ? 'shut' : 'open'));
      expect(doors).toEqual(
        expected(({ for: those }) => (those === 'everybody' || those.includes(role) ? 'open' : 'shut')),
      );
    });
  });
}

/** Asks for a field with the least that its arguments take. */
function operationOf(kind: 'query' | 'mutation', { name, args, type }: GraphQLField<unknown, unknown>): Operation {
  const needed = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  const declared = needed.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const given = needed.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const bare = String(type).replace(/[[\]!]/g, '');
  const leaf = /^(String|Boolean|Int|Float|ID|SafeInt|DateTime)$/.test(bare);
  return {
    name,
    text: `${kind} ${declared && `(${declared})`} { ${name} ${given && `(${given})`} ${leaf ? '' : '{ __typename }'} }`,
    variables: Object.fromEntries(needed.map((arg) => [arg.name, least(arg.type)])),
    for: allowed(name, kind),
  };
}

const leaves: Record<string, unknown> = { ID: newId(), Int: 1, SafeInt: 1, Float: 1, Boolean: true };

function least(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
        .map((field) => [field.name, least(field.type)]),
    );
  if (isLeafType(type) && type.name === 'DateTime') return '2026-03-02T09:00:00Z';
  if (isLeafType(type) && type.name === 'Date') return '2026-03-02';
  return leaves[type.name] ?? 'x';
}
