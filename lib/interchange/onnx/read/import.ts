import { ArgumentError } from '../../../base/errors.js'
import type { Sequential } from '../../../sequential.js'
import { readNetwork } from './entrance.js'
import { externalReader } from './external.js'
import { readOnnxFile } from './file.js'
import { readGraph } from './graph.js'
import { problem } from './problem.js'
import { readTensor } from './tensor.js'

/** The network of an ONNX file. */
export async function importNetwork(source: string | Uint8Array, seed: number | undefined): Promise<Sequential> {
  const file = await readOnnxFile(source)
  const external = externalReader(file)
  const graph = readGraph(file.model.graph!, file.name, (tensor) => readTensor(tensor, file.name, external))
  const stack = readNetwork(graph)
  if (stack.inputs === undefined) throw problem(file.name, 'nothing tells how many columns the rows have.')
  const name = file.model.graph!.name
  try {
    return stack.build(seed, name === '' ? 'sequential' : name)
  } catch (cause) {
    // Sizes that no network has, or weights that are not finite.
    if (cause instanceof ArgumentError) throw problem(file.name, cause.message, { cause })
    throw cause
  }
}
