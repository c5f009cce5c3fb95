import { describe } from '../../base/check.js'
import { isObject, type JsonObject, type JsonReader } from '../read/json.js'

/** A layer of a Keras model. */
export interface KerasLayer {
  readonly className: string
  readonly name: string
  readonly config: JsonObject
}

/** The layers of a Keras model that is a chain, and the sizes of its input without those of rows. */
export interface KerasChain {
  readonly name: string | undefined
  readonly layers: readonly KerasLayer[]
  readonly inputShape: readonly number[]
  /** The class of the model: a Sequential does not count its input as a layer. */
  readonly isSequential: boolean
}

/** Layers of a model, at most. */
const mostLayers = 10_000

/**
 * Reads the configuration of a Keras model: Sequential, or Functional where its layers are a chain.
 * @throws FormatError that names the file, and the layer that is in no chain.
 */
export function readChain(model: unknown, json: JsonReader): KerasChain {
  const { class_name: className, config } = json.object(model, 'the model')
  const isSequential = className === 'Sequential'
  if (!isSequential && className !== 'Functional' && className !== 'Model') {
    throw json.fail(`expected a Sequential or a Functional model, but got ${describe(className)}.`)
  }
  const list = Array.isArray(config) ? { layers: config } : json.object(config, 'the config of the model')
  const { layers, name, build_input_shape: built } = list as JsonObject
  const all = json.list(layers, 'the layers of the model').map((layer, i) => readLayer(layer, i, json))
  if (all.length > mostLayers) throw json.fail(`expected at most ${mostLayers} layers, but got ${all.length}.`)
  const chain = isSequential ? all : inOrder(all, json)
  const shape = inputShapeOf(chain[0], json) ?? (built === undefined || built === null ? undefined : sizes(built, json))
  if (!shape) throw json.fail('the model has no shape of its input: build it before it is saved.')
  const own = chain.filter(({ className: kind }) => kind !== 'InputLayer')
  return { name: typeof name === 'string' ? name : undefined, layers: own, inputShape: shape, isSequential }
}

interface LinkedLayer extends KerasLayer {
  readonly nodes: unknown
}

function readLayer(layer: unknown, i: number, json: JsonReader): LinkedLayer {
  const place = `layer ${i}`
  const { class_name: className, config, name, inbound_nodes: nodes } = json.object(layer, place)
  const own = json.object(config, `the config of ${place}`)
  return {
    className: json.text(className, `class_name of ${place}`),
    name: json.text(name ?? own.name, `the name of ${place}`),
    config: own,
    nodes,
  }
}

/** The layers of a Functional model, from its input to its output, each of which has one input. */
function inOrder(layers: readonly LinkedLayer[], json: JsonReader): LinkedLayer[] {
  const next = new Map<string | undefined, LinkedLayer>()
  for (const layer of layers) {
    const inputs = inputsOf(layer, json)
    if (inputs.length > 1) throw refuse(json, layer, 'it has several inputs: only a chain of layers can be read')
    if (next.has(inputs[0])) {
      const other = next.get(inputs[0])!.name
      throw refuse(json, layer, `it has the input of ${JSON.stringify(other)}: only a chain of layers can be read`)
    }
    next.set(inputs[0], layer)
  }
  const chain: LinkedLayer[] = []
  for (let layer = next.get(undefined); layer && chain.length <= layers.length; layer = next.get(layer.name)) {
    chain.push(layer)
  }
  if (chain.length === layers.length) return chain
  throw json.fail('its layers are not a chain from one input to one output.')
}

/** The names of the layers whose outputs are the inputs of a layer. */
function inputsOf(layer: LinkedLayer, json: JsonReader): string[] {
  const nodes = json.list(layer.nodes ?? [], `inbound_nodes of ${JSON.stringify(layer.name)}`)
  if (nodes.length > 1) throw refuse(json, layer, 'it is used several times: only a chain of layers can be read')
  const names: string[] = []
  const visit = (value: unknown, depth: number): void => {
    if (depth > 8) throw refuse(json, layer, 'its inbound_nodes are nested too deeply')
    if (isObject(value)) {
      const history = (value.config as JsonObject | undefined)?.keras_history
      if (Array.isArray(history)) names.push(json.text(history[0], 'keras_history'))
      else for (const entry of Object.values(value)) visit(entry, depth + 1)
    } else if (Array.isArray(value)) {
      // Of Keras 2: [name, node, tensor, arguments].
      if (typeof value[0] === 'string' && typeof value[1] === 'number') names.push(value[0])
      else for (const entry of value) visit(entry, depth + 1)
    }
  }
  visit(nodes, 0)
  return names
}

function inputShapeOf(layer: KerasLayer | undefined, json: JsonReader): readonly number[] | undefined {
  const shape = layer?.config.batch_shape ?? layer?.config.batch_input_shape ?? layer?.config.batchInputShape
  return shape === undefined || shape === null ? undefined : sizes(shape, json)
}

function sizes(shape: unknown, json: JsonReader): readonly number[] {
  const [, ...own] = json.list(shape, 'the shape of the input')
  return own.map((size) => json.count(size, 'a size of the input'))
}

/** The error for a layer that this package has not. */
export function refuse(json: JsonReader, { name, className }: KerasLayer, why: string) {
  return json.fail(`the layer ${JSON.stringify(name)} (${className}) cannot be read: ${why}.`)
}

/** The error for a part of training that this package has not. */
export function uncompiled(json: JsonReader, what: string) {
  return json.fail(`${what} is not in perceptra. Pass compile: false to read the network alone.`)
}
