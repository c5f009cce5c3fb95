/**
 * Replaces require() of Node's own modules in CommonJS by process.getBuiltinModule: require() reads every export of a module,
 * which loads parts that most programs never use (for node:fs, the streams).
 */
export function takeBuiltins(code) {
  return code.replace(/\brequire\(('node:[\w/]+')\)/g, 'process.getBuiltinModule($1)')
}
