import { afterEach, describe, expect, it, vi } from 'vitest'
import { Matrix, MLPRegressor, SGDClassifier, SGDRegressor } from '../../../lib/index.js'
import { native } from '../../../lib/native/addon.js'

const rows = 20_000
const table = (columns: number) =>
  new Matrix(
    Float32Array.from({ length: rows * columns }, (_, k) => k % 7),
    rows,
    columns,
  )
const numbers = Float32Array.from({ length: rows }, (_, row) => row % 7)
const classes = Uint8Array.from(numbers, (value) => Number(value > 3))
const sampleWeight = new Float64Array(rows).fill(1)

let restore = () => {}

/** Native objects that are made, and not disposed, from now on. */
function watch(): Set<object> {
  const alive = new Set<object>()
  const addon = native()
  const { Dataset, Model, LinearRun } = addon
  restore = () => Object.assign(addon, { Dataset, Model, LinearRun })
  for (const kind of ['Dataset', 'Model', 'LinearRun'] as const) {
    const Kind = addon[kind] as new (...parameters: unknown[]) => { dispose(): void }
    class Watched extends Kind {
      constructor(...parameters: unknown[]) {
        super(...parameters)
        alive.add(this)
      }

      override dispose() {
        alive.delete(this)
        super.dispose()
      }
    }
    Object.assign(addon, { [kind]: Watched })
  }
  return alive
}

afterEach(() => {
  vi.restoreAllMocks()
  restore()
})

describe('a fit of many rows that is aborted', () => {
  const mlp = { hiddenLayerSizes: [2], maxIter: 1, batchSize: 8192, seed: 1 }
  const linear = { maxIter: 1, tol: null, seed: 1 }
  // So many columns that rows are still read after the first turn of the event loop.
  it.each([
    ['MLPRegressor', () => new MLPRegressor(mlp), 220, numbers],
    [
      'SGDClassifier',
      () => new SGDClassifier({ ...linear, earlyStopping: true, validationFraction: 0.5 }),
      40,
      classes,
    ],
    ['SGDRegressor', () => new SGDRegressor({ ...linear, earlyStopping: true, validationFraction: 0.5 }), 40, numbers],
  ] as const)(
    'frees its native memory, at whichever step: %s',
    async (_, make, columns, y) => {
      const x = table(columns)
      const alive = watch()
      const seen: number[] = []
      // Time goes so fast that each step of reading is followed by a turn of the event loop.
      const clock = vi.spyOn(performance, 'now')
      for (let [step, whole] = [1, false]; !whole; step += 2) {
        const control = new AbortController()
        const reason = new Error('enough')
        let calls = 0
        clock.mockImplementation(() => {
          if (++calls === step) {
            seen.push(alive.size)
            control.abort(reason)
          }
          return calls * 10
        })
        const outcome = await make()
          .fit(x, y as never, { sampleWeight, signal: control.signal })
          .then(
            () => 'done',
            (error) => error,
          )
        whole = !control.signal.aborted
        expect(outcome).toBe(whole ? 'done' : reason)
        expect(alive.size, `after an abort at step ${step}`).toBe(0)
      }
      expect(Math.max(...seen)).toBeGreaterThan(1)
    },
    60_000,
  )
})

describe('two predictions of a new model at once', () => {
  it('make one network', async () => {
    const x = Array.from({ length: 40 }, (_, row) => Array.from({ length: 1000 }, (_, k) => (row * k) % 5))
    const y = x.map(([, a]) => a!)
    const model = await new MLPRegressor({ hiddenLayerSizes: [6000], maxIter: 1, seed: 1 }).fit(x, y)
    const alive = watch()
    const control = new AbortController()
    const aborted = model.predict(x, { signal: control.signal })
    const both = [model.predict(x), model.predict(x)]
    control.abort(new Error('enough'))
    await expect(aborted).rejects.toBe(control.signal.reason)
    const [one, other] = await Promise.all(both)
    expect(alive.size).toBe(1)
    expect(other).toEqual(one)
    const again = x.map((row) => model.predictSync(row))
    for (const [k, value] of again.entries()) expect(value).toBeCloseTo(one![k]!, 4)
  })

  it('both fail where the network cannot be made, free it, and a later one makes it', async () => {
    const x = Array.from({ length: 40 }, (_, row) => Array.from({ length: 1000 }, (_, k) => (row * k) % 5))
    const y = x.map(([, a]) => a!)
    const model = await new MLPRegressor({ hiddenLayerSizes: [6000], maxIter: 1, seed: 1 }).fit(x, y)
    const alive = watch()
    const error = new Error('no memory')
    const write = native().Model.prototype.setWeights
    let [calls, writes] = [0, 0]
    vi.spyOn(native().Model.prototype, 'setWeights').mockImplementation(function (this: never, ...all) {
      if (++writes === 45) throw error
      return write.apply(this, all)
    })
    // After the first steps, each of one prediction is followed by one of the other.
    vi.spyOn(performance, 'now').mockImplementation(() => calls++ * 10)
    const both = await Promise.allSettled([model.predict(x), model.predict(x)])
    expect(both).toEqual(Array(2).fill({ status: 'rejected', reason: error }))
    expect(alive.size).toBe(0)
    const predicted = await model.predict(x)
    expect(predicted[7]).toBeCloseTo(model.predictSync(x[7]!), 4)
  })
})
