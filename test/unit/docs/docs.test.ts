import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { pages, readBlocks, readPage, root } from '../../support/markdown.js'
import { linkServingPackages } from '../../support/serving-packages.js'
import { runProgram } from './run-program.js'

const examples = pages
  .flatMap(readBlocks)
  .filter(({ language }) => language === 'ts')
  .map((block) => ({ ...block, place: `${block.page}:${block.line}` }))

describe('the examples of the pages', () => {
  beforeAll(() => linkServingPackages(inject('programs')))

  it('are found', () => {
    expect(new Set(examples.map(({ page }) => page)).size).toBeGreaterThan(12)
    expect(examples.length).toBeGreaterThan(40)
  })

  it('are programs; what cannot be pasted and run has another language', () => {
    expect(
      examples.filter(({ code }) => !/^import .* from 'perceptra(\/[\w-]+)?'/m.test(code)).map(({ place }) => place),
    ).toEqual([])
  })

  // Each alone, in an empty folder, exactly as the reader sees it. test/examples runs servers, which do not end, and what needs Redis.
  const elsewhere = ['docs/serving.md', 'docs/searches-on-workers.md', 'docs/retraining.md']
  it.each(examples.filter(({ page }) => !elsewhere.includes(page)).map(({ place, code }) => [place, code]))(
    '%s runs',
    (_, code) => void runProgram(code),
  )
})

it('the first example of the README learns and saves', () => {
  const { stdout, folder } = runProgram(examples.find(({ page }) => page === 'README.md')!.code)
  expect(Number(stdout.match(/accuracy: ([\d.]+)/)![1])).toBeGreaterThan(0.96)
  expect(existsSync(join(folder, 'digits.safetensors'))).toBe(true)
})

// An example of a docstring is read in an editor, beside the imports of the reader's own file.
const imports = `import { Adaline, Matrix, MLPClassifier, MLPRegressor, NetworkClassifier, NetworkRegressor, Perceptron, SGDClassifier, SGDRegressor, Sequential } from 'perceptra'
import { calibration, callbacks, constraints, datasets, inspection, layers, load, type Loaded, metrics, modelSelection, optimizers } from 'perceptra'
import { DriftWatch, inferSchema, regularizers, schedules, TabularClassifier, TabularRegressor } from 'perceptra'
import { pipeline, preprocessing, Table, TransformedTargetRegressor, utils } from 'perceptra'
import { CalibratedClassifier, FixedThresholdClassifier, TunedThresholdClassifier } from 'perceptra'
const model = new Sequential({
  layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
})
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
`
/** What examples of a room with a module of its own have beside these. */
const ownImports: Record<string, string> = {
  report: "import { report, serveReport } from 'perceptra/report'\n",
  serving: "import { ModelServer } from 'perceptra/serving'\n",
  interchange:
    "import { dumpWeights, fromBrain, fromDump, fromOnnx, fromTfjs, toOnnx, toSource } from 'perceptra/interchange'\n",
}
const data = resolve(root, '../shared/data')
const docstrings = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(root, 'lib', file), 'utf8').matchAll(/@example\n((?: +\* (?!@).*\n)+)/g)].map(
      ([, text], k) => {
        const own = ownImports[file.split(sep)[0]!] ?? ''
        return [`lib/${file} (${k + 1})`, own, text!.replace(/^ +\* /gm, '')] as const
      },
    ),
  )

describe('the examples of the docstrings', () => {
  it('are found', () => {
    expect(docstrings.length).toBeGreaterThan(12)
  })

  // In a block, where they may use `model` or make their own.
  it.each(docstrings)('%s runs', (_, own, code) => {
    if (code.includes("'data/")) expect(existsSync(data), `the folder ${data} with the public data sets`).toBe(true)
    runProgram(`${own}${imports}{\n${code.replaceAll("'data/", `'${data}/`)}}\n`)
  })
})

describe('the links of the pages', () => {
  const { homepage } = JSON.parse(readPage('package.json')) as { homepage: string }
  const repository = `${homepage.replace('#readme', '')}/blob/main/`
  // Files that the package does not have are linked by the repository's address.
  const links = pages.flatMap((page) =>
    [...readPage(page).matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)].flatMap(([, target]) => {
      if (target!.startsWith(repository)) return [{ page, path: target!.slice(repository.length), packed: false }]
      return /^https?:/.test(target!) ? [] : [{ page, path: join(page, '..', target!), packed: true }]
    }),
  )

  it('lead somewhere', () => {
    expect(links.length).toBeGreaterThan(60)
    expect(links.filter(({ path }) => !existsSync(join(root, path)))).toEqual([])
  })

  it('lead to what is in the package, unless they have an address', () => {
    const command = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = spawnSync('npm', command, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
    const packed = files.map(({ path }) => path)
    expect(links.filter((link) => link.packed && !packed.includes(link.path))).toEqual([])
  })
})
