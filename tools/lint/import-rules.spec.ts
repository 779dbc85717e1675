import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { rules } from '../../.dependency-cruiser.mjs';
import { blindSpots, importsOf } from './imports.mjs';

const fixtures = resolve(import.meta.dirname, 'fixtures/imports');
const names: string[] = rules.map((rule: { name: string }) => rule.name);
/** How many imports of a fixture are refused, where it is not one; the others in it are allowed. */
const refused: Record<string, number> = {
  'services-never-import-each-other': 4,
  'domain-files-import-only-the-domain': 4,
  'doors-never-know-the-orm': 2,
  'every-import-resolves': 2,
};

describe('the import rules', () => {
  it('have a fixture each, and no fixture is left over', () => {
    expect(readdirSync(fixtures).sort()).toEqual([...names].sort());
  });

  it.each(names)('see red where %s is broken, and nothing else', async (name) => {
    const { violations } = await importsOf(`${fixtures}/${name}`);
    expect(violations.map(({ rule }) => rule)).toEqual(Array(refused[name] ?? 1).fill(name));
  });

  it('hold in this repository, where each of them has files to look at', async () => {
    const { modules, violations } = await importsOf(resolve(import.meta.dirname, '../..'));
    expect(violations).toEqual([]);
    expect(blindSpots(modules)).toEqual([]);
  });

  it('are not believed when they were run over nothing', () => {
    expect(blindSpots([]).length).toBeGreaterThan(5);
  });
});
