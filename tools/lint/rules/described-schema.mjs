import { decoratorReader } from './decorators.mjs';

const described = new Set([
  'ObjectType',
  'InputType',
  'InterfaceType',
  'Field',
  'Args',
  'Query',
  'Mutation',
  'Subscription',
  'ResolveField',
]);
const describedCalls = new Set(['registerEnumType', 'createUnionType']);

/** The options are the last argument, if it is an object; `{ ...shared }` may hold the description and is believed. */
function hasDescription(args) {
  const options = args.at(-1);
  if (options?.type !== 'ObjectExpression') return false;
  return options.properties.some(
    (property) =>
      property.type === 'SpreadElement' ||
      (property.key.name === 'description' && !(property.value.type === 'Literal' && property.value.value === '')),
  );
}

export default {
  meta: {
    type: 'problem',
    docs: { description: 'Every type, field and argument of the API has a description.' },
    messages: { bare: '{{name}} stands in the public schema without a description.' },
    schema: [],
  },
  create(context) {
    const decoratorsOf = decoratorReader(context);
    const check = (node) => {
      for (const { node: decorator, name, args } of decoratorsOf(node)) {
        // @Args() without a name spreads a class whose fields are described themselves.
        if (!described.has(name) || (name === 'Args' && args.length === 0)) continue;
        if (!hasDescription(args)) context.report({ node: decorator, messageId: 'bare', data: { name: `@${name}` } });
      }
    };
    return {
      ClassDeclaration: check,
      'MethodDefinition, PropertyDefinition': check,
      'MethodDefinition > FunctionExpression > .params': check,
      CallExpression(node) {
        if (describedCalls.has(node.callee.name) && !hasDescription(node.arguments))
          context.report({ node, messageId: 'bare', data: { name: node.callee.name } });
      },
    };
  },
};
