// Refuses each allocation of the addon in turn, through whole pieces of work:
//   refused.ts <refuse.node> fit|lbfgs|linear once|lasting    prints what went wrong, as JSON
//   refused.ts <refuse.node> exit <n> <milliseconds>          process.exit(0) that long after a fit began
import { realpathSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type CompileOptions,
  type LayerSpec,
  layers,
  MlpError,
  optimizers,
  Sequential,
  SGDClassifier,
} from '../../../lib/index.js'
import { native, nativePath } from '../../../lib/native/addon.js'
import { makeData, makeModel, small } from './model.js'

interface Refuse {
  /** How many entries were replaced in the addon's table of functions. */
  install(path: string): number
  /** The n-th allocation from here on, with `lasting` all that follow too; 0: none. */
  refuse(n: number, lasting: boolean): void
  counted(): number
}

const [file, what, how, after] = process.argv.slice(2)
const { install, refuse, counted } = createRequire(import.meta.url)(file!) as Refuse
native()
// Node loads from the path without links.
const hooked = install(realpathSync(nativePath()!))
const [x, y] = makeData(300, small)
const validationData = makeData(40, small) as [Float32Array, Int32Array]
const failures: string[] = []

/** What is done with allocations refused, and what must work afterwards. */
interface Work {
  refused(): Promise<void>
  after(): Promise<void>
}

function network(optimizer: CompileOptions['optimizer'], normalization: LayerSpec): () => Work {
  return () => {
    let model: Sequential | undefined
    return {
      async refused() {
        const made = new Sequential({
          seed: 7,
          layers: [
            layers.dense({ units: 16, activation: 'relu', inputShape: [20] }),
            normalization,
            layers.dense({ units: 4, activation: 'softmax' }),
          ],
        })
        made.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
        model = made
        await made.fit(x, y, { epochs: 2, validationData, layerStatistics: true, threads: 2 })
        await made.evaluate(x, y)
        await made.predict(x)
        await made.inputGradients(x)
        made.predictSync(x)
        made.setWeights(made.getWeights())
      },
      async after() {
        if (!model) return
        const { logs } = await model.fit(x, y, { epochs: 1, validationData, layerStatistics: true, threads: 2 })
        const { loss } = await model.evaluate(x, y)
        if (!Number.isFinite(loss) || logs.loss.length !== 1) throw new Error(`the loss became ${loss}`)
        if (model.predictSync(x.subarray(0, 20)).length !== 4) throw new Error('no answer')
        model.dispose()
      },
    }
  }
}

function linear(): Work {
  const model = new SGDClassifier({ maxIter: 3, seed: 1, tol: null })
  const rows = Array.from({ length: 100 }, (_, i) => [...x.subarray(i * 20, i * 20 + 20)])
  const labels = [...y.subarray(0, 100)]
  const work = async () => {
    await model.fit(rows, labels)
    await model.predict(rows)
  }
  return { refused: work, after: work }
}

/** An error that a user can tell from others, or none. */
async function settles(n: number, { refused, after }: Work, lasting: boolean): Promise<boolean> {
  const watch = setTimeout(() => {
    writeSync(1, `Hangs when allocation ${n} is refused (${what}, ${how}).`)
    process.kill(process.pid, 'SIGKILL')
  }, 20_000)
  let failed = true
  refuse(n, lasting)
  try {
    await refused()
    failed = false
  } catch (error) {
    if (!(error instanceof MlpError) || error.code !== 'ERR_MEMORY') failures.push(`${n}: ${inspect(error)}`)
  }
  const more = counted() >= n
  refuse(0, false)
  if (failed && !more) failures.push(`${n}: failed, though nothing was refused`)
  await after().catch((error: unknown) => failures.push(`after ${n}: ${inspect(error)}`))
  clearTimeout(watch)
  return more
}

function inspect(error: unknown): string {
  return error instanceof Error ? `${(error as NodeJS.ErrnoException).code} ${error.stack}` : String(error)
}

const works: Record<string, () => Work> = {
  fit: network(optimizers.adam({ ema: 0.9 }), layers.batchNormalization()),
  lbfgs: network('lbfgs', layers.layerNormalization()),
  linear,
}

if (what === 'exit') {
  const model = makeModel(small, optimizers.adam({ ema: 0.9 }))
  refuse(Number(how), true)
  // Many short epochs: the refusal comes in any part of a run.
  void model
    .fit(x, y, { epochs: 1e6, batchSize: 300, validationData, layerStatistics: true, threads: 2 })
    .catch(() => undefined)
  setTimeout(() => process.exit(0), Number(after))
} else {
  let n = 1
  while (hooked > 0 && (await settles(n, works[what!]!(), how === 'lasting'))) n++
  process.stdout.write(
    JSON.stringify({ hooked, refused: n - 1, failures: failures.slice(0, 5), count: failures.length }),
  )
}
