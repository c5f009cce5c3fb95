import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, expect, it } from 'vitest'
import * as perceptra from '../../../lib/index.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
mkdirSync(join(root, '.cache'), { recursive: true })
// Inside the package, so that `perceptra` is found as users find it.
const folder = mkdtempSync(join(root, '.cache/docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program as a user would, but compiled here, since a compiler takes Node long to load; returns what it printed. */
function run(name: string, code: string): string {
  const file = join(folder, `${name}.js`)
  writeFileSync(file, transformSync(code, { loader: 'ts', format: 'esm', target: 'node20.19' }).code)
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: folder,
    encoding: 'utf8',
    // Nothing is found in the caches of whoever runs this, nor left there.
    env: { ...process.env, HOME: folder, XDG_CACHE_HOME: folder },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

it('the first example of the README runs as written, and learns', () => {
  const [, example] = readFileSync(join(root, 'README.md'), 'utf8').match(/```ts\n(.*?)```/s)!
  const printed = run('readme', example!)
  expect(Number(printed.match(/accuracy: ([\d.]+)/)![1])).toBeGreaterThan(0.96)
  expect(existsSync(join(folder, 'digits.safetensors'))).toBe(true)
})

const ours = `import { Adaline, Matrix, MLPClassifier, MLPRegressor, Perceptron, SGDClassifier, SGDRegressor, Sequential } from 'perceptra'
import { calibration, callbacks, constraints, datasets, inspection, layers, load, type Loaded, metrics, modelSelection, optimizers } from 'perceptra'
import { regularizers, schedules } from 'perceptra'
import { pipeline, preprocessing, Table } from 'perceptra'
const model = new Sequential({
  layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
})
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
`

const data = resolve(root, '../shared/data')

const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('lib', file))

const examples = sources.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/@example\n((?: +\* (?!@).*\n)+)/g)].map(
    ([, text], k) => [`${file} (${k + 1})`, text!.replace(/^ +\* /gm, '')] as const,
  ),
)

it('there are examples in the docstrings', () => {
  expect(examples.length).toBeGreaterThan(12)
})

// Each in a block of its own, where it may use a `model` of digits or make its own.
it.each(examples)('the example in %s runs', (name, code) => {
  if (code.includes("'data/")) expect(existsSync(data), `the folder ${data} with the public data sets`).toBe(true)
  run(name.replace(/\W+/g, '-'), `${ours}{\n${code.replaceAll("'data/", `'${data}/`)}}\n`)
})

const pages = readdirSync(join(root, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => [file, readFileSync(join(root, 'docs', file), 'utf8')] as const)

const withExamples = pages.filter(([, text]) => text.includes('```ts\n'))

it('there are examples in the pages', () => {
  expect(withExamples.length).toBeGreaterThan(3)
})

// A page is one program. Its examples find all that perceptra exports, a compiled `model` of digits, and their `x` and `y`.
const around = `import { ${Object.keys(perceptra).join(', ')} } from 'perceptra'
const { x, y } = datasets.digits().train
const model = new Sequential({ layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })], seed: 1 })
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
`

it.each(withExamples)('the examples of docs/%s run', { timeout: 60_000 }, (file, text) => {
  const imports = [...text.matchAll(/^import .* from 'node:.*'\n/gm)].map(([line]) => line)
  const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code]) => `{\n${code!.replace(/^import .*\n/gm, '')}}\n`,
  )
  run(`page-${file.replace('.md', '')}`, [...new Set(imports), around, ...blocks].join(''))
})

it('the links of the pages lead somewhere', () => {
  const links = pages.flatMap(([file, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)\s]*)?\)/g)].map(([, target]) => [file, target!] as const),
  )
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter(([, target]) => !existsSync(join(root, 'docs', target)))).toEqual([])
})
