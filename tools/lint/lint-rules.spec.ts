import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { api, code, domain, doors, house, services, settings, testing } from './house.mjs';

const fixtures = resolve(import.meta.dirname, 'fixtures');
const names = Object.keys({ ...code, ...api, ...doors, ...services, ...settings, ...domain, ...testing });

/** How often a fixture breaks its rule, where it is not once; the rest of it is allowed. */
const reported: Record<string, number> = {
  'voronka/guarded-operations': 2,
  'voronka/described-schema': 7,
  'voronka/doors-call-their-service': 2,
  'voronka/no-clock-in-domain': 3,
  'voronka/no-sleep-in-tests': 4,
  'voronka/reads-within-reach': 3,
  'no-restricted-properties': 2,
  'jest/no-disabled-tests': 2,
  'jest/no-conditional-expect': 2,
  'jest/valid-expect': 2,
};

/** The rules that a tree's files break, each as often as it is broken. */
async function lint(cwd: string): Promise<(string | null)[]> {
  const eslint = new ESLint({
    cwd,
    overrideConfigFile: true,
    overrideConfig: house(resolve(fixtures, 'tsconfig.json')),
  });
  const results = await eslint.lintFiles(['.']);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
}

describe('the lint rules', () => {
  // The first run loads the compiler.
  beforeAll(() => lint(resolve(fixtures, 'eslint', names[0] ?? '')), 60_000);

  it.each(names)('see red where %s is broken, and nothing else', async (name) => {
    const fixture = resolve(fixtures, 'eslint', name);
    expect(existsSync(fixture)).toBe(true);
    expect(await lint(fixture)).toEqual(Array(reported[name] ?? 1).fill(name));
  });

  it.each([
    ['services/leads/src/lead/lead.ts', Object.keys({ ...code, ...api, ...domain })],
    ['services/leads/src/lead/lead.resolver.ts', Object.keys({ ...code, ...api, ...services, ...doors })],
    ['services/leads/src/lead/lead.service.ts', Object.keys({ ...code, ...api, ...services, ...settings })],
    ['libs/messaging/src/relay.ts', Object.keys({ ...code, ...settings })],
    ['gateway/src/main.ts', Object.keys({ ...code, ...settings })],
    ['services/leads/src/lead/lead.consumer.ts', Object.keys({ ...code, ...api, ...doors })],
    ['services/leads/src/lead/lead.spec.ts', Object.keys({ ...code, ...testing })],
    ['services/leads/test/lead.int-spec.ts', Object.keys({ ...code, ...testing })],
    ['test/story.e2e-spec.ts', Object.keys({ ...code, ...testing })],
  ])('are in force for %s', async (path, expected) => {
    const { rules } = (await new ESLint({ cwd: resolve(import.meta.dirname, '../..') }).calculateConfigForFile(
      path,
    )) as {
      rules: Record<string, [number]>;
    };
    expect(expected.filter((name) => rules[name]?.[0] !== 2)).toEqual([]);
  });
});
