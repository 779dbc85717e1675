import { isDeepStrictEqual } from 'node:util';

/**
 * Whether events that were written under one JSON Schema and events written under a later one, both of the same version,
 * can be read by the readers of both. Topics are kept for ever, so two things have to hold, where reading is tolerant
 * (a field that a reader does not know is ignored, a value that it does not know is refused):
 *
 * - replay: whoever reads by the present schema accepts every event that the released one allowed;
 * - readers: whoever reads by the released schema accepts every event that the present one allows.
 *
 * Together they leave one thing that a version can gain: an optional property of a closed object. All else needs a new
 * version of the event. Said in other words (`anyOf` of constants for an enum, a `$ref` for what stands in it, other
 * descriptions and examples, an object that is now closed) it is no change.
 *
 * | rule                 | what changed                                                   | what breaks       |
 * | -------------------- | -------------------------------------------------------------- | ----------------- |
 * | required-added       | a new property is required, or an optional one became so       | replay            |
 * | required-dropped     | a required property became optional                            | readers           |
 * | property-removed     | a property is gone (an optional one: no reader refuses it, but what was written is lost, and its name could come back as something else) | readers, or facts |
 * | added-to-open        | an optional property where events could hold any               | replay            |
 * | object-opened        | an object allows any property: no name is free for an addition | later additions   |
 * | map-changed          | a map of any names became an object of given ones, or back     | either            |
 * | type-changed         | another type                                                   | replay, readers   |
 * | type-widened         | integer to number, anything allowed                            | readers           |
 * | type-narrowed        | number to integer, no longer anything                          | replay            |
 * | null-allowed         | null was not possible and is                                   | readers           |
 * | null-forbidden       | null was possible and is not                                   | replay            |
 * | alternative-added    | another branch of a choice                                     | readers           |
 * | alternative-removed  | a branch of a choice less                                      | replay            |
 * | enum-value-added     | another value of an enum: a reader has no branch for it        | readers           |
 * | enum-value-removed   | a value of an enum less                                        | replay            |
 * | constraint-loosened  | a limit is wider, a pattern, format or enum is gone            | readers           |
 * | constraint-tightened | a limit is narrower, a pattern, format or enum has come        | replay            |
 * | constraint-changed   | another pattern or format                                      | replay, readers   |
 * | unjudged             | a keyword differs whose meaning is not known here              | perhaps either    |
 *
 * The rules of a whole release (`breaksOf` in released.mjs): event-removed, version-removed, topic-removed, topic-changed,
 * partitions-lowered, cleanup-changed, retention-lowered.
 *
 * @typedef {{ rule: string, path: string, says: string }} Finding `path` is `lead.phones[].typed`; `*` any name of a map
 * @param {object} released JSON Schema 2020-12 with its own `$defs`
 * @param {object} present the same
 * @returns {Finding[]} none where the change is compatible
 */
export function breaksIn(released, present) {
  const findings = [];
  const report = (rule, path, says) => findings.push({ rule, path: path || '.', says });
  compare(side(released, released), side(present, present), '', report, new Set());
  return findings;
}

const annotations = [
  '$schema',
  '$id',
  '$defs',
  '$comment',
  'title',
  'description',
  'examples',
  'default',
  'deprecated',
];
const upper = ['maxLength', 'maxItems', 'maxProperties', 'maximum', 'exclusiveMaximum'];
const lower = ['minLength', 'minItems', 'minProperties', 'minimum', 'exclusiveMinimum'];
const exact = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'contentEncoding'];
const structure = ['type', 'enum', 'properties', 'required', 'additionalProperties', 'propertyNames', 'items'];
const known = new Set([...annotations, ...upper, ...lower, ...exact, ...structure]);
const countsFromZero = new Set(['minLength', 'minItems', 'minProperties']);

/** A schema with the document that its references point into. */
const side = (schema, root) => ({ schema, root });
const text = (value) => JSON.stringify(value);

