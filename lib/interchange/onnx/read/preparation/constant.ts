import { TensorProto_DataType as T } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import type { Graph } from '../graph.js'
import { problem } from '../problem.js'
import { sizeOf, type Value } from './value.js'

/** A constant of numbers or strings; undefined for a value that a node with inputs makes. */
export function constantOf(graph: Graph, name: string): Value | undefined {
  const tensor = graph.tensor(name)
  if (tensor?.dataType === T.STRING) {
    const dims = tensor.dims.map(Number)
    if (sizeOf(dims) !== tensor.stringData.length) {
      throw problem(graph.file, `tensor '${name}' has ${tensor.stringData.length} strings for [${dims.join(', ')}].`)
    }
    return { dims, data: tensor.stringData.map((bytes) => new TextDecoder().decode(bytes)) }
  }
  if (tensor) return graph.decode(tensor)
  const maker = graph.maker(name)
  if (maker?.opType !== 'Constant') return undefined
  const attributes = attributesOf(maker)
  const list = attributes.listOf('value_floats', 'value_ints', 'value_strings')
  if (list) return { dims: [list.length], data: list }
  if (attributes.has('value_float')) return { dims: [], data: [attributes.float('value_float', 0)] }
  if (attributes.has('value_int')) return { dims: [], data: [attributes.int('value_int', 0)] }
  return attributes.has('value_string') ? { dims: [], data: [attributes.text('value_string', '')] } : undefined
}
