import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FormatError, Sequential } from '../../../lib/index.js'
import { fromKeras } from '../../../lib/interchange/keras/from-keras.js'
import { toOnnx } from '../../../lib/interchange/to-onnx.js'
import { expectClose } from './close.js'
import { runOnnx } from './runtime.js'

const folder = fileURLToPath(new URL('../../parity/fixtures/interchange/', import.meta.url))
const { classes, models } = JSON.parse(readFileSync(`${folder}keras.json`, 'utf8')) as {
  classes: number[]
  models: Record<string, { rows: number[]; predictions: number[]; after: number[][] }>
}
const files = readdirSync(folder).filter(
  (name) => /\.(keras|h5)$/.test(name) && !/^(refused|nadam-untrained)/.test(name),
)

describe.each(files)('Keras: %s', (file) => {
  const { rows, predictions, after } = models[file.split('.')[0]!]!
  const x = Float32Array.from(rows)

  it('predicts as Keras does', async () => {
    const model = await fromKeras(folder + file, { compile: false })
    expectClose((await model.predict(x)).data, predictions)
    await expect(model.fit(x, classes)).rejects.toThrow(/compile/)
  })

  it('goes on to ONNX, where onnxruntime predicts as Keras does', async () => {
    const model = await fromKeras(folder + file, { compile: false })
    const { output } = await runOnnx(await toOnnx(model), { input: x }, classes.length)
    expectClose(output!.data as ArrayLike<number>, predictions)
  })

  it('goes on training as Keras does: 20 steps', async () => {
    const model = await fromKeras(new Uint8Array(readFileSync(folder + file)))
    expect(model.epochs).toBe(0)
    await model.fit(x, classes, { epochs: 5, batchSize: 8, shuffle: false })
    const weights = model.getWeights()
    const expected = after.filter(({ length }) => length !== 1)
    const differences = weights.map(({ data }, k) =>
      Math.max(...Array.from(data, (value, i) => Math.abs(value - expected[k]![i]!))),
    )
    expect(Math.max(...differences), `${differences}`).toBeLessThanOrEqual(5e-6)
  })

  it('is saved and read again by perceptra', async () => {
    const model = await fromKeras(folder + file)
    const again = await Sequential.load(model.toBytes())
    expect(again.predictSync(x)).toEqual(model.predictSync(x))
  })
})

describe('fromKeras', () => {
  it('refuses what is no chain, and layers that perceptra has not, by name', async () => {
    await expect(fromKeras(`${folder}refused-branches.keras`)).rejects.toThrow(/"merge" \(Concatenate\)|only a chain/)
    await expect(fromKeras(`${folder}refused-conv.keras`)).rejects.toThrow(/"conv" \(Conv1D\)/)
  })

  it('reads a network that was compiled and never trained', async () => {
    const model = await fromKeras(`${folder}nadam-untrained.keras`)
    expect(model.learningRate).toBeCloseTo(0.02, 7)
    const { logs } = await model.fit(
      [
        [1, 2, 3, 4],
        [4, 3, 2, 1],
      ],
      [0, 2],
      { epochs: 3 },
    )
    expect(logs.loss.at(-1)).toBeLessThan(logs.loss[0]!)
  })

  it('refuses other files', async () => {
    await expect(fromKeras(Buffer.from('hello, this is no model'))).rejects.toThrow(FormatError)
    await expect(fromKeras('no/such/file.keras')).rejects.toThrow(/Could not open/)
    await expect(fromKeras(`${folder}adam.keras`, { compiled: true } as never)).rejects.toThrow(/Did you mean compile/)
  })
})
