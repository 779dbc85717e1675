import { Kind, parse, visit } from 'graphql';

const types = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
]);
const roots = new Set(['Query', 'Mutation', 'Subscription']);

/**
 * What stands in a schema without a description.
 * @param {string} sdl
 * @returns {string[]} `Type`, `Type.field` or `Type.field(argument)`
 */
export function undescribed(sdl) {
  const bare = [];
  const note = (node, name) => {
    if (!node.description?.value.trim()) bare.push(name);
  };
  const check = (node) => {
    const name = node.name.value;
    if (types.has(node.kind) && !roots.has(name)) note(node, name);
    if (node.kind === Kind.ENUM_TYPE_DEFINITION) return false;
    for (const field of node.fields ?? []) {
      note(field, `${name}.${field.name.value}`);
      for (const argument of field.arguments ?? [])
        note(argument, `${name}.${field.name.value}(${argument.name.value})`);
    }
    return false;
  };
  visit(parse(sdl), {
    enter: (node) =>
      node.kind === Kind.DOCUMENT
        ? undefined
        : node.kind === Kind.DIRECTIVE_DEFINITION
          ? false
          : node.name && check(node),
  });
  return bare;
}
