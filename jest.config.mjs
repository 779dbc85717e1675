/**
 * Three suites by what they cost: `.spec` milliseconds, `.int-spec` a real PostgreSQL (and Kafka for the broker),
 * `.e2e-spec` the whole system as `npm start` starts it. Sources are read through swc; the whole system runs what was built.
 */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^@voronka/service-kit/(record|process)$': '<rootDir>/libs/service-kit/src/$1.ts',
    '^@voronka/(contracts|messaging|service-kit|testing)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*(?<!\\.json))\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/.local/', '/.nx/'],
  setupFilesAfterEnv: ['<rootDir>/test/patience.mjs'],
  testPathIgnorePatterns: ['/node_modules/', '/tools/lint/fixtures/'],
};

export default {
  testSequencer: '<rootDir>/test/sequencer.mjs',
  projects: [
    { ...base, displayName: 'spec', testMatch: ['**/*.spec.ts'] },
    {
      ...base,
      displayName: 'int',
      testMatch: ['**/*.int-spec.ts'],
      globalSetup: '<rootDir>/test/global-setup.mjs',
      globalTeardown: '<rootDir>/test/global-teardown.mjs',
    },
    { ...base, displayName: 'e2e', testMatch: ['**/*.e2e-spec.ts'] },
  ],
};
