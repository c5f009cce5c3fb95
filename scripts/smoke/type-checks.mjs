import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../setup/paths.mjs'
import { must } from './command.mjs'

const tool = (...path) => join(root, 'node_modules', ...path)
const compiler = tool('typescript', 'bin', 'tsc')

/** The text that an editor shows for a name of the program. */
const shown = [
  ['layers.dense', /dense\(options: layers\.DenseOptions\): DenseSpec/, /y = activation\(x W \+ b\)/],
  ['metrics.f1', /f1\(.*options\?: metrics\.PrecisionOptions\): number/, /harmonic mean/],
  ['new Table', /new Table\(.*\): Table/, /./],
  ['callbacks.EarlyStoppingOptions', /interface EarlyStoppingOptions/, /Options of `earlyStopping`/],
  ['const scaler', /const scaler: preprocessing\.StandardScaler$/, /^$/],
]
const program = `import { callbacks, layers, metrics, preprocessing, Table } from 'perceptra'
layers.dense({ units: 1 })
metrics.f1([1], [1])
new Table({ columns: { a: [1] } })
const options: callbacks.EarlyStoppingOptions = {}
const scaler = new preprocessing.StandardScaler()
`

/** Checks of the types of the installed package. */
export const typeChecks = {
  'its types serve ECMAScript modules and CommonJS': async ({ folder }) => {
    const use = 'const model: Sequential = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })'
    const lines = [use, 'const y: Matrix = model.predictSync([[1, 2]])', 'console.log(y.rows)', '']
    const code = ["import { layers, type Matrix, Sequential } from 'perceptra'", ...lines].join('\n')
    for (const name of ['esm.mts', 'cjs.cts']) writeFileSync(join(folder, name), code)
    const tsc = [compiler, '--noEmit', '--strict', '--target', 'es2022']
    const types = ['--typeRoots', tool('@types'), '--types', 'node']
    for (const module of ['node16', 'node20', 'nodenext']) {
      await must(process.execPath, [...tsc, ...types, '--module', module, 'esm.mts', 'cjs.cts'], { cwd: folder })
    }
  },

  'its types are those of lib/': async ({ folder }) => {
    const code = readFileSync(join(root, 'test', 'types', 'face.test.ts'), 'utf8')
    for (const name of ['face.mts', 'face.cts'])
      writeFileSync(join(folder, name), code.replace("'../../lib/index.js'", "'perceptra'"))
    const paths = { vitest: [tool('vitest', 'dist', 'index.d.ts')] }
    const compilerOptions = { paths, typeRoots: [tool('@types')], verbatimModuleSyntax: false }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['face.mts', 'face.cts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await must(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder })
  },

  'editors show its names and comments': ({ folder }) => {
    const file = join(folder, 'shown.mts')
    writeFileSync(file, program)
    const service = languageService(file, folder)
    for (const [text, display, comment] of shown) {
      const start = program.indexOf(text) + text.search(/\w+$/)
      const info = service.getQuickInfoAtPosition(file, start)
      assert.match(ts.displayPartsToString(info?.displayParts), display)
      assert.match(ts.displayPartsToString(info?.documentation), comment)
      assert.doesNotMatch(ts.displayPartsToString(info?.displayParts), /\$\d|_d\b/)
    }
  },
}

function languageService(file, folder) {
  const settings = { strict: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [] }
  return ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '',
    getScriptSnapshot: (path) =>
      ts.sys.fileExists(path) ? ts.ScriptSnapshot.fromString(ts.sys.readFile(path)) : undefined,
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => settings,
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
  })
}
