import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ServiceDefinition } from '@voronka/service-kit';
import { shippedRoles, type ShippedRole } from '@voronka/contracts';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { operationsOf, SHUT, type Operation } from './operations.js';
import { serviceUnderTest, type Answer, type ServiceUnderTest } from './service.js';

const roles = Object.keys(shippedRoles) as ShippedRole[];

/**
 * Tries every query and every mutation of a service's own schema: straight at the service with an identity that is
 * missing, forged, expired or meant for another, and as a stranger, as somebody who has left, without a role, and in
 * each shipped role.
 */
export function describeDoor(definition: ServiceDefinition, settings: Record<string, string> = {}): void {
  describe(definition.name, () => {
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
      operations = operationsOf(schema);
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
        [
          'with one for another service',
          async () => `Bearer ${await system.identity(newId(), { audience: 'another' })}`,
        ],
        ['with one of another issuer', async () => `Bearer ${await system.identity(newId(), { issuer: 'another' })}`],
      ])('%s, is refused', async (_, authorization) => {
        const given = await authorization();
        expect(await outcomes((operation) => outcomeWith(operation, given))).toEqual(
          expected(() => '401 UNAUTHENTICATED'),
        );
      });
    });

    describe(`every operation of ${definition.name}`, () => {
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
          if (those !== 'everybody' && name !== 'signOut') expect([name, found[name]]).toEqual([name, SHUT]);
      });

      it.each(roles)('is for the role %s where that is said, and nowhere else', async (role) => {
        const found = await answersTo(await system.person({ role }));
        const doors = expected(({ name }) => (found[name] === SHUT ? 'shut' : 'open'));
        expect(doors).toEqual(
          expected(({ for: those }) => (those === 'everybody' || those.includes(role) ? 'open' : 'shut')),
        );
      });
    });
  });
}
