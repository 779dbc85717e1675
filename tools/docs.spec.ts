import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';

/** Of a document: the relative links and, in backticks, the paths below a room of the house, with the names said to be in them. */
const rooms = /^(libs|services|gateway|deploy|docs|tools|test|bench|k8s)\//;
const pages = [
  'README.md',
  'docs/walkthrough.md',
  'docs/glossary.md',
  'docs/operations.md',
  'docs/configuration.md',
  'docs/runbooks.md',
  'docs/containers.md',
  'docs/kubernetes.md',
  'docs/security.md',
  'docs/performance.md',
  'docs/capacity.md',
  ...readdirSync('docs/decisions').map((f) => `docs/decisions/${f}`),
];

function cited(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => join(dirname(page), link));
  const paths = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path).filter((path) => rooms.test(path));
  return [...links, ...paths];
}

describe('the documents', () => {
  it.each(pages)('%s cites files that are there', (page) => {
    expect(cited(page).filter((path) => !existsSync(path))).toEqual([]);
  });

  it('the README asks only what the services answer', () => {
    const schema = buildSchema(readFileSync('gateway/supergraph.graphql', 'utf8'), { assumeValid: true });
    const queries = [...readFileSync('README.md', 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)];
    expect(queries).toHaveLength(5);
    expect(queries.flatMap(([, query = '']) => validate(schema, parse(query)).map(String))).toEqual([]);
  });

  it('the walkthrough finds each step where it says', () => {
    const steps = [...readFileSync('docs/walkthrough.md', 'utf8').matchAll(/^\d+\. `([^`]+)`: `([^`]+)`/gm)];
    expect(steps.length).toBeGreaterThanOrEqual(8);
    const missing = steps.filter(([, path = '', name = '']) => !readFileSync(path, 'utf8').includes(name));
    expect(missing.map(([line]) => line)).toEqual([]);
  });
});
