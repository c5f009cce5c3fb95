import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { isInstalled } from '../../../scripts/setup/npm.mjs'
import { pages, readBlocks, root } from '../../support/markdown.js'

const examples = pages.flatMap(readBlocks).filter(({ language }) => language === 'ts')
// The compiler sees them as files of this folder, which has the packages that some import.
const folder = join(root, 'examples/serving')
const files = new Map(examples.map((example, k) => [join(folder, `example-${k}.ts`), example]))

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
  paths: { perceptra: [join(root, 'lib/index.ts')], 'perceptra/*': [join(root, 'lib/*/index.ts')] },
}

it('the examples of the pages compile as strict TypeScript, and import nothing that they do not use', {
  timeout: 180_000,
}, () => {
  expect(isInstalled(folder), `the packages of ${folder}, by node scripts/setup.mjs --for test`).toBe(true)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name)?.code ?? readFile(name)
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const example = files.get(name)
    if (!example) return getSourceFile(name, languageVersion, ...rest)
    return ts.createSourceFile(name, example.code, languageVersion)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  const problems = [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((problem) => {
      const { page, line } = files.get(name)!
      const place = `${page}:${line + ts.getLineAndCharacterOfPosition(source!, problem.start!).line}`
      return `${place}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`
    })
  })
  expect(problems).toEqual([])
})
