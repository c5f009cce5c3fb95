import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load, Sequential } from '../../../lib/index.js'
import { evaluateOptionKeys, inputGradientsOptionKeys, predictOptionKeys } from '../../../lib/network/inference.js'
import { loadOptionKeys, saveOptionKeys } from '../../../lib/network/saving.js'
import { classes, x } from './data.js'
import { hidden, last, type Pair } from './effect.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('methods of a model', () => {
  const make = () => {
    const model = new Sequential({ layers: [hidden, last], seed: 1 })
    model.compile({
      optimizer: { name: 'adam', learningRate: () => 0.01 } as never,
      loss: 'sparseCategoricalCrossentropy',
    })
    return model
  }
  const outcome = async (run: () => Promise<unknown>) => {
    try {
      return await run()
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
  const expectDifferent = async (pair: Pair | undefined, run: (value: unknown) => Promise<unknown>) => {
    expect(pair, 'a pair of values in the table of this test').toBeDefined()
    const [one, other] = [await outcome(() => run(pair![0])), await outcome(() => run(pair![1]))]
    expect(one).not.toEqual(other)
  }
  const aborted = AbortSignal.abort()

  it.each<string>(evaluateOptionKeys)('evaluate: option %s has an effect', async (option) => {
    const pairs: Record<string, Pair> = {
      signal: [undefined, aborted],
      sampleWeight: [undefined, classes.map((_, row) => row + 1)],
    }
    using model = make()
    await expectDifferent(pairs[option], (value) => model.evaluate(x, classes, { [option]: value }))
  })

  it.each<string>(predictOptionKeys)('predict and layer().output: option %s has an effect', async (option) => {
    const pairs: Record<string, Pair> = { signal: [undefined, aborted] }
    using model = make()
    await expectDifferent(pairs[option], (value) => model.predict(x, { [option]: value }))
    await expectDifferent(pairs[option], (value) => model.layer(0).output(x, { [option]: value }))
  })

  it.each<string>(inputGradientsOptionKeys)('inputGradients: option %s has an effect', async (option) => {
    const pairs: Record<string, Pair> = { signal: [undefined, aborted], output: [0, 1] }
    using model = make()
    await expectDifferent(pairs[option], (value) => model.inputGradients(x, { [option]: value }))
  })

  it.each<string>(saveOptionKeys)('save: option %s has an effect', async (option) => {
    const pairs: Record<string, Pair> = { includeOptimizer: [true, false] }
    using model = make()
    await model.fit(x, classes)
    await expectDifferent(pairs[option], async (value) => {
      const path = join(folder, 'save.safetensors')
      await model.save(path, { [option]: value })
      using again = await load<Sequential>(path, { learningRate: 0.01 })
      await again.fit(x, classes)
      return [...again.getWeights()[0]!.data]
    })
  })

  it.each<string>(loadOptionKeys)('load: option %s has an effect', async (option) => {
    const zero = () => 0
    const pairs: Record<string, Pair> = { learningRate: [0.01, 0.02], metrics: [[], [zero]] }
    using model = make()
    const path = join(folder, 'load.safetensors')
    await model.save(path)
    await expectDifferent(pairs[option], async (value) => {
      using again = await load<Sequential>(path, { learningRate: 0.01, [option]: value })
      return [again.learningRate, await again.evaluate(x, classes)]
    })
  })
})
