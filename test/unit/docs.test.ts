import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
mkdirSync(join(root, '.cache'), { recursive: true })
// Inside the package, so that `perceptra` is found as users find it.
const folder = mkdtempSync(join(root, '.cache/docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program as a user would, and returns what it printed. */
function run(name: string, code: string): string {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, code)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
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

const ours = `import { Matrix, Sequential, callbacks, datasets, layers, load, optimizers } from 'perceptra'
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
