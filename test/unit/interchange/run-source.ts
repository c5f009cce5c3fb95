import { createContext, runInContext } from 'node:vm'

/** The exports of a module that toSource made. */
export interface SourceExports {
  predict(row: unknown): unknown
  predictProba(row: unknown): Float32Array
  transform(row: unknown): Float32Array
  classes: unknown[]
  columns: string[]
}

/** Runs a module without imports in a context that has JavaScript's own globals and atob, and nothing of Node. */
export function runSource(code: string): SourceExports {
  const names = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name!)
  const script = code.replace(/^export (?=const|function)/gm, '')
  const context = createContext({ atob }, { codeGeneration: { strings: false, wasm: false } })
  return runInContext(
    `'use strict';(() => {\n${script}\nreturn { ${names.join(', ')} }\n})()`,
    context,
  ) as SourceExports
}
