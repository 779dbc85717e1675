const tables = new Set(['Store', 'Database']);

export default {
  meta: {
    type: 'problem',
    docs: { description: 'Resolvers and consumers call their service; they reach no table by themselves.' },
    messages: { around: '{{name}} in a resolver or consumer goes round the service: give the service a use case.' },
    schema: [],
  },
  create(context) {
    return {
      'ImportDeclaration[source.value=/^@voronka/] > ImportSpecifier'(node) {
        const name = node.imported.name;
        if (tables.has(name)) context.report({ node, messageId: 'around', data: { name } });
      },
    };
  },
};
