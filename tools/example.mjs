/**
 * A value that a JSON Schema accepts: the schema's own example where it gives one, the fullest branch of a choice.
 * Knows the keywords that our events' schemas use, and throws on a type it does not know.
 * @param {object} schema JSON Schema 2020-12, with its own `$defs`
 */
export function exampleOf(schema, root = schema) {
  if (schema.$ref !== undefined) return exampleOf(root.$defs[schema.$ref.replace('#/$defs/', '')], root);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.examples !== undefined) return schema.examples[0];
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return exampleOf(branches[0], root);
  switch (schema.type) {
    case 'string':
      return 'Привет'.slice(0, schema.maxLength);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, (schema.exclusiveMinimum ?? -1) + 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [exampleOf(schema.items, root)];
    case 'object':
      return Object.fromEntries(
        schema.properties
          ? Object.entries(schema.properties).map(([name, value]) => [name, exampleOf(value, root)])
          : [['ownerId', exampleOf(schema.additionalProperties, root)]],
      );
    case undefined:
      return null;
    default:
      throw new Error(`No example of the type ${schema.type} is known.`);
  }
}
