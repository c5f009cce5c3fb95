import { describe, expect, it } from 'vitest'
import { ArgumentError, datasets, inspection, layers, Matrix, Sequential } from '../../../lib/index.js'

const { integratedGradients } = inspection

function make(units: number, activation: 'softmax' | 'sigmoid', inputs = 4): Sequential {
  return new Sequential({
    seed: 3,
    layers: [
      layers.dense({ units: 16, activation: 'tanh', inputShape: [inputs] }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units, activation }),
    ],
  })
}

const x = Matrix.from(Array.from({ length: 9 }, (_, i) => [i / 3 - 1, (i * i) % 5, -i / 4, ((i * 7) % 3) - 1]))

describe('inputGradients', () => {
  it('matches finite differences of predict', async () => {
    using model = make(3, 'softmax')
    for (const output of [0, 2]) {
      const gradients = await model.inputGradients(x, { output })
      for (let j = 0; j < 4; j++) {
        const step = 1 / 64
        const moved = (by: number) => Matrix.from(x.toArray().map((row) => row.map((v, k) => (k === j ? v + by : v))))
        const [up, down] = [await model.predict(moved(step)), await model.predict(moved(-step))]
        for (let r = 0; r < x.rows; r++) {
          expect(gradients.at(r, j)).toBeCloseTo((up.at(r, output) - down.at(r, output)) / (2 * step), 3)
        }
      }
    }
  })

  it('uses the largest output of each row by default', async () => {
    using model = make(3, 'softmax')
    const [largest, predictions] = [await model.inputGradients(x), await model.predict(x)]
    for (let r = 0; r < x.rows; r++) {
      const output = predictions.row(r).indexOf(Math.max(...predictions.row(r)))
      expect(largest.row(r)).toEqual((await model.inputGradients(x, { output })).row(r))
    }
  })

  it.each<[string, (model: Sequential) => Promise<unknown>, RegExp]>([
    ['an output out of range', (model) => model.inputGradients(x, { output: 3 }), /output/],
    ['an unknown option', (model) => model.inputGradients(x, { outputs: 1 } as never), /Did you mean output/],
    ['rows of another length', (model) => model.inputGradients([[1, 2]]), /4/],
    ['NaN', (model) => model.inputGradients([[1, 2, Number.NaN, 4]]), /row 0, column 2 is NaN/],
  ])('rejects %s', async (_, call, message) => {
    using model = make(3, 'softmax')
    await expect(call(model)).rejects.toThrow(ArgumentError)
    await expect(call(model)).rejects.toThrow(message)
  })

  it('rejects a network that begins with an embedding', async () => {
    using model = new Sequential({ layers: [layers.embedding({ inputDim: 3, outputDim: 2, inputShape: [1] })] })
    await expect(model.inputGradients([[1]])).rejects.toThrow(/embedding/)
  })

  it('rejects when the signal is aborted', async () => {
    using model = make(3, 'softmax')
    await expect(model.inputGradients(x, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/)
  })
})

describe('integratedGradients', () => {
  it.each([
    ['zeros', undefined],
    ['one row', [0.5, 1, -1, 0]],
    ['a row for each row', Matrix.from(x.toArray().map((row) => row.map((v) => v / 2)))],
  ])('adds up to the difference from the output of the baseline: %s', async (_, baseline) => {
    using model = make(3, 'softmax')
    const attributions = await integratedGradients(model, x, { baseline, steps: 200, output: 1 })
    const predictions = await model.predict(x)
    const rowOf = (r: number) => (baseline instanceof Matrix ? baseline.row(r) : (baseline ?? [0, 0, 0, 0]))
    for (let r = 0; r < x.rows; r++) {
      const sum = attributions.row(r).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(predictions.at(r, 1) - model.predictSync([...rowOf(r)])[1]!, 4)
    }
  })

  it('is exact for a linear unit', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] })
    model.setWeights([[[2], [-1], [0], [0.5]], [1]])
    const attributions = await integratedGradients(model, x, { steps: 1 })
    for (let r = 0; r < x.rows; r++) {
      expect([...attributions.row(r)]).toEqual([x.at(r, 0) * 2, -x.at(r, 1), x.at(r, 2) * 0, x.at(r, 3) / 2])
    }
  })

  it('uses the largest output of each row in every chunk, and reports its progress', async () => {
    const { test } = datasets.digits()
    using model = make(10, 'softmax', 64)
    const rows = new Matrix(test.x.data.slice(0, 64 * 20), 20, 64)
    const counts: number[] = []
    const steps = 1500
    const all = await integratedGradients(model, rows, { steps, onProgress: ({ done }) => counts.push(done) })
    expect(counts.length).toBeGreaterThan(5)
    const predictions = await model.predict(rows)
    for (let r = 0; r < 20; r += 7) {
      const output = predictions.row(r).indexOf(Math.max(...predictions.row(r)))
      expect((await integratedGradients(model, [rows.row(r)], { steps, output })).row(0)).toEqual(all.row(r))
    }
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['0 steps', { steps: 0 }, /steps/],
    [
      'a baseline with another number of rows',
      {
        baseline: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
      },
      /baseline/,
    ],
    ['a baseline with another number of columns', { baseline: [1, 2] }, /baseline/],
    ['an output out of range', { output: 7 }, /output/],
    ['an unknown option', { step: 3 }, /steps/],
  ])('rejects %s', async (_, options, message) => {
    using model = make(3, 'softmax')
    await expect(integratedGradients(model, x, options)).rejects.toThrow(message)
    await expect(integratedGradients({} as never, x)).rejects.toThrow(/Sequential/)
  })
})
