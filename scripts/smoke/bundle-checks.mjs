import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { must } from './command.mjs'
import { newFolder, pathOf, plainEnvironment } from './project.mjs'

const code = `
import { datasets, layers, Sequential } from 'perceptra'

async function main() {
  const { train } = datasets.digits()
  const model = new Sequential({ layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })], seed: 1 })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const history = await model.fit(train.x, train.y, { epochs: 2 })
  console.log('trained', history.logs.loss.length)
}
main()
`

async function bundle(project, format, external) {
  const entry = join(project, 'app.mjs')
  writeFileSync(entry, code)
  const outfile = join(project, 'out', format === 'esm' ? 'app.mjs' : 'app.cjs')
  const options = {
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    external,
    logLevel: 'silent',
  }
  const { warnings } = await build(options)
  return { outfile, warnings: warnings.filter(({ id }) => id !== 'empty-import-meta') }
}

async function start(file, folder) {
  const env = plainEnvironment(pathOf(process.execPath, folder))
  assert.equal(await must(process.execPath, [file], { cwd: folder, env }), 'trained 2\n')
}

/** Bundled by esbuild: with the package external, or everything but the binaries in one file. */
export const bundleChecks = Object.fromEntries(
  ['esm', 'cjs'].flatMap((format) => [
    [
      `bundled (${format}), the package outside`,
      async ({ folder }) => {
        const { outfile, warnings } = await bundle(folder, format, ['perceptra'])
        assert.deepEqual(warnings, [])
        await start(outfile, folder)
      },
    ],
    [
      `bundled (${format}) whole, the binaries beside the file`,
      async ({ folder }) => {
        const { outfile, warnings } = await bundle(folder, format, [])
        assert.deepEqual(warnings, [])
        const elsewhere = newFolder('bundle')
        try {
          const app = join(elsewhere.path, 'app')
          mkdirSync(app)
          const file = join(app, format === 'esm' ? 'app.mjs' : 'app.cjs')
          cpSync(outfile, file)
          const prebuilds = join(folder, 'node_modules', 'perceptra', 'prebuilds')
          cpSync(prebuilds, join(app, 'prebuilds'), { recursive: true })
          await start(file, elsewhere.path)
        } finally {
          elsewhere.remove()
        }
      },
    ],
  ]),
)
