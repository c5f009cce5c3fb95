/**
 * Replaces imports of Node's own modules in a bundle by process.getBuiltinModule: an import reads every export of a module,
 * which loads parts that most programs never use (for node:fs, the streams).
 */
export function takeBuiltins(code) {
  const taken = code.replace(
    /^import (\{(?![^}]*\bdefault\b)[^}]*\}|[\w$]+) from ("node:[\w/]+");$/gm,
    (_, names, module) => `const ${names.replaceAll(' as ', ': ')} = process.getBuiltinModule(${module});`,
  )
  const [left] = taken.match(/^.*\b(?:import|from) "node:.*$/m) ?? []
  if (left) throw new Error(`expected imports of names from Node's modules, but found: ${left}`)
  return taken
}
