/** Nouns whose records have an owner. */
const owned = /\bfrom\s+"?(lead|company|contact|deal|activity)"?(?=\s|$)/gi;

/**
 * Reading records that have an owner keeps to what the one who asks may see: a statement over them places `within(…)`,
 * once for each time it reads them.
 */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      within:
        'This reads records that have an owner: ask through store.rows and place within(…), or say why whoever asks may know.',
    },
  },
  create(context) {
    const check = (node, text, placed) => {
      if (!/\bselect\b/i.test(text)) return;
      if ((text.match(owned) ?? []).length > placed) context.report({ node, messageId: 'within' });
    };
    return {
      Literal: (node) => typeof node.value === 'string' && check(node, node.value, 0),
      TemplateLiteral: (node) =>
        check(
          node,
          node.quasis.map(({ value }) => value.raw).join(' … '),
          node.expressions.filter(({ type, callee }) => type === 'CallExpression' && callee.name === 'within').length,
        ),
    };
  },
};
