import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/**
 * A Kubernetes object, or any part of one.
 * @typedef {Record<string, any>} Manifest
 */

const KNOWN = [
  'apiVersion',
  'kind',
  'resources',
  'components',
  'namespace',
  'nameSuffix',
  'labels',
  'images',
  'patches',
];

/**
 * The manifests of a folder with a kustomization.yaml, as `kubectl kustomize` makes them, but that names of generated config maps
 * bear no hash. Does as much of kustomize as k8s/ uses, and throws at what it does not know.
 * @param {string} folder
 * @param {readonly string[]} more components beside those that it names itself, by their folders
 * @returns {Manifest[]}
 */
export function rendered(folder, more = []) {
  const kustomization = read(folder);
  const { resources = [], components = [] } = kustomization;
  let manifests = resources.flatMap((/** @type {string} */ path) => loaded(join(folder, path)));
  for (const component of [...components.map((/** @type {string} */ path) => join(folder, path)), ...more]) {
    const { resources: added = [], ...rest } = read(component);
    manifests.push(...added.flatMap((/** @type {string} */ path) => loaded(join(component, path))));
    manifests = changed(manifests, rest, component);
  }
  return changed(manifests, kustomization, folder);
}

/** @param {string} path @returns {Manifest[]} */
function loaded(path) {
  if (!existsSync(path)) throw new Error(`${path} is named and not there`);
  return statSync(path).isDirectory() ? rendered(path) : documents(path);
}

/** The documents of a YAML file; throws where it is none. @param {string} path @returns {Manifest[]} */
export function documents(path) {
  return parseAllDocuments(readFileSync(path, 'utf8'), { strict: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]?.message}`);
    return document.toJS();
  });
}

/** @param {string} folder @returns {Manifest} */
function read(folder) {
  const path = join(folder, 'kustomization.yaml');
  if (!existsSync(path)) throw new Error(`${folder} is named and has no kustomization.yaml`);
  const kustomization = documents(path)[0] ?? {};
  const unknown = Object.keys(kustomization).filter((key) => ![...KNOWN, 'configMapGenerator'].includes(key));
  if (unknown.length > 0) throw new Error(`${path}: ${unknown.join(', ')} is not known here`);
  return kustomization;
}

/** @param {Manifest[]} given @param {Manifest} kustomization @param {string} folder @returns {Manifest[]} */
function changed(
  given,
  { configMapGenerator = [], patches = [], namespace, nameSuffix, labels = [], images = [] },
  folder,
) {
  let manifests = given;
  for (const { name, behavior = 'create', literals } of configMapGenerator) {
    const data = Object.fromEntries(
      literals.map((/** @type {string} */ literal) => literal.split(/=(.*)/s).slice(0, 2)),
    );
    const there = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
    if ((behavior === 'merge') !== Boolean(there)) throw new Error(`${folder}: config map ${name} cannot ${behavior}`);
    if (there) Object.assign(there['data'], data);
    else manifests.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
  for (const { target, patch } of patches) {
    const change = parse(patch);
    const { kind, name } = target ?? { kind: change.kind, name: change.metadata.name };
    const meant = manifests.filter((one) => matches(kind, one['kind']) && matches(name, one['metadata'].name));
    if (meant.length === 0) throw new Error(`${folder}: a patch of ${kind} ${name ?? ''} meets nothing`);
    if (!Array.isArray(change) && change.$patch !== 'delete')
      throw new Error(`${folder}: that patch is not known here`);
    if (Array.isArray(change)) meant.forEach((one) => change.forEach((operation) => apply(one, operation)));
    else manifests = manifests.filter((one) => !meant.includes(one));
  }
  for (const one of manifests) if (namespace && one['kind'] !== 'Namespace') one['metadata'].namespace = namespace;
  if (nameSuffix) rename(manifests, nameSuffix);
  for (const { pairs, ...where } of labels) manifests.forEach((one) => label(one, pairs, where));
  for (const one of manifests)
    for (const container of podOf(one)?.containers ?? []) {
      const image = images.find((/** @type {Manifest} */ { name }) => name === container.image);
      if (image) container.image = `${image.newName ?? image.name}:${image.newTag}`;
    }
  return manifests;
}

/** @param {string | undefined} pattern @param {string} text */
const matches = (pattern, text) => pattern === undefined || new RegExp(`^(${pattern})$`).test(text);

/** A JSON patch's operation. @param {any} manifest @param {{ op: string, path: string, value: unknown }} operation */
function apply(manifest, { op, path, value }) {
  const keys = path.split('/').slice(1);
  const last = keys.pop() ?? '';
  const at = keys.reduce((part, key) => part?.[key], manifest);
  if (at === undefined || (op === 'replace' && !(last in at))) throw new Error(`${manifest.kind}: there is no ${path}`);
  if (op !== 'add' && op !== 'replace') throw new Error(`${op} is not known here`);
  const own = structuredClone(value);
  if (last === '-') at.push(own);
  else at[last] = own;
}

/** Where one object names another. @type {readonly [kind: string, ...path: string[]][]} */
const references = [
  ['ServiceAccount', 'spec', 'template', 'spec', 'serviceAccountName'],
  ['Deployment', 'spec', 'scaleTargetRef', 'name'],
];

/** @param {Manifest[]} manifests @param {string} suffix */
function rename(manifests, suffix) {
  const names = new Set(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  for (const one of manifests) {
    for (const [kind, ...path] of references) {
      const key = path.pop() ?? '';
      const at = path.reduce((part, step) => part?.[step], one);
      if (names.has(`${kind}/${at?.[key]}`)) /** @type {Manifest} */ (at)[key] += suffix;
    }
    for (const { backend } of one['spec']?.rules?.flatMap((/** @type {Manifest} */ { http }) => http.paths) ?? [])
      if (names.has(`Service/${backend.service.name}`)) backend.service.name += suffix;
    one['metadata'].name += suffix;
  }
}

/** @param {Manifest} one @param {Record<string, string>} pairs @param {Manifest} where */
function label(one, pairs, { includeSelectors = false, includeTemplates = false }) {
  one['metadata'].labels = { ...one['metadata'].labels, ...pairs };
  const template = one['spec']?.template;
  if (template && (includeSelectors || includeTemplates))
    template.metadata.labels = { ...template.metadata.labels, ...pairs };
  if (!includeSelectors) return;
  if (one['kind'] === 'Service') Object.assign(one['spec'].selector, pairs);
  if (one['spec']?.selector?.matchLabels) Object.assign(one['spec'].selector.matchLabels, pairs);
  for (const spread of podOf(one)?.topologySpreadConstraints ?? [])
    Object.assign(spread.labelSelector.matchLabels, pairs);
}

/** What a manifest runs; undefined where it runs nothing. @param {Manifest} manifest @returns {Manifest | undefined} */
export function podOf({ kind, spec }) {
  return ['Deployment', 'StatefulSet', 'Job'].includes(kind) ? spec.template.spec : undefined;
}
