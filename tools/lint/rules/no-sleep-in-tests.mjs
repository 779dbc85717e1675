const timers = new Set(['node:timers/promises', 'timers/promises']);

/** Whether a callback is `done`, `() => done(…)` or `() => { done(…); }`. */
function onlyCalls(callback, done) {
  if (callback?.type === 'Identifier') return callback.name === done;
  const body = callback?.body?.type === 'BlockStatement' ? callback.body.body : [callback?.body];
  const call = body.length === 1 ? (body[0]?.expression ?? body[0]) : undefined;
  return call?.type === 'CallExpression' && call.callee.name === done;
}

export default {
  meta: {
    type: 'problem',
    docs: { description: 'A test waits for what it is waiting for, not for a while.' },
    messages: {
      sleep: 'A sleep is too long on a fast machine and too short on a slow one: use eventually(condition).',
    },
    schema: [],
  },
  create(context) {
    const report = (node) => context.report({ node, messageId: 'sleep' });
    const isTimeout = ({ callee }) => callee.name === 'setTimeout' || callee.property?.name === 'setTimeout';
    return {
      // new Promise((done) => setTimeout(done, …)): a timer that does nothing but end the wait
      'NewExpression[callee.name="Promise"] CallExpression'(node) {
        if (!isTimeout(node)) return;
        const promise = context.sourceCode.getAncestors(node).findLast(({ type }) => type === 'NewExpression');
        const done = promise?.arguments[0]?.params?.[0]?.name;
        if (done !== undefined && onlyCalls(node.arguments[0], done)) report(node);
      },
      ImportDeclaration(node) {
        if (!timers.has(node.source.value)) return;
        for (const specifier of node.specifiers)
          if (specifier.type !== 'ImportSpecifier' || specifier.imported.name === 'setTimeout') report(specifier);
      },
    };
  },
};
