import { readdirSync, existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import config, { rules } from '../../.dependency-cruiser.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const TOP = ['libs', 'services', 'gateway', 'deploy', 'test', 'tools', 'bench'];
/** Whole numbers below which the tree cannot be the real one. */
const LEAST_MODULES = 60;

const below = (folder, root = ROOT) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [];

/**
 * Runs the import rules over a tree laid out like this repository.
 * @param {string} root absolute path
 * @returns {Promise<{ modules: string[], violations: { rule: string, from: string, to: string }[] }>}
 */
export async function importsOf(root) {
  const alias = {
    ...Object.fromEntries(
      below('libs', root).flatMap((lib) => [
        [`@voronka/${basename(lib)}$`, join(root, lib, 'src/index.ts')],
        [`@voronka/${basename(lib)}`, join(root, lib, 'src')],
      ]),
    ),
    ...Object.fromEntries(below('services', root).map((path) => [`@voronka/${basename(path)}`, join(root, path)])),
  };
  const { output } = await cruise(
    TOP.filter((folder) => existsSync(join(root, folder))),
    { ruleSet: { forbidden: config.forbidden }, validate: true, baseDir: resolve(root), ...config.options },
    {
      alias,
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
  );
  if (typeof output === 'string') throw new Error(output);
  return {
    modules: output.modules.map((module) => module.source).filter((path) => TOP.includes(path.split('/')[0])),
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/**
 * What makes a green run worthless: nothing was read, or a rule looks at no file of the tree.
 * @param {string[]} modules paths, relative to the root
 * @returns {string[]} sentences; none when the run can be believed
 */
export function blindSpots(modules) {
  const workspaces = [...below('libs'), ...below('services'), 'gateway', 'bench', 'deploy/local'];
  const sees = (path) => modules.some((module) => new RegExp(path).test(module));
  return [
    ...(modules.length < LEAST_MODULES
      ? [
          `only ${modules.length} modules were found, at least ${LEAST_MODULES} are here: the rules were run over nothing`,
        ]
      : []),
    ...workspaces.filter((folder) => !sees(`^${folder}/src/`)).map((folder) => `no module of ${folder} was found`),
    ...rules
      .filter((rule) => rule.from.path !== undefined && !sees(rule.from.path))
      .map((rule) => `${rule.name} looks at no file: ${rule.from.path} matches none`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { modules, violations } = await importsOf(ROOT);
  const comment = (name) => rules.find((rule) => rule.name === name)?.comment ?? '';
  for (const { rule, from, to } of violations) console.error(`${from} → ${to}\n  ${rule}: ${comment(rule)}`);
  const blind = blindSpots(modules);
  for (const sentence of blind) console.error(sentence);
  if (violations.length + blind.length > 0) process.exitCode = 1;
  else console.log(`${modules.length} modules keep ${rules.length} import rules`);
}
