import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TrustedDocuments } from '../gateway/src/document/trusted-documents.js';
import { manifestOf } from './documents.mjs';

const sdl = 'type Query { lead(id: ID!): Lead } type Lead { id: ID!, name: String, owner: User } type User { id: ID! }';
const files = {
  'lead.graphql': 'query Lead($id: ID!) { lead(id: $id) { ...Shown } }',
  'all/owner.graphql': 'query Owner { lead(id: 1) { owner { ...Person } } } fragment Person on User { id }',
  'shown.graphql': 'fragment Shown on Lead { id owner { ...Person } }',
};

describe('The manifest of documents', () => {
  it('has an entry for each operation, with the fragments that it spreads and no others', () => {
    const { operations } = manifestOf(files, sdl);
    expect(operations.map(({ name, type }) => [name, type])).toEqual([
      ['Lead', 'query'],
      ['Owner', 'query'],
    ]);
    expect(operations[0]?.body.match(/fragment \w+/g)).toEqual(['fragment Person', 'fragment Shown']);
    expect(operations[1]?.body.match(/fragment \w+/g)).toEqual(['fragment Person']);
  });

  it('is the same whatever order the files come in', () => {
    const other = Object.fromEntries(Object.entries(files).reverse());
    expect(manifestOf(other, sdl)).toEqual(manifestOf(files, sdl));
  });

  it.each([
    ['asks what is not answered', { 'a.graphql': 'query A { lead(id: 1) { colour } }' }, /^a\.graphql: A: .*colour/],
    ['has no name', { 'a.graphql': '{ lead(id: 1) { id } }' }, /needs a name/],
    [
      'has a name that another has',
      { a: 'query A { lead(id: 1) { id } } query A { lead(id: 2) { id } }' },
      /A is there twice/,
    ],
    ['spreads what is not there', { a: 'query A { lead(id: 1) { ...Gone } }' }, /Unknown fragment "Gone"/],
    ['cannot be read', { a: 'query A {' }, /^a: Syntax Error/],
  ])('is not made of a document that %s', (_, wrong: Record<string, string>, message) => {
    expect(() => manifestOf(wrong, sdl)).toThrow(message);
  });

  it('is made from a folder by npm run documents, and read by the gateway', () => {
    const folder = mkdtempSync(join(tmpdir(), 'voronka-documents-'));
    mkdirSync(join(folder, 'some'));
    writeFileSync(join(folder, 'some/me.graphql'), 'query Me { me { id } }');
    const out = join(folder, 'documents.json');
    execFileSync(process.execPath, ['tools/documents.mjs', folder, '--out', out], {
      env: { PATH: process.env['PATH'] },
    });
    const { operations } = JSON.parse(readFileSync(out, 'utf8')) as { operations: { id: string; body: string }[] };
    expect(operations).toHaveLength(1);
    expect(TrustedDocuments.in(out, 'DOCUMENTS_MANIFEST').textOf(operations[0]!.id)).toBe(operations[0]!.body);
  });
});
