// Native models without the TypeScript facade: 4 inputs, 3 outputs, 15 weights.
import { native as loadAddon } from '../../../lib/native/addon.js'
import type { NativeDataset, NativeModel } from '../../../lib/native/model.js'
import type { NativeActivation, NativeCompileSpec, NativeLayer, NativeSpec } from '../../../lib/native/spec.js'

export const native = loadAddon()

export const floats = (count: number) => new Float32Array(count)

const layer: NativeLayer = {
  type: 'dense',
  units: 3,
  useBias: true,
  activation: { name: 'linear' },
  kernelInitializer: { name: 'glorotUniform' },
  biasInitializer: { name: 'zeros' },
  trainable: true,
  rateFactor: 1,
}

export const spec: NativeSpec = { inputs: 4, seed: 1, members: 1, layers: [layer] }

export function withLayer(changes: Partial<NativeLayer>): NativeSpec {
  return { ...spec, layers: [{ ...layer, ...changes }] }
}

export function makeNative(inputs = 4, activation: NativeActivation['name'] = 'linear'): NativeModel {
  return new native.Model({ ...withLayer({ activation: { name: activation } }), inputs })
}

export const sgd: NativeCompileSpec['optimizer'] = { name: 'sgd', momentum: 0.9, nesterov: true }

export const meanSquaredError: NativeCompileSpec = {
  loss: { name: 'meanSquaredError', fromLogits: false },
  optimizer: sgd,
  metrics: ['meanAbsoluteError'],
}

/** A model that can train, and ten rows for it. */
export function makeCompiled(): { model: NativeModel; data: NativeDataset } {
  const model = makeNative()
  model.compile(meanSquaredError)
  return { model, data: new native.Dataset(floats(40).fill(0.5), 4, floats(30).fill(1), 3) }
}
