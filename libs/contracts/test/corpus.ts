import { z } from 'zod';
import { ContactPoint, Id, Instant, MinorUnits } from '../src/index.js';
import type { Schema } from './arbitrary.js';

/** A change of one version's schema, what the gate says to it, and whom it breaks: shown by an event that is refused. */
export interface Change {
  readonly title: string;
  readonly before: Schema;
  readonly after: Schema;
  /** `rule at path`, in the order found; none where the change is compatible. */
  readonly findings: readonly string[];
  /** `replay`: a released event that the present reader refuses. `readers`: a present one that the released reader refuses. */
  readonly refuses: readonly ('replay' | 'readers')[];
}

const of = (schema: z.ZodType | Schema): Schema =>
  schema instanceof z.ZodType ? (z.toJSONSchema(schema) as Schema) : schema;
type Given = z.ZodType | Schema;
const fine = (title: string, before: Given, after: Given): Change => ({
  title,
  before: of(before),
  after: of(after),
  findings: [],
  refuses: [],
});
const bad =
  (...refuses: Change['refuses']) =>
  (title: string, findings: string, before: Given, after: Given): Change => ({
    title,
    before: of(before),
    after: of(after),
    findings: findings.split('; '),
    refuses,
  });
const replay = bad('replay');
const readers = bad('readers');
const both = bad('replay', 'readers');
/** No reader refuses anything, and yet something is lost or spoilt. */
const quiet = bad();

const { object, string, number } = z;
const lead = { id: Id, name: string().max(20) };
const int = z.int().min(0);
const stated = (...values: [string, ...string[]]) => object({ status: z.enum(values) });
const part = (fields: z.ZodRawShape = {}) => object({ kind: z.literal('new'), title: string(), ...fields });
const existing = object({ kind: z.literal('existing'), id: Id });
const closed = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

