import { decoratorReader } from './decorators.mjs';

const operations = new Set(['Query', 'Mutation', 'Subscription']);
const guards = new Set(['Can', 'Public']);

export default {
  meta: {
    type: 'problem',
    docs: { description: 'Every query and mutation says who may ask it.' },
    messages: {
      unguarded: '{{name}} is open to anybody: say who may ask it with @Can(action, entity), or @Public() if all may.',
    },
    schema: [],
  },
  create(context) {
    const decoratorsOf = decoratorReader(context);
    return {
      'MethodDefinition, PropertyDefinition'(node) {
        const names = decoratorsOf(node).map(({ name }) => name);
        if (names.some((name) => operations.has(name)) && !names.some((name) => guards.has(name)))
          context.report({
            node: node.key,
            messageId: 'unguarded',
            data: { name: context.sourceCode.getText(node.key) },
          });
      },
    };
  },
};
