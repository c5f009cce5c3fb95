import ts from 'typescript'

/** The parts of a TypeScript file that the direction checks need. */
export function readModule(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const module = { imports: [], strings: [], names: [], onlyExports: source.statements.every(isReexport) }
  const visit = (node) => {
    const name = importedName(node)
    if (name !== undefined) module.imports.push(name)
    else if (ts.isStringLiteralLike(node) && !ts.isImportDeclaration(node.parent)) module.strings.push(node.text)
    if (ts.isIdentifier(node)) module.names.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return module
}

/** `x` of: import ... from 'x', export ... from 'x', import('x'), typeof import('x'), require('x'). */
function importedName(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier?.text
  if (ts.isImportTypeNode(node)) return node.argument.literal?.text
  if (!ts.isCallExpression(node)) return undefined
  const { expression, arguments: given } = node
  const loads = expression.kind === ts.SyntaxKind.ImportKeyword || expression.getText() === 'require'
  return loads && given[0] && ts.isStringLiteralLike(given[0]) ? given[0].text : undefined
}

function isReexport(statement) {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined
}
