import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { arbitraryOf, tolerantly, type Schema } from '../libs/contracts/test/arbitrary.js';
import { breaksIn } from './compatibility.mjs';
import { corpus } from '../libs/contracts/test/corpus.js';

function readerOf(schema: Schema) {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  return ajv.compile(tolerantly(schema));
}

/** An event of the one schema that a reader of the other refuses, if so many tries find one. */
function refusedOf(written: Schema, read: Schema, tries = 200): { event: unknown } | undefined {
  const accepts = readerOf(read);
  const events = fc.sample(arbitraryOf(written, 'max'), { numRuns: tries, seed: 4 });
  const refused = events.filter((event) => !accepts(event));
  return refused.length > 0 ? { event: refused[0] } : undefined;
}

/** Two small schemas that are alike, for the changes that nobody thought of. */
const alike = (() => {
  const leaf = fc.constantFrom<Schema>(
    { type: 'integer', minimum: 0, maximum: 3 },
    { type: 'integer', exclusiveMinimum: -1, maximum: 3 },
    { type: 'number', minimum: 0, maximum: 3 },
    { type: 'string', maxLength: 2 },
    { type: 'string', maxLength: 4 },
    { type: 'string', enum: ['A'] },
    { type: 'string', enum: ['A', 'B'] },
    { const: 'A' },
    { anyOf: [{ const: 'B' }, { const: 'A' }] },
    { type: ['string', 'null'], maxLength: 2 },
    { anyOf: [{ type: 'null' }, { type: 'string', maxLength: 2 }] },
    { type: 'boolean' },
    {},
  );
  const need = fc.constantFrom('absent', 'optional', 'required');
  const twice = <T>(of: fc.Arbitrary<T>) =>
    fc.tuple(of, of, fc.boolean()).map(([a, b, same]) => [a, same ? a : b] as const);
  const fields = fc.record({ ownerId: twice(leaf), nick: twice(leaf) });
  const needs = fc.record({ ownerId: twice(need), nick: twice(need) });
  const wraps: ((schema: Schema) => Schema)[] = [
    (schema) => schema,
    (schema) => ({ type: 'array', items: schema, maxItems: 2 }),
    (schema) => ({ anyOf: [schema, { type: 'null' }] }),
    (schema) => ({ type: 'object', additionalProperties: schema }),
    (schema) => ({ type: 'object', properties: { lead: schema }, required: ['lead'], additionalProperties: false }),
  ];
  return fc
    .record({ fields, needs, open: twice(fc.boolean()), wrap: twice(fc.constantFrom(...wraps)) })
    .map((drawn) => {
      const names = ['ownerId', 'nick'] as const;
      const side = (i: 0 | 1) => {
        const there = names.filter((name) => drawn.needs[name][i] !== 'absent');
        return drawn.wrap[i]({
          type: 'object',
          properties: Object.fromEntries(there.map((name) => [name, drawn.fields[name][i]])),
          required: there.filter((name) => drawn.needs[name][i] === 'required'),
          additionalProperties: drawn.open[i],
        });
      };
      return { before: side(0), after: side(1) };
    });
})();

const findingsOf = ({ before, after }: { before: Schema; after: Schema }) =>
  breaksIn(before, after).map(({ rule, path }) => `${rule} at ${path}`);

describe('the corpus of changes', () => {
  it('holds good and bad ones, and meets every rule that judges a schema', () => {
    expect(corpus.filter(({ findings }) => findings.length === 0).length).toBeGreaterThanOrEqual(15);
    expect(corpus.filter(({ findings }) => findings.length > 0).length).toBeGreaterThanOrEqual(30);
    const met = new Set(corpus.flatMap(({ findings }) => findings.map((finding) => finding.split(' ')[0])));
    expect([...met].sort()).toEqual([
      'added-to-open',
      'alternative-added',
      'alternative-removed',
      'constraint-changed',
      'constraint-loosened',
      'constraint-tightened',
      'enum-value-added',
      'enum-value-removed',
      'map-changed',
      'null-allowed',
      'null-forbidden',
      'object-opened',
      'property-removed',
      'required-added',
      'required-dropped',
      'type-changed',
      'type-narrowed',
      'type-widened',
      'unjudged',
    ]);
  });

  it.each(corpus)('judges $title', (change) => {
    expect(findingsOf(change)).toEqual(change.findings);
  });

  it.each(corpus)('is right about who can read it: $title', ({ before, after, refuses }) => {
    expect({
      replay: refusedOf(before, after) !== undefined,
      readers: refusedOf(after, before) !== undefined,
    }).toEqual({ replay: refuses.includes('replay'), readers: refuses.includes('readers') });
  });

  it('lets no change pass that makes a reader refuse an event, among two thousand drawn at random', () => {
    const passed = fc
      .sample(alike, { numRuns: 2000, seed: 5 })
      .filter((change) => !isDeepStrictEqual(change.before, change.after) && findingsOf(change).length === 0);

    expect(passed.length).toBeGreaterThan(50);
    const wrongly = passed.filter(
      ({ before, after }) => refusedOf(before, after, 25) !== undefined || refusedOf(after, before, 25) !== undefined,
    );
    expect(wrongly).toEqual([]);
  });
});
