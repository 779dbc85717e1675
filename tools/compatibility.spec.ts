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

/** An event of the one schema that a reader of the other refuses, if 200 tries find one. */
function refusedOf(written: Schema, read: Schema): { event: unknown } | undefined {
  const accepts = readerOf(read);
  const events = fc.sample(arbitraryOf(written, 'max'), { numRuns: 200, seed: 4 });
  const refused = events.filter((event) => !accepts(event));
  return refused.length > 0 ? { event: refused[0] } : undefined;
}

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
});