export const corpus: readonly Change[] = [
  fine('nothing', object(lead), object(lead)),
  fine('an optional property', object(lead), object({ ...lead, nick: string().optional() })),
  fine(
    'an optional object with required properties',
    object(lead),
    object({ ...lead, utm: object({ source: string() }).optional() }),
  ),
  fine(
    'an optional property far down',
    object({ lead: object({ phones: z.array(object({ typed: string() })) }) }),
    object({ lead: object({ phones: z.array(object({ typed: string(), label: string().optional() })) }) }),
  ),
  fine(
    'an optional property below a null',
    object({ utm: object({ source: string() }).nullable() }),
    object({ utm: object({ source: string(), term: string().optional() }).nullable() }),
  ),
  fine(
    'an optional property in a value of a map',
    z.record(string(), object({ from: string() })),
    z.record(string(), object({ from: string(), why: string().optional() })),
  ),
  fine(
    'an optional property in one branch of a choice',
    z.discriminatedUnion('kind', [part(), existing]),
    z.discriminatedUnion('kind', [part({ note: string().optional() }), existing]),
  ),
  fine(
    'the branches of a choice in another order',
    z.discriminatedUnion('kind', [part(), existing]),
    z.discriminatedUnion('kind', [existing, part()]),
  ),
  fine('the values of an enum in another order', stated('NEW', 'WORKING'), stated('WORKING', 'NEW')),
  fine(
    'an enum said as a choice of constants',
    stated('NEW', 'WORKING'),
    object({ status: z.union([z.literal('NEW'), z.literal('WORKING')]) }),
  ),
  fine('null said as a type', object({ nick: string().nullable() }), closed({ nick: { type: ['string', 'null'] } })),
  fine('above nothing said as from one', object({ n: z.int().min(1) }), object({ n: z.int().positive() })),
  fine('a least length of none', object({ name: string() }), object({ name: string().min(0) })),
  fine(
    'a reference for what stood there',
    object({ phone: object({ typed: string().max(320), normalised: string().max(320).nullable() }) }),
    object({ phone: ContactPoint }),
  ),
  fine(
    'another description and example',
    object({ n: int.meta({ description: 'a', examples: [1] }) }),
    object({ n: int.meta({ description: 'b' }) }),
  ),
  fine('properties in another order', object({ a: string(), b: string() }), object({ b: string(), a: string() })),
  fine('an object that is closed now', z.looseObject(lead), object(lead)),

  replay('a required property', 'required-added at nick', object(lead), object({ ...lead, nick: string() })),
  replay(
    'a required property that may be null',
    'required-added at nick',
    object(lead),
    object({ ...lead, nick: string().nullable() }),
  ),
  replay(
    'an optional property that is now required',
    'required-added at nick',
    object({ nick: string().optional() }),
    object({ nick: string() }),
  ),
  replay(
    'a required property far down',
    'required-added at lead.phones[].label',
    object({ lead: object({ phones: z.array(object({ typed: string() })) }) }),
    object({ lead: object({ phones: z.array(object({ typed: string(), label: string() })) }) }),
  ),
  replay(
    'a required property in a value of a map',
    'required-added at *.why',
    z.record(string(), object({ from: string() })),
    z.record(string(), object({ from: string(), why: string() })),
  ),
  readers(
    'a required property that is now optional',
    'required-dropped at name',
    object(lead),
    object({ ...lead, name: lead.name.optional() }),
  ),
  readers('a required property that is gone', 'property-removed at name', object(lead), object({ id: Id })),
  quiet(
    'an optional property that is gone',
    'property-removed at nick',
    object({ ...lead, nick: string().optional() }),
    object(lead),
  ),
  both(
    'a property under another name',
    'property-removed at name; required-added at title',
    object(lead),
    object({ id: Id, title: lead.name }),
  ),
  both('another type', 'type-changed at n', object({ n: int }), object({ n: string() })),
  both('an object for an id', 'type-changed at owner', object({ owner: Id }), object({ owner: object({ id: Id }) })),
  both(
    'a list for one',
    'type-changed at phone',
    object({ phone: ContactPoint }),
    object({ phone: z.array(ContactPoint) }),
  ),
  readers(
    'fractions where whole numbers were',
    'type-widened at n',
    closed({ n: { type: 'integer', minimum: 0 } }),
    closed({ n: { type: 'number', minimum: 0 } }),
  ),
  replay(
    'whole numbers where fractions were',
    'type-narrowed at n',
    closed({ n: { type: 'number', minimum: 0 } }),
    closed({ n: { type: 'integer', minimum: 0 } }),
  ),
  readers(
    'anything where a text was',
    'type-widened at from',
    object({ from: string() }),
    object({ from: z.unknown() }).required(),
  ),
  replay(
    'a text where anything was',
    'type-narrowed at from',
    closed({ from: {} }),
    closed({ from: { type: 'string' } }),
  ),
  readers(
    'a null that was not there',
    'null-allowed at name',
    object(lead),
    object({ ...lead, name: lead.name.nullable() }),
  ),
  replay(
    'a null that is no longer there',
    'null-forbidden at name',
    object({ name: string().nullable() }),
    object({ name: string() }),
  ),
  readers(
    'a null in a list',
    'null-allowed at names[]',
    object({ names: z.array(string()) }),
    object({ names: z.array(string().nullable()) }),
  ),
  readers(
    'another branch of a choice',
    'alternative-added at .',
    z.discriminatedUnion('kind', [part(), existing]),
    z.discriminatedUnion('kind', [part(), existing, object({ kind: z.literal('none') })]),
  ),
  replay(
    'a branch of a choice less',
    'alternative-removed at .',
    z.discriminatedUnion('kind', [part(), existing]),
    z.discriminatedUnion('kind', [part()]),
  ),
  replay(
    'a required property in one branch of a choice',
    'required-added at note',
    z.discriminatedUnion('kind', [part(), existing]),
    z.discriminatedUnion('kind', [existing, part({ note: string() })]),
  ),
  readers(
    'a number beside a text',
    'alternative-added at value',
    object({ value: string() }),
    object({ value: z.union([string(), number()]) }),
  ),
  readers('another value of an enum', 'enum-value-added at status', stated('NEW'), stated('NEW', 'WORKING')),
  readers(
    'another value of an enum that may be null',
    'enum-value-added at reason',
    object({ reason: z.enum(['SPAM']).nullable() }),
    object({ reason: z.enum(['SPAM', 'OTHER']).nullable() }),
  ),
  replay('a value of an enum less', 'enum-value-removed at status', stated('NEW', 'WORKING'), stated('NEW')),
  both(
    'a value of an enum under another name',
    'enum-value-added at status; enum-value-removed at status',
    stated('NEW', 'LOST'),
    stated('NEW', 'CLOSED'),
  ),
  both(
    'another constant',
    'enum-value-added at kind; enum-value-removed at kind',
    object({ kind: z.literal('a') }),
    object({ kind: z.literal('b') }),
  ),
  readers('a text where an enum was', 'constraint-loosened at status', stated('NEW'), object({ status: string() })),
  replay('an enum where a text was', 'constraint-tightened at status', object({ status: string() }), stated('NEW')),
  readers('a longer text', 'constraint-loosened at name', object(lead), object({ ...lead, name: string().max(40) })),
  readers('a text of any length', 'constraint-loosened at name', object(lead), object({ ...lead, name: string() })),
  replay('a shorter text', 'constraint-tightened at name', object(lead), object({ ...lead, name: string().max(5) })),
  replay(
    'a text that is no longer empty',
    'constraint-tightened at name',
    object({ name: string() }),
    object({ name: string().min(1) }),
  ),
  both(
    'limits that were moved',
    'constraint-loosened at n; constraint-tightened at n',
    object({ n: z.int().min(0).max(100) }),
    object({ n: z.int().min(1).max(200) }),
  ),
  readers(
    'numbers below nothing',
    'constraint-loosened at n',
    object({ n: z.int().min(0).max(9) }),
    object({ n: z.int().min(-5).max(9) }),
  ),
  readers(
    'more in a list',
    'constraint-loosened at ids',
    object({ ids: z.array(int).max(2) }),
    object({ ids: z.array(int).max(4) }),
  ),
  replay(
    'less in a list',
    'constraint-tightened at ids',
    object({ ids: z.array(int).max(4) }),
    object({ ids: z.array(int).max(2) }),
  ),
  both(
    'another pattern',
    'constraint-changed at code',
    object({ code: string().regex(/^[A-Z]{3}$/) }),
    object({ code: string().regex(/^[0-9]{3}$/) }),
  ),
  replay(
    'a pattern that was not there',
    'constraint-tightened at code',
    object({ code: string() }),
    object({ code: string().regex(/^[A-Z]{3}$/) }),
  ),
  readers(
    'an id that may be any text',
    'constraint-loosened at ownerId; constraint-loosened at ownerId',
    object({ ownerId: Id }),
    object({ ownerId: string() }),
  ),
  both(
    'an instant for a day',
    'constraint-changed at dueAt; constraint-changed at dueAt',
    object({ dueAt: z.iso.date() }),
    object({ dueAt: Instant }),
  ),
  readers(
    'an amount that may be negative',
    'constraint-loosened at amount; constraint-loosened at amount',
    object({ amount: MinorUnits }),
    closed({ amount: { type: 'integer' } }),
  ),
  quiet('an object that is open now', 'object-opened at .', object(lead), z.looseObject(lead)),
  replay(
    'an optional property where any were allowed',
    'added-to-open at nick',
    z.looseObject(lead),
    z.looseObject({ ...lead, nick: z.boolean().optional() }),
  ),
  bad('replay', 'readers')(
    'an object where a map was',
    'map-changed at .; required-added at amount',
    z.record(string(), int),
    object({ amount: string() }),
  ),
  quiet('a keyword that is not known here', 'unjudged at .', object({ n: int }), {
    ...of(object({ n: int })),
    dependentRequired: { n: ['n'] },
  } as Schema),
];
