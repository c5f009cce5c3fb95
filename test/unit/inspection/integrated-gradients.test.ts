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
  it('are the slopes of what predict says', async () => {
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

  it('take the output that is largest for the row, when none is named', async () => {
    using model = make(3, 'softmax')
    const [largest, answers] = [await model.inputGradients(x), await model.predict(x)]
    for (let r = 0; r < x.rows; r++) {
      const output = answers.row(r).indexOf(Math.max(...answers.row(r)))
      expect(largest.row(r)).toEqual((await model.inputGradients(x, { output })).row(r))
    }
  })

  it.each<[string, (model: Sequential) => Promise<unknown>, RegExp]>([
    ['an output there is not', (model) => model.inputGradients(x, { output: 3 }), /output/],
    ['an unknown option', (model) => model.inputGradients(x, { outputs: 1 } as never), /Did you mean output/],
    ['rows of another length', (model) => model.inputGradients([[1, 2]]), /4/],
    ['NaN', (model) => model.inputGradients([[1, 2, Number.NaN, 4]]), /row 0, column 2 is NaN/],
  ])('refuse %s', async (_, ask, message) => {
    using model = make(3, 'softmax')
    await expect(ask(model)).rejects.toThrow(ArgumentError)
    await expect(ask(model)).rejects.toThrow(message)
  })

  it('refuse whole numbers', async () => {
    using model = new Sequential({ layers: [layers.embedding({ inputDim: 3, outputDim: 2, inputShape: [1] })] })
    await expect(model.inputGradients([[1]])).rejects.toThrow(/embedding/)
  })

  it('end at the signal', async () => {
    using model = make(3, 'softmax')
    await expect(model.inputGradients(x, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/)
  })
})

describe('integratedGradients', () => {
  it.each([
    ['zeros', undefined],
    ['one row', [0.5, 1, -1, 0]],
    ['a row for each', Matrix.from(x.toArray().map((row) => row.map((v) => v / 2)))],
  ])('add up to the difference from the baseline: %s', async (_, baseline) => {
    using model = make(3, 'softmax')
    const attributions = await integratedGradients(model, x, { baseline, steps: 200, output: 1 })
    const answers = await model.predict(x)
    const rowOf = (r: number) => (baseline instanceof Matrix ? baseline.row(r) : (baseline ?? [0, 0, 0, 0]))
    for (let r = 0; r < x.rows; r++) {
      const sum = attributions.row(r).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(answers.at(r, 1) - model.predictSync([...rowOf(r)])[1]!, 4)
    }
  })

  it('is exact for a linear unit: its weights times the distance', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] })
    model.setWeights([[[2], [-1], [0], [0.5]], [1]])
    const attributions = await integratedGradients(model, x, { steps: 1 })
    for (let r = 0; r < x.rows; r++) {
      expect([...attributions.row(r)]).toEqual([x.at(r, 0) * 2, -x.at(r, 1), x.at(r, 2) * 0, x.at(r, 3) / 2])
    }
  })

  it('follows the output that is largest for the row, chunk by chunk, and tells how far it is', async () => {
    const { test } = datasets.digits()
    using model = make(10, 'softmax', 64)
    const rows = new Matrix(test.x.data.slice(0, 64 * 20), 20, 64)
    const seen: number[] = []
    const steps = 1500
    const all = await integratedGradients(model, rows, { steps, onProgress: ({ done }) => seen.push(done) })
    expect(seen.length).toBeGreaterThan(5)
    const answers = await model.predict(rows)
    for (let r = 0; r < 20; r += 7) {
      const output = answers.row(r).indexOf(Math.max(...answers.row(r)))
      expect((await integratedGradients(model, [rows.row(r)], { steps, output })).row(0)).toEqual(all.row(r))
    }
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no steps', { steps: 0 }, /steps/],
    [
      'a baseline of other rows',
      {
        baseline: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
      },
      /baseline/,
    ],
    ['a baseline of other columns', { baseline: [1, 2] }, /baseline/],
    ['an output there is not', { output: 7 }, /output/],
    ['an unknown option', { step: 3 }, /steps/],
  ])('refuses %s', async (_, options, message) => {
    using model = make(3, 'softmax')
    await expect(integratedGradients(model, x, options)).rejects.toThrow(message)
    await expect(integratedGradients({} as never, x)).rejects.toThrow(/Sequential/)
  })
})
