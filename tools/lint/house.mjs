import eslint from '@eslint/js';
import jest from 'eslint-plugin-jest';
import globals from 'globals';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import describedSchema from './rules/described-schema.mjs';
import doorsCallTheirService from './rules/doors-call-their-service.mjs';
import guardedOperations from './rules/guarded-operations.mjs';
import noClockInDomain from './rules/no-clock-in-domain.mjs';
import noSleepInTests from './rules/no-sleep-in-tests.mjs';
import readsWithinReach from './rules/reads-within-reach.mjs';

const voronka = {
  rules: {
    'guarded-operations': guardedOperations,
    'described-schema': describedSchema,
    'doors-call-their-service': doorsCallTheirService,
    'no-clock-in-domain': noClockInDomain,
    'no-sleep-in-tests': noSleepInTests,
    'reads-within-reach': readsWithinReach,
  },
};

/** What counts as an assertion beside `expect`: a condition waited for, a supertest chain, a property that is checked. */
const assertions = ['expect', 'eventually', 'request.**.expect', 'fc.assert'];
const tests = ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts'];

/** The rules this house was built on, beside the recommended ones. Each has a fixture that breaks it. */
export const code = {
  '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
};
export const api = { 'voronka/guarded-operations': 'error', 'voronka/described-schema': 'error' };
export const doors = { 'voronka/doors-call-their-service': 'error' };
export const services = { 'voronka/reads-within-reach': 'error' };
export const domain = { 'voronka/no-clock-in-domain': 'error' };
export const settings = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'Declare a setting and read it with settingsFrom.' },
  ],
};
export const testing = {
  'voronka/no-sleep-in-tests': 'error',
  'jest/expect-expect': ['error', { assertFunctionNames: assertions }],
  'jest/no-focused-tests': 'error',
  'jest/no-disabled-tests': 'error',
  'jest/no-commented-out-tests': 'error',
  'jest/no-conditional-expect': 'error',
  'jest/no-standalone-expect': 'error',
  'jest/no-identical-title': 'error',
  'jest/valid-expect': 'error',
  'jest/valid-expect-in-promise': 'error',
};

/**
 * The lint configuration, for a tree laid out like this repository.
 * @param {string} tsconfig absolute path of the project whose types the rules ask for
 */
export function house(tsconfig) {
  return defineConfig(
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    { files: ['**/*.ts', '**/*.mjs'], extends: [eslint.configs.recommended] },
    {
      files: ['**/*.mjs'],
      languageOptions: { globals: globals.node },
    },
    {
      files: ['**/*.ts'],
      extends: [tseslint.configs.recommended],
      plugins: { voronka },
      // Told apart from an editor by CI's variable, the parser would read each program once and see no second tree.
      languageOptions: { parserOptions: { project: tsconfig, disallowAutomaticSingleRunInference: true } },
      rules: {
        ...code,
        // A noun without facts of its own is `{}` in the type of an event; that is what is meant.
        '@typescript-eslint/no-empty-object-type': 'off',
        // The compiler says it already, and knows more.
        '@typescript-eslint/no-unused-vars': 'off',
      },
    },
    { files: ['**/src/**/*.ts'], rules: api },
    { files: ['services/*/src/**/*.ts'], ignores: ['services/*/src/migrations/**'], rules: services },
    { files: ['services/**/*.resolver.ts', 'services/**/*.consumer.ts'], rules: doors },
    {
      files: ['{services/*,gateway,libs/{contracts,messaging,service-kit}}/src/**/*.ts'],
      ignores: ['libs/service-kit/src/service/settings.ts', ...tests],
      rules: settings,
    },
    {
      // The file with no suffix, in the folder of a noun.
      files: ['services/*/src/*/*.ts'],
      ignores: ['services/*/src/*/*.*.ts', 'services/*/src/migrations/**'],
      rules: domain,
    },
    { files: [...tests, '**/test/**/*.ts'], plugins: { jest }, rules: testing },
  );
}
