import { readdirSync } from 'node:fs';

/**
 * Who may import whom: one rule for each line of the table in the README, and a fixture for each under
 * tools/lint/fixtures/imports that breaks it and nothing else. `tools/lint/imports.mjs` runs them.
 *
 * A path is matched as well when it could not be resolved (`@voronka/deals`, a package that is not installed):
 * a ban that needs its target to be there would pass on the day it is not.
 */
const services = readdirSync(new URL('services', import.meta.url)).join('|');
const aService = [`^services/[^/]+/`, `^@voronka/(${services})(/|$)`];
const ours = ['^(libs|services|gateway|deploy|bench|test|tools)/', '^@voronka/'];
const testFile =
  '\\.(spec|int-spec|e2e-spec)\\.ts$|^(libs|services|deploy|tools)/[^/]+/test/|^((gateway|bench)/)?test/';
/** The file with no suffix in a noun's folder; `$1` is the service. */
const domainFile = '^services/([^/]+)/src/(?!migrations/)[^/]+/[^./]+\\.ts$';
const packages = (...names) => `(^|/node_modules/|^node_modules/)(${names.join('|')})(/|$)`;

export const rules = [
  {
    name: 'contracts-import-only-zod',
    comment: 'Contracts are what everybody may depend on: they depend on nothing but their schema library.',
    from: { path: '^libs/contracts/src/', pathNot: testFile },
    to: { pathNot: ['^libs/contracts/src/', packages('zod')] },
  },
  {
    name: 'messaging-imports-only-contracts',
    comment: 'Of our own code messaging knows the contracts alone.',
    from: { path: '^libs/messaging/' },
    to: { path: ours, pathNot: '^libs/(contracts|messaging|testing)/' },
  },
  {
    name: 'only-messaging-knows-kafkajs',
    comment: 'Speak to the broker through the port in @voronka/messaging; what proves that library must not use it.',
    from: { pathNot: '^(libs/messaging|tools/torture|bench)/' },
    to: { path: packages('kafkajs') },
  },
  {
    name: 'only-otlp-traces-know-opentelemetry',
    comment: 'Speak of spans through the port Tracer in @voronka/messaging.',
    from: { pathNot: '^libs/service-kit/src/service/otlp\\.traces\\.ts$' },
    to: { path: packages('@opentelemetry') },
  },
  {
    name: 'opentelemetry-is-loaded-when-wanted',
    comment: 'Who wants no traces pays nothing for them: import it when it is known that there is a collector.',
    from: {},
    to: { path: '^libs/service-kit/src/service/otlp\\.traces\\.ts$', dynamic: false },
  },
  {
    name: 'service-kit-imports-only-contracts-and-messaging',
    comment: 'The kit is beneath the services and never knows one of them.',
    from: { path: '^libs/service-kit/' },
    to: { path: ours, pathNot: '^libs/(contracts|messaging|service-kit|testing)/' },
  },
  {
    name: 'testing-imports-only-libs',
    comment: 'What tests share is beneath the services too.',
    from: { path: '^libs/testing/' },
    to: { path: ours, pathNot: '^libs/' },
  },
  {
    name: 'services-import-only-libs',
    comment: 'A service builds on contracts, messaging and service-kit, and on nothing beside or above it.',
    from: { path: '^services/' },
    to: { path: ours, pathNot: ['^libs/(contracts|messaging|service-kit|testing)/', ...aService] },
  },
  {
    name: 'services-never-import-each-other',
    comment: 'What a service needs of another it learns from its events and keeps in its own table.',
    from: { path: '^services/([^/]+)/' },
    to: { path: aService, pathNot: '^services/$1/' },
  },
  {
    name: 'gateway-imports-only-service-kit-and-contracts',
    comment: 'The gateway knows nothing of the business; of contracts it needs the closed list of refusals.',
    // Its tests compose a supergraph with the tool that the build composes it with.
    from: { path: '^gateway/' },
    to: {
      path: ours,
      pathNot: ['^gateway/', '^libs/(contracts|service-kit|testing)/', '^tools/compose-supergraph\\.mjs$'],
    },
  },
  {
    name: 'deploy-imports-only-libs',
    comment: 'Services and gateway are started as processes, never imported.',
    from: { path: '^deploy/' },
    to: { path: ours, pathNot: ['^deploy/', '^libs/'] },
  },
  {
    name: 'import-imports-nothing-of-ours',
    comment: 'The import works through the public API, as any client would.',
    from: { path: '^tools/import/' },
    to: { path: ours, pathNot: '^tools/import/' },
  },
  {
    name: 'torture-imports-only-the-local-system',
    comment: 'It starts the system as anybody would, and hurts it from outside.',
    from: { path: '^tools/torture/' },
    to: { path: ours, pathNot: '^(tools/torture|deploy/local)/' },
  },
  {
    name: 'the-checker-imports-nothing-of-ours',
    comment: 'A judge that shares code with the judged shares its mistakes.',
    from: { path: '^tools/torture/src/checker/' },
    to: { path: ours, pathNot: ['^tools/torture/src/checker/', '^(libs|services|gateway)/', '^@voronka/'] },
  },
  {
    name: 'ops-imports-only-libs',
    comment: 'Operators work on databases and topics through messaging, never through a service.',
    from: { path: '^tools/ops/' },
    to: { path: ours, pathNot: '^(tools/ops|libs)/' },
  },
  {
    name: 'bench-imports-only-libs-and-the-local-system',
    comment: 'Services and gateway are measured as the processes they are; what is imported would not be what is run.',
    from: { path: '^bench/' },
    to: { path: ours, pathNot: '^(bench|libs|deploy/local)/' },
  },
  {
    name: 'testing-is-for-tests',
    comment: 'What runs in production does not import @voronka/testing.',
    from: { pathNot: [testFile, '^libs/testing/'] },
    to: { path: ['^libs/testing/', '^@voronka/testing(/|$)'] },
  },
  {
    name: 'nothing-imports-a-test',
    comment: 'What two tests share belongs into a helper without a test suffix.',
    from: { pathNot: testFile },
    to: { path: testFile },
  },
  {
    name: 'domain-files-import-only-the-domain',
    comment:
      "A domain file knows contracts, the base class of records, its service's domain files and column decorators.",
    from: { path: domainFile },
    to: {
      pathNot: [
        '^libs/contracts/',
        '^libs/service-kit/(src|dist)/record\\.',
        '^services/$1/src/(?!migrations/)[^/]+/[^./]+\\.ts$',
        packages('typeorm'),
        ...aService.map((path) => `(?!^services/$1/)${path}`),
      ],
    },
  },
  {
    name: 'doors-never-know-the-orm',
    comment: 'Resolvers and consumers call their service; they see no table.',
    from: { path: '^services/.*\\.(resolver|consumer)\\.ts$' },
    to: { path: packages('typeorm', 'pg', '@nestjs/typeorm') },
  },
  {
    name: 'no-circles',
    comment: 'Two files that import each other are one file, or three.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'every-import-resolves',
    comment: 'An import that leads nowhere is one no rule here could judge.',
    from: {},
    to: { couldNotResolve: true, pathNot: `^@voronka/(${services}|testing)(/|$)` },
  },
  {
    name: 'every-package-is-declared',
    comment: 'A package that came along with another may leave with it: name it in package.json.',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
];

export default {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^(libs|services|deploy|tools)/[^/]+/dist/', '^(gateway|bench)/dist/', '^tools/lint/fixtures/'] },
  },
};
