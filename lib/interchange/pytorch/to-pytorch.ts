import { invalid } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { encodeSafetensors, type Tensor } from '../../files/safetensors.js'
import { Sequential } from '../../sequential.js'
import type { NamedLayer } from '../../spec/model.js'
import { transpose } from '../read/transpose.js'
import { savedContent } from '../source/saved.js'

const names: Readonly<Record<string, string>> = {
  ...{ kernel: 'weight', bias: 'bias', gamma: 'weight', beta: 'bias', embeddings: 'weight' },
  ...{ movingMean: 'running_mean', movingVariance: 'running_var' },
}

/**
 * The weights of a network as a state dict of PyTorch, in the bytes of a safetensors file: `dense.weight` (units, inputs),
 * `dense.bias`. In Python, `model.load_state_dict(safetensors.torch.load_file(path))` takes them where the modules of the model
 * have the names of the layers here.
 * @throws ArgumentError for anything but a Sequential, and for slopes of PReLU in a dense layer, which is two modules there.
 */
export function toPytorch(model: Sequential): Uint8Array {
  if (!(model instanceof Sequential)) throw invalid('model', 'a Sequential', model)
  const { tensors } = savedContent(model.toBytes({ includeOptimizer: false }))
  const state = new Map<string, Tensor>()
  for (const layer of model.toJSON().layers) {
    for (const [key, tensor] of tensors) {
      if (key.startsWith(`${layer.name}.`)) add(layer, key.slice(layer.name.length + 1), tensor, state)
    }
    if (layer.type === 'batchNormalization') {
      const data = BigInt64Array.of(0n)
      state.set(`${layer.name}.num_batches_tracked`, { dtype: 'I64', shape: [], data })
    }
  }
  return encodeSafetensors(state, { format: 'pt' })
}

function add(layer: NamedLayer, name: string, tensor: Tensor, state: Map<string, Tensor>): void {
  if (name === 'alpha' && layer.type === 'dense') {
    throw new ArgumentError(
      `Expected the PReLU of the layer ${JSON.stringify(layer.name)} as a layer of its own for toPytorch().`,
    )
  }
  const key = `${layer.name}.${name === 'alpha' ? 'weight' : names[name]}`
  if (name !== 'kernel') {
    state.set(key, tensor)
    return
  }
  const { shape, data } = transpose({ shape: tensor.shape, data: tensor.data as Float32Array })
  state.set(key, { dtype: 'F32', shape: [...shape], data: data as Float32Array<ArrayBuffer> })
}
