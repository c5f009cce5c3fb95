import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { keysOf } from '../../lib/base/check.js'
import { decodeSafetensors, encodeSafetensors } from '../../lib/files/safetensors.js'
import { type OptimizerSpec, Sequential } from '../../lib/index.js'
import { optimizerChoices } from '../../lib/spec/optimizer.js'
import { bits, classes, classModel } from './models.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-defaults-'))
const file = join(folder, 'model.safetensors')
afterAll(() => rmSync(folder, { recursive: true }))

const { x, y } = classes(64)
const loss = 'sparseCategoricalCrossentropy'

function compiled(optimizer: OptimizerSpec | OptimizerSpec['name']): Sequential {
  const model = classModel(3)
  model.compile({ optimizer, loss })
  return model
}

/** The JSON under `compile` in a file, which `change` may replace. */
function inFile(change?: (compile: { optimizer: object }) => void): { optimizer: Record<string, unknown> } {
  const { tensors, metadata } = decodeSafetensors(readFileSync(file), file)
  const json = JSON.parse(metadata.perceptra!)
  change?.(json.compile)
  if (change) writeFileSync(file, encodeSafetensors(tensors, { ...metadata, perceptra: JSON.stringify(json) }))
  return json.compile
}

describe('the optimizer in a file', () => {
  it.each(keysOf(optimizerChoices))('holds every parameter of %s that has a default', async (name) => {
    using model = compiled(name)
    await model.save(file)
    const withDefaults = Object.entries(optimizerChoices[name])
      .filter(([key, read]) => read(undefined as never, key) !== undefined)
      .map(([key]) => key)
    expect(Object.keys(inFile().optimizer).sort()).toEqual(['name', ...withDefaults].sort())
  })

  // As files of the versions before Keras's defaults have them: PyTorch's.
  it.each([
    { name: 'adagrad', learningRate: 0.01, initialAccumulatorValue: 0, epsilon: 1e-10 },
    { name: 'rmsprop', learningRate: 0.01, rho: 0.99, momentum: 0, epsilon: 1e-8, centered: false },
    { name: 'adadelta', learningRate: 1, rho: 0.9, epsilon: 1e-6 },
    { name: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false },
    { name: 'adamw', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, amsgrad: false },
    { name: 'nadam', learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { name: 'lion', learningRate: 1e-4, beta1: 0.9, beta2: 0.99 },
  ] as OptimizerSpec[])('keeps the meaning it had when defaults were others: $name', async (old) => {
    using model = compiled(old.name)
    await model.save(file, { includeOptimizer: false })
    inFile((compile) => {
      compile.optimizer = old
    })
    using loaded = await Sequential.load(file)
    using expected = compiled(old)
    await loaded.fit(x, y, { epochs: 2 })
    await expected.fit(x, y, { epochs: 2 })
    expect(bits(loaded)).toEqual(bits(expected))
  })
})
