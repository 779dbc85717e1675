import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { documentId, TrustedDocuments } from '../src/document/trusted-documents.js';
import type { Organisation } from './organisation.js';
import { openOrganisation } from './organisation.js';

const body = 'query Deal($id: ID!) {\n  deal(id: $id) {\n    title\n  }\n}';
const id = documentId(body);
const variables = { id: 'd1' };
const answered = { data: { deal: { title: 'Deal 1' } } };

let organisation: Organisation;
beforeAll(async () => {
  organisation = await openOrganisation({ trustedDocuments: new TrustedDocuments([{ id, body }]) });
});
afterAll(() => organisation.close());
beforeEach(() => {
  organisation.deals.received.length = 0;
});
const post = (payload: object) => request(organisation.url).post('/graphql').send(payload);
const get = (query: Record<string, string>) =>
  request(organisation.url).get('/graphql').set('apollo-require-preflight', '1').query(query);
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

describe('A gateway that answers trusted documents only', () => {
  it.each([
    ['by its text', () => post({ query: body, variables })],
    [
      'by its text, spaced otherwise',
      () => post({ query: 'query Deal($id: ID!) { deal(id: $id) { title } }', variables }),
    ],
    ['by its hash, as GraphQL over HTTP has it', () => post({ documentId: `sha256:${id}`, variables })],
    ['by its hash, as Apollo’s clients have it', () => post({ extensions: persisted(id), variables })],
    ['by its hash in an address', () => get({ documentId: `sha256:${id}`, variables: JSON.stringify(variables) })],
    [
      'by its hash in an address, as Apollo’s clients have it',
      () => get({ extensions: JSON.stringify(persisted(id)), variables: JSON.stringify(variables) }),
    ],
  ])('answers one %s', async (_, ask) => {
    const answer = await ask().expect(200);
    expect(answer.body).toEqual(answered);
  });

  it.each([
    ['another document', () => post({ query: '{ deals { id } }' })],
    [
      'one that holds a trusted one',
      () => post({ query: `${body} query Other { deals { id } }`, operationName: 'Other' }),
    ],
    ['another document with the hash of a trusted one', () => post({ query: '{ deals { id } }', documentId: id })],
    ['a hash that is not in the manifest', () => post({ documentId: `sha256:${documentId('{ deals { id } }')}` })],
    [
      'one to be remembered',
      () => post({ query: '{ deals { id } }', extensions: persisted(documentId('{ deals { id } }')) }),
    ],
    ['a question for the schema', () => post({ query: '{ __schema { types { name } } }' })],
    ['another by GET', () => get({ query: '{ deals { id } }' })],
  ])('refuses %s', async (_, ask) => {
    const answer = await ask();
    expect(answer.body.errors[0].extensions).toMatchObject({ code: 'DOCUMENT_NOT_TRUSTED' });
    expect(answer.body.data).toBeUndefined();
    expect(organisation.deals.received).toEqual([]);
  });
});
