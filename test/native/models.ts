import { expect } from 'vitest'
import {
  type Callback,
  type History,
  layers,
  type MetricName,
  optimizers,
  type RegularizerLike,
  Sequential,
} from '../../lib/index.js'

export const xor = {
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [0, 1, 1, 0],
}

/** A network that learns XOR in a few hundred epochs. */
export function xorModel(seed = 1, metrics: MetricName[] = ['accuracy']): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy', metrics })
  return model
}

/** Pseudorandom rows; the class of a row is the index of its largest entry. */
export function classes(rows: number, columns = 4): { x: Float32Array; y: Int32Array } {
  let state = 12345
  const x = new Float32Array(rows * columns).map(() => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
  const y = new Int32Array(rows).map((_, i) => {
    const row = x.subarray(i * columns, (i + 1) * columns)
    return row.indexOf(Math.max(...row))
  })
  return { x, y }
}

export function classModel(
  seed = 1,
  options: { units?: number; columns?: number; kernelRegularizer?: RegularizerLike } = {},
): Sequential {
  const { units = 16, columns = 4, kernelRegularizer } = options
  const model = new Sequential({
    layers: [
      layers.dense({ units, activation: 'relu', inputShape: [columns], kernelRegularizer }),
      layers.dense({ units: columns, activation: 'softmax' }),
    ],
    seed,
  })
  model.compile({
    optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}

/** A model and data whose epoch takes many slices. */
export function longRun(): { model: Sequential; x: Float32Array; y: Int32Array } {
  return { model: classModel(1, { units: 512, columns: 64 }), ...classes(40_000, 64) }
}

/** All weights as one array, to compare bit by bit. */
export function bits(model: Sequential): Uint32Array {
  const numbers = model.getWeights().flatMap(({ data }) => [...data])
  return new Uint32Array(Float32Array.from(numbers).buffer)
}

/**
 * Expects equal logs, but for rounding. The losses of each slice are added up before those of all slices are. Slices end
 * by the clock, so on a busy machine one may end within an epoch: the last digit of the epoch's mean loss then differs.
 * Weights do not depend on slices: compare their `bits`.
 */
export function expectSameLogs(actual: History['logs'], expected: History['logs']): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [key, values] of Object.entries(expected)) {
    expect(actual[key], key).toHaveLength(values.length)
    // A few roundings of float64, each 1e-16 of a mean of up to 50 terms.
    const wrong = actual[key]!.filter((value, i) => !(Math.abs(value - values[i]!) <= 1e-14 * Math.abs(values[i]!)))
    expect(wrong, key).toEqual([])
  }
}

/** A callback that records its calls. */
export function recorder(): Callback & { calls: string[] } {
  const calls: string[] = []
  class Recorder implements Callback {
    readonly calls = calls
    onTrainBegin() {
      calls.push('trainBegin')
    }
    onTrainEnd() {
      calls.push('trainEnd')
    }
    onEpochBegin(epoch: number) {
      calls.push(`epochBegin ${epoch}`)
    }
    onEpochEnd(epoch: number) {
      calls.push(`epochEnd ${epoch}`)
    }
  }
  return new Recorder()
}
