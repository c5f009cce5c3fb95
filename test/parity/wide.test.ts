import { describe, expect, it } from 'vitest'
import { Matrix } from '../../lib/index.js'
import {
  build,
  expectClose,
  expectWeights,
  fixture,
  hash32,
  hashed,
  lossOf,
  type NetCase,
  optimizerOf,
  type RunCase,
  titleOf,
} from './support.js'

interface Wide {
  net: NetCase
  startScale: number
  sampleEvery: number
  runs: (RunCase & { tensors: Summary[]; lastLayer: number[][][] })[]
}

interface Summary {
  sum: number
  sumOfSquares: number
  samples: number[]
}

/** Start weights: one hash sequence through all tensors in order. */
function startOf({ net, startScale }: Wide): number[][][] {
  const start: number[][][] = []
  let first = 0
  let inputs = net.inputs
  for (const { units } of net.layers) {
    for (const rows of [inputs, 1]) {
      start.push(hashed(first, rows, units, startScale))
      first += rows * units
    }
    inputs = units
  }
  return start
}

function targetsOf(net: NetCase, rows: number): number[] | number[][] {
  const outputs = net.layers.at(-1)!.units
  if (net.loss === 'sparseCategoricalCrossentropy') {
    return Array.from({ length: rows }, (_, i) => hash32(2_000_000 + i) % outputs)
  }
  const values = hashed(2_000_000, rows, outputs, 2)
  return net.loss === 'binaryCrossentropy' ? values.map((row) => row.map((v) => (v > 0 ? 1 : 0))) : values
}

describe.each(['64-32-16-10', '37-29-19-7', '33-65-9'])('20 steps of %s', (name) => {
  const content = fixture<Wide>(`wide-${name}.json`)
  const { net, sampleEvery, runs } = content
  const start = startOf(content)
  const cases = runs.flatMap((run) => [1, 2].map((threads) => ({ threads, run })))

  for (const { run, threads } of cases) {
    it(`training ends at PyTorch's weights on ${threads} threads: ${titleOf(run)}`, async () => {
      using model = build(net)
      model.setWeights(start)
      model.compile({ optimizer: optimizerOf(run.optimizer), loss: lossOf(net.loss, net.fromLogits) })
      const { rows, epochs, batchSize } = run
      const x = hashed(1_000_000, rows, net.inputs, 2)
      const history = await model.fit(x, targetsOf(net, rows), {
        epochs,
        batchSize,
        shuffle: false,
        threads,
        verbose: 0,
      })
      const weights = model.getWeights()

      expect(weights.length).toBe(run.tensors.length)
      for (const [k, summary] of run.tensors.entries()) {
        const { data } = weights[k]!
        const samples = data.filter((_, i) => i % sampleEvery === 0)
        expectClose(`every ${sampleEvery}th of tensor ${k}`, rowOf(samples), [summary.samples], { absolute: 1e-5 })
        // Errors of single weights have both signs: a sum over n may be off by about sqrt(n) of them.
        const absolute = 1e-5 * Math.sqrt(data.length)
        expectClose(`sum of tensor ${k}`, sum(data), summary.sum, { absolute })
        expectClose(
          `sum of squares of tensor ${k}`,
          sum(data, (w) => w * w),
          summary.sumOfSquares,
          { absolute },
        )
      }
      expectWeights(weights.slice(-2), run.lastLayer, { absolute: 1e-5 })
      expectClose('loss by epoch', rowOf(Float32Array.from(history.logs.loss!)), [run.losses], { relative: 1e-5 })
    })
  }
})

function sum(values: Float32Array, of: (value: number) => number = (value) => value): number {
  let total = 0
  for (const value of values) total += of(value)
  return total
}

function rowOf(values: Float32Array): Matrix {
  return new Matrix(values, 1, values.length)
}