function resolved({ schema, root }) {
  if (schema === true || schema === undefined) return {};
  if (schema === false) return { not: {} };
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  const target = $ref === '#' ? root : root.$defs?.[/^#\/\$defs\/(.+)$/.exec($ref)?.[1] ?? ''];
  if (target === undefined) throw new Error(`The reference ${$ref} points at nothing.`);
  return { ...resolved({ schema: target, root }), ...beside };
}

/** What a schema allows, as branches of one type each; enums of one type are one branch. */
function branchesOf({ schema, root }) {
  const { const: only, ...node } = resolved(side(schema, root));
  if (only !== undefined) node.enum = [only];
  const choice = node.anyOf ?? node.oneOf;
  const bare = Object.keys(node).every((k) => k === 'anyOf' || k === 'oneOf' || annotations.includes(k));
  if (choice !== undefined && bare && !(node.anyOf && node.oneOf))
    return merged(choice.flatMap((branch) => branchesOf(side(branch, root))));
  if (Array.isArray(node.type)) return node.type.flatMap((type) => branchesOf(side({ ...node, type }, root)));
  if (node.enum !== undefined) {
    const types = new Set(node.enum.map(typeOf));
    return [...types]
      .map((type) => ({
        type,
        root,
        node: { ...node, type, enum: node.enum.filter((value) => typeOf(value) === type) },
      }))
      .filter(({ type }) => node.type === undefined || fits(type, node.type));
  }
  return [{ type: node.type ?? 'anything', root, node }];
}

const typeOf = (value) =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
const fits = (type, wanted) => type === wanted || (type === 'integer' && wanted === 'number');

function merged(branches) {
  const plain = ({ node }) => Object.keys(node).every((k) => k === 'type' || k === 'enum' || annotations.includes(k));
  const result = [];
  for (const branch of branches) {
    const same = result.find(
      (b) => b.type === branch.type && plain(b) && plain(branch) && b.node.enum && branch.node.enum,
    );
    if (same) same.node = { ...same.node, enum: [...same.node.enum, ...branch.node.enum] };
    else result.push({ ...branch });
  }
  return result;
}

const family = (branch) => (branch.type === 'integer' ? 'number' : branch.type);
/** The constants that tell a branch of a choice from the others: `kind=new`. */
const tagOf = ({ node, root }) =>
  Object.entries(node.properties ?? {})
    .flatMap(([name, schema]) => {
      const { const: only, enum: values } = resolved(side(schema, root));
      return only !== undefined
        ? [`${name}=${text(only)}`]
        : values?.length === 1
          ? [`${name}=${text(values[0])}`]
          : [];
    })
    .join();

function compare(released, present, path, report, underway) {
  const here = `${released.schema?.$ref} ${present.schema?.$ref}`;
  const recursive = released.schema?.$ref !== undefined && present.schema?.$ref !== undefined;
  if (recursive && underway.has(here)) return;
  const within = recursive ? new Set([...underway, here]) : underway;
  const before = branchesOf(released);
  const after = branchesOf(present);
  const pairs = [];
  const pair = (same) => {
    for (const was of [...before]) {
      const is = after.find((branch) => same(was, branch));
      if (!is) continue;
      pairs.push([was, is]);
      before.splice(before.indexOf(was), 1);
      after.splice(after.indexOf(is), 1);
    }
  };
  const quiet = (was, is) => {
    let found = false;
    compareBranch(was, is, path, () => (found = true), within);
    return !found;
  };
  pair((was, is) => family(was) === family(is) && tagOf(was) === tagOf(is) && quiet(was, is));
  pair((was, is) => family(was) === family(is) && tagOf(was) !== '' && tagOf(was) === tagOf(is));
  pair((was, is) => family(was) === family(is));
  for (const [was, is] of pairs) compareBranch(was, is, path, report, within);
  leftOver(before, after, path, report);
}

/** Branches that have no counterpart. */
function leftOver(before, after, path, report) {
  const names = (branches) => branches.map(({ type, ...branch }) => tagOf(branch) || type).join(', ');
  const some = (branches, type) => branches.some((branch) => branch.type === type);
  if (some(after, 'anything')) report('type-widened', path, `${names(before) || 'nothing else'} became anything`);
  else if (some(before, 'anything')) report('type-narrowed', path, `anything became ${names(after)}`);
  else {
    if (some(after, 'null')) report('null-allowed', path, 'may now be null');
    if (some(before, 'null')) report('null-forbidden', path, 'may no longer be null');
    const [gone, come] = [before, after].map((branches) => branches.filter(({ type }) => type !== 'null'));
    if (gone.length > 0 && come.length > 0) report('type-changed', path, `${names(gone)} became ${names(come)}`);
    else if (come.length > 0) report('alternative-added', path, `may now be ${names(come)} as well`);
    else if (gone.length > 0) report('alternative-removed', path, `may no longer be ${names(gone)}`);
  }
}

function compareBranch(was, is, path, report, underway) {
  if (was.type !== is.type)
    report(is.type === 'number' ? 'type-widened' : 'type-narrowed', path, `${was.type} became ${is.type}`);
  compareEnum(was.node.enum, is.node.enum, path, report);
  compareLimits(was, is, path, report);
  for (const keyword of exact) {
    const [before, after] = [was.node[keyword], is.node[keyword]];
    if (isDeepStrictEqual(before, after)) continue;
    const rule = after === undefined ? 'loosened' : before === undefined ? 'tightened' : 'changed';
    report(`constraint-${rule}`, path, `${keyword} was ${text(before) ?? 'free'} and is ${text(after) ?? 'free'}`);
  }
  const others = new Set([...Object.keys(was.node), ...Object.keys(is.node)].filter((keyword) => !known.has(keyword)));
  for (const keyword of others)
    if (!isDeepStrictEqual(was.node[keyword], is.node[keyword]))
      report('unjudged', path, `${keyword} is not known to this check, and differs`);
  if (was.type === 'array')
    compare(side(was.node.items, was.root), side(is.node.items, is.root), `${path}[]`, report, underway);
  if (was.type === 'object') compareObjects(was, is, path, report, underway);
}

function compareEnum(before, after, path, report) {
  if (!before && !after) return;
  if (!after) return report('constraint-loosened', path, 'was an enum and is free');
  if (!before) return report('constraint-tightened', path, `is now one of ${after.map(text).join(', ')}`);
  const lacking = (values, others) => values.filter((v) => !others.some((o) => isDeepStrictEqual(v, o))).map(text);
  const come = lacking(after, before);
  const gone = lacking(before, after);
  if (come.length > 0) report('enum-value-added', path, `may now be ${come.join(', ')}`);
  if (gone.length > 0) report('enum-value-removed', path, `may no longer be ${gone.join(', ')}`);
}

/** Limits as numbers that can be compared: of whole numbers, `exclusiveMinimum: 0` is `minimum: 1`. */
function limitsOf({ type, node }) {
  const limits = {};
  for (const [keywords, beyond] of [
    [upper, -1],
    [lower, 1],
  ])
    for (const keyword of keywords) {
      if (node[keyword] === undefined) continue;
      const whole = type === 'integer' && keyword.startsWith('exclusive');
      const name = whole ? keyword.replace('exclusiveM', 'm') : keyword;
      const limit = whole ? node[keyword] + beyond : node[keyword];
      limits[name] =
        limits[name] === undefined ? limit : beyond < 0 ? Math.min(limits[name], limit) : Math.max(limits[name], limit);
    }
  return limits;
}

function compareLimits(was, is, path, report) {
  const [before, after] = [limitsOf(was), limitsOf(is)];
  for (const [keywords, sign] of [
    [upper, 1],
    [lower, -1],
  ])
    for (const keyword of keywords) {
      const free = countsFromZero.has(keyword) ? 0 : sign * Infinity;
      const [a, b] = [before[keyword] ?? free, after[keyword] ?? free];
      if (a === b) continue;
      const rule = sign * b > sign * a ? 'constraint-loosened' : 'constraint-tightened';
      report(rule, path, `${keyword} was ${before[keyword] ?? 'free'} and is ${after[keyword] ?? 'free'}`);
    }
}

/** `closed`, `open` to any other property, or a `map` whose other properties have a schema. */
function othersOf({ node, root }) {
  if (node.additionalProperties === false) return 'closed';
  return Object.keys(resolved(side(node.additionalProperties, root))).length === 0 ? 'open' : 'map';
}

function compareObjects(was, is, path, report, underway) {
  const below = (name) => (path ? `${path}.${name}` : name);
  const [before, after] = [othersOf(was), othersOf(is)];
  if (before === 'map' && after === 'map') {
    const values = [was, is].map(({ node, root }) => side(node.additionalProperties, root));
    compare(...values, below('*'), report, underway);
  } else if (before === 'map' || after === 'map') report('map-changed', path, `was ${before} and is ${after}`);
  else if (before === 'closed' && after === 'open') report('object-opened', path, 'was closed and allows any property');
  const names = [was, is].map(({ node, root }) => side(node.propertyNames ?? { type: 'string' }, root));
  compare(...names, below('*'), report, underway);

  const [had, has] = [was, is].map(({ node }) => new Map(Object.entries(node.properties ?? {})));
  const [needed, needs] = [was, is].map(({ node }) => new Set(node.required ?? []));
  for (const name of new Set([...had.keys(), ...has.keys(), ...needed, ...needs])) {
    const here = below(name);
    const knew = had.has(name) || needed.has(name);
    if (knew && !has.has(name) && !needs.has(name)) report('property-removed', here, 'is gone');
    else if (needs.has(name) && !needed.has(name)) report('required-added', here, 'is now required');
    else if (!knew && before !== 'closed') report('added-to-open', here, `is new where ${before} objects were allowed`);
    else if (needed.has(name) && !needs.has(name)) report('required-dropped', here, 'is no longer required');
    if (had.has(name) && has.has(name))
      compare(side(had.get(name), was.root), side(has.get(name), is.root), here, report, underway);
  }
}
