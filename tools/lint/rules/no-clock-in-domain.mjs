const objects = new Set(['Date', 'performance', 'process', 'Math', 'crypto']);
const readings = new Set(['Date.now', 'performance.now', 'process.hrtime', 'Math.random', 'crypto.randomUUID']);

export default {
  meta: {
    type: 'problem',
    docs: { description: 'A domain file is told the time; the same call gives the same events at any hour.' },
    messages: { clock: '{{what}} in a domain file: take the time (or the id) as an argument.' },
    schema: [],
  },
  create(context) {
    const report = (node, what) => context.report({ node, messageId: 'clock', data: { what } });
    return {
      'NewExpression[callee.name="Date"]'(node) {
        if (node.arguments.length === 0) report(node, 'new Date()');
      },
      'CallExpression[callee.name="Date"]'(node) {
        report(node, 'Date()');
      },
      MemberExpression(node) {
        if (node.object.type !== 'Identifier' || !objects.has(node.object.name)) return;
        const what = `${node.object.name}.${node.property.name ?? node.property.value}`;
        if (readings.has(what)) report(node, what);
      },
    };
  },
};
