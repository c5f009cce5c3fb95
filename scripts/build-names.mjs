import ts from 'typescript'

/**
 * Takes out of a bundle the calls of `__name` (esbuild's keepNames) that give a function or a class the name it has anyway:
 * most do, and each is a call of Object.defineProperty, within a function whenever that runs.
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

/** What of a call goes: nothing where the name is another one. */
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

/** Of `class A { static { __name(this, "A") } }`: A. Without a name it has that of the variable. */
function nameOfClassAround(statement) {
  const { parent } = statement.parent.parent
  return statement.parent.statements.length === 1 && ts.isClassDeclaration(parent) ? parent.name?.getText() : undefined
}
