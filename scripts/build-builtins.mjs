/**
 * In a bundle, Node's own modules by process.getBuiltinModule in place of import: an import makes names of all that they have,
 * and reading those loads what most programs never need: for node:fs, the streams.
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
