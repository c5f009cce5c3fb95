import { randomSeed } from '../../../base/random-seed.js'
import { activation } from '../../../factories/layers.js'
import type { Sequential } from '../../../sequential.js'
import { makeNetwork } from '../../read/network.js'
import type { Graph } from './graph.js'
import type { Stack } from './stack.js'

/**
 * The network of the layers that were read; a graph without any gives its rows as they are.
 * @throws FormatError for sizes that no network has, and for weights that are not finite.
 */
export function buildNetwork({ file, name }: Graph, stack: Stack, seed: number | undefined): Promise<Sequential> {
  const read = stack.layers
  const network = {
    ...{ name: name === '' ? 'sequential' : name, seed: seed ?? randomSeed(), inputs: stack.inputs! },
    layers: read.length > 0 ? read : [{ options: activation({ activation: 'linear' }), tensors: new Map() }],
  }
  return makeNetwork(network, `${file} cannot be read as ONNX`)
}
