/**
 * The decorators of a node by the names they were exported under, so that `import { Query as Ask }` hides nothing.
 * @param {import('eslint').Rule.RuleContext} context
 */
export function decoratorReader(context) {
  const exported = new Map();
  for (const statement of context.sourceCode.ast.body) {
    if (statement.type !== 'ImportDeclaration') continue;
    for (const specifier of statement.specifiers)
      if (specifier.type === 'ImportSpecifier') exported.set(specifier.local.name, specifier.imported.name);
  }
  /** @returns {{ node: object, name: string, args: object[] }[]} */
  return (node) =>
    (node.decorators ?? []).map((decorator) => {
      const called = decorator.expression.type === 'CallExpression';
      const callee = called ? decorator.expression.callee : decorator.expression;
      const local = callee.type === 'MemberExpression' ? callee.property.name : callee.name;
      return {
        node: decorator,
        name: exported.get(local) ?? local,
        args: called ? decorator.expression.arguments : [],
      };
    });
}
