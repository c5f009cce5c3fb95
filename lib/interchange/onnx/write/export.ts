import { runBreathing, type Work } from '../../../base/breathing.js'
import type { Sequential } from '../../../sequential.js'
import { fileParts, join } from './encode.js'
import { Graph } from './graph.js'
import { writeNetwork } from './network.js'

/** The bytes of the ONNX file of a network. */
export function exportNetwork(model: Sequential, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return runBreathing(write(model), signal)
}

function* write(model: Sequential): Work<Uint8Array> {
  const graph = new Graph()
  const spec = model.toJSON()
  const weights = model.getWeights()
  yield
  const x = graph.input('input', 'float', spec.layers[0]!.inputShape![0])
  graph.output(writeNetwork(graph, spec, weights, x), 'output')
  return yield* join(fileParts(graph, spec.name))
}
