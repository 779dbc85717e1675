import fc from 'fast-check';

/** What our events' schemas are made of, of JSON Schema 2020-12. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}
/** `max` goes to the limits that the schema sets; with `small` a value stays readable. */
type Size = 'small' | 'max';

// No letters beyond the basic plane: JSON Schema counts them as one, zod as two.
const letter = fc.constantFrom(...'aZ9 -_.@ЯёßÑ漢☎\n"\\');
const instant = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const formats: Record<string, fc.Arbitrary<string>> = {
  uuid: fc.uuid(),
  'date-time': instant,
  date: instant.map((text) => text.slice(0, 10)),
  email: fc.constantFrom('irina@example.org', 'pavel.o@example.com'),
};

/** Values that a schema accepts. Throws on a type or format it does not know. */
export function arbitraryOf(schema: Schema, size: Size = 'small', root = schema): fc.Arbitrary<unknown> {
  const of = (part: Schema) => arbitraryOf(part, size, root);
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    if (!target) throw new Error(`${schema.$ref} points at nothing.`);
    return of(target);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf ?? (Array.isArray(schema.type) && typed(schema, schema.type));
  if (branches) return fc.oneof(...branches.map(of));
  switch (schema.type) {
    case 'string':
      return texts(schema, size);
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? -1_000_000, (schema.exclusiveMinimum ?? -Infinity) + 1),
        max: Math.min(schema.maximum ?? Number.MAX_SAFE_INTEGER, (schema.exclusiveMaximum ?? Infinity) - 1),
      });
    case 'number':
      return fc.double({
        min: schema.minimum ?? -1e6,
        max: schema.maximum ?? 1e6,
        noNaN: true,
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(of(schema.items ?? {}), {
        minLength: schema.minItems,
        maxLength: schema.maxItems ?? 5,
        size,
      });
    case 'object':
      return objects(schema, of);
    case undefined:
      return fc.jsonValue({ maxDepth: 1 });
    default:
      throw new Error(`No value of the type ${String(schema.type)} is known.`);
  }
}

const typed = (schema: Schema, types: string[]): Schema[] => types.map((type) => ({ ...schema, type }));

function texts({ format, pattern, minLength, maxLength }: Schema, size: Size): fc.Arbitrary<string> {
  if (format !== undefined && !formats[format]) throw new Error(`No value of the format ${format} is known.`);
  const shaped = format ? formats[format] : pattern !== undefined && fc.stringMatching(new RegExp(pattern));
  if (!shaped) return fc.string({ unit: letter, minLength, maxLength: maxLength ?? 100, size });
  const matches = new RegExp(pattern ?? '');
  return shaped.filter(
    (text) => matches.test(text) && text.length >= (minLength ?? 0) && text.length <= (maxLength ?? Infinity),
  );
}

function objects(schema: Schema, of: (part: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const named = fc.record(
    Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, of(part)])),
    { requiredKeys: schema.required ?? [], noNullPrototype: true },
  );
  const others = schema.additionalProperties ?? {};
  if (others === false) return named;
  const names = ['ownerId', 'amount', 'site', 'nick'].filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  const any = fc.dictionary(fc.constantFrom(...names), of(others === true ? {} : others), { noNullPrototype: true });
  return fc.tuple(any, named).map(([some, all]) => ({ ...some, ...all }));
}

/**
 * A closed schema as a reader takes it: what it does not know it ignores, and of a choice the first branch that fits is
 * enough.
 */
export function tolerantly<S>(schema: S): S {
  if (Array.isArray(schema)) return schema.map((part: unknown) => tolerantly(part)) as S;
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword, value]) => keyword !== 'additionalProperties' || value !== false)
      .map(([keyword, value]) => [keyword === 'oneOf' ? 'anyOf' : keyword, tolerantly(value) as unknown]),
  ) as S;
}
