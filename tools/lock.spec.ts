import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface Locked {
  version?: string;
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}
const root = resolve(import.meta.dirname, '..');
const read = (file: string) => JSON.parse(readFileSync(resolve(root, file), 'utf8')) as Record<string, unknown>;
const packages = read('package-lock.json').packages as Record<string, Locked>;

describe('package-lock.json', () => {
  it('names what other platforms need: npm ci refuses a lock that lacks one', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    const hosts = Object.values(packages).flatMap(({ resolved = '' }) => (resolved.includes('://') ? [resolved] : []));
    expect(hosts).toEqual([]);
  });

  it('holds exact versions, as package.json asks for them', () => {
    const { dependencies, devDependencies } = read('package.json') as Record<string, Record<string, string>>;
    const asked = { ...dependencies, ...devDependencies };
    const locked = Object.keys(asked).map((name) => [name, packages[`node_modules/${name}`]?.version]);
    expect(Object.fromEntries(locked)).toEqual(asked);
  });
});
