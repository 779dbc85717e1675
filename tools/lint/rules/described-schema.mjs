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

const literals = new Set(['Literal', 'TemplateLiteral', 'ArrowFunctionExpression', 'FunctionExpression']);

/**
 * The options are the last argument. Shared options (`idArgument`, `described('…')`, `{ ...shared }`) are believed here:
 * what the SDL came to is asserted in descriptions.spec.ts.
 */
function hasDescription(args) {
  const options = args.at(-1);
  if (options === undefined || literals.has(options.type)) return false;
  if (options.type !== 'ObjectExpression') return args.length > 1 || options.type !== 'Identifier';
  return options.properties.some(
    (property) =>
      property.type === 'SpreadElement' ||
      (property.key.name === 'description' && !(property.value.type === 'Literal' && property.value.value === '')),
  );
}

/** `@Args()` and `@Args({ type })` name no argument: they spread a class whose fields are described themselves. */
const spreadsClass = ([first]) =>
  first === undefined ||
  (first.type === 'ObjectExpression' && !first.properties.some(({ key }) => key === undefined || key.name === 'name'));

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
        if (!described.has(name) || (name === 'Args' && spreadsClass(args))) continue;
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
