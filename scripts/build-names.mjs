import ts from 'typescript'

/**
 * Removes redundant calls of `__name` (esbuild's keepNames) from a bundle: those that give a function or class the name that it already has.
 * Each is a call of Object.defineProperty at import, or at every call of the enclosing function.
 */
export function dropNeedlessNames(code) {
  const file = ts.createSourceFile('bundle.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const cuts = []
  const visit = (node) => {
    if (isNaming(node)) cuts.push(...cutsOf(node))
    ts.forEachChild(node, visit)
  }
  visit(file)
  let text = ''
  let at = 0
  for (const [from, to] of cuts.sort(([a], [b]) => a - b)) {
    text += code.slice(at, from)
    at = to
  }
  return text + code.slice(at)
}

function isNaming(node) {
  return ts.isCallExpression(node) && node.expression.getText() === '__name' && node.arguments.length === 2
}

/** The ranges to remove for one call; none if the names differ. */
function cutsOf(call) {
  const [what, { text: name }] = call.arguments
  const { parent } = call
  if (ts.isExpressionStatement(parent)) {
    const own = what.kind === ts.SyntaxKind.ThisKeyword ? nameOfClassAround(parent) : what.getText()
    const goes = what.kind === ts.SyntaxKind.ThisKeyword ? parent.parent.parent : parent
    return own === name ? [[goes.getFullStart(), goes.getEnd()]] : []
  }
  const isNamedBy = (ts.isVariableDeclaration(parent) && parent.initializer === call) || ts.isPropertyAssignment(parent)
  const takesName = ts.isArrowFunction(what) || ts.isFunctionExpression(what) || ts.isClassExpression(what)
  if (!isNamedBy || !takesName || parent.name.getText() !== name || what.name) return []
  return [
    [call.getStart(), what.getStart()],
    [what.getEnd(), call.getEnd()],
  ]
}

/** For `class A { static { __name(this, "A") } }`: A. A class without a name has that of its variable. */
function nameOfClassAround(statement) {
  const { parent } = statement.parent.parent
  return statement.parent.statements.length === 1 && ts.isClassDeclaration(parent) ? parent.name?.getText() : undefined
}
