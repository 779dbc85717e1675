import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Organisation } from './organisation.js';
import { accessToken, openOrganisation } from './organisation.js';

let closed: Organisation;
let open: Organisation;
beforeAll(async () => {
  [closed, open] = await Promise.all([openOrganisation({ introspection: false }), openOrganisation()]);
});
afterAll(() => Promise.all([closed.close(), open.close()]));

const SCHEMA = '{ __schema { types { name } } }';
const ask = (organisation: Organisation, query: string, headers: Record<string, string> = {}) =>
  request(organisation.url).post('/graphql').set(headers).send({ query });

describe('The schema', () => {
  it('is not for strangers', async () => {
    const { body } = await ask(closed, SCHEMA);
    expect(body).toEqual({
      errors: [
        {
          message: 'Only who is signed in may ask for the schema. Sign in with signIn.',
          extensions: { code: 'UNAUTHENTICATED', correlationId: expect.any(String) },
        },
      ],
    });
  });

  it('is for who is signed in, and for strangers where the operator says so', async () => {
    const known = await ask(closed, SCHEMA, { authorization: `Bearer ${await accessToken()}` });
    const stranger = await ask(open, SCHEMA);
    const names = [known, stranger].map(({ body }) =>
      body.data.__schema.types.map(({ name }: { name: string }) => name),
    );
    expect(names).toEqual([expect.arrayContaining(['Deal']), expect.arrayContaining(['Deal'])]);
  });

  it('is not what it says to ask every object for its type', async () => {
    const { body } = await ask(closed, '{ deals { __typename } }');
    expect(body.data.deals[0]).toEqual({ __typename: 'Deal' });
  });

  it.each(['{ deal(id: "d1") { titel } }', '{ deels { id } }', '{ deal(id: "d1") { title @includ(if: true) } }'])(
    'is not told by guesses at what was meant: %s',
    async (query) => {
      const { body, text } = await ask(closed, query);
      expect(body.errors[0].extensions.code).toBe('INVALID_QUERY');
      expect(text).not.toMatch(/Did you mean|title\\"\?|"deals/);
    },
  );
});
