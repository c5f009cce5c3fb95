import { checkString, invalid } from '../../base/check.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import type { Sequential } from '../../sequential.js'
import { isObject, type JsonObject, JsonReader } from '../read/json.js'
import { makeNetwork, type Numbers, type ReadLayer } from '../read/network.js'
import { transpose } from '../read/transpose.js'

const activations: Readonly<Record<string, string>> = {
  sigmoid: 'sigmoid',
  relu: 'relu',
  tanh: 'tanh',
  'leaky-relu': 'leakyRelu',
}

/**
 * Reads a network of brain.js: the object of `net.toJSON()`, its text, or the path of a file that holds it; of versions 1 and
 * 2. Where brain.js was trained with objects, numbers of rows stand in the order of its `inputLookup`, outputs in that of
 * `outputLookup`.
 * @param source the object, the text (which begins with a brace), or the file's path.
 * @throws FormatError that says what cannot be read; ArgumentError when the file cannot be opened.
 * @example
 * const json = { type: 'NeuralNetwork', sizes: [2, 1], layers: [{}, { weights: [[1, -1]], biases: [0.5] }], options: { activation: 'sigmoid' } }
 * const network = await fromBrain(json)
 * network.predictSync([1, 0]) // 1 / (1 + e^-1.5)
 */
export async function fromBrain(source: object | string): Promise<Sequential> {
  const isText = typeof source === 'string' && source.trimStart().startsWith('{')
  const name = typeof source === 'string' && !isText ? checkString(source, 'source') : 'The network'
  const json = new JsonReader(name)
  const root = isObject(source) ? source : await parse(source, isText, json)
  const { type, layers, activation: own, options, leakyReluAlpha } = root
  if (type !== undefined && type !== 'NeuralNetwork' && type !== 'NeuralNetworkGPU') {
    throw json.fail(`it is a ${JSON.stringify(type)}: only a NeuralNetwork can be read.`)
  }
  if (layers === undefined && Array.isArray(root.sets)) {
    throw json.fail('it is a CrossValidate: pass toNeuralNetwork().toJSON().')
  }
  const settings = isObject(options) ? options : isObject(root.trainOpts) ? root.trainOpts : {}
  const key = json.text(own ?? settings.activation ?? 'sigmoid', 'the activation')
  if (!Object.hasOwn(activations, key)) throw json.fail(`its activation ${JSON.stringify(key)} is not in perceptra.`)
  const slope = json.number(leakyReluAlpha ?? settings.leakyReluAlpha ?? 0.01, 'leakyReluAlpha')
  const [, ...rest] = json.list(layers, 'the layers')
  // Version 1 computes slope * max(0, sum), which is a relu of scaled sums.
  const isScaled = key === 'leaky-relu' && isObject(rest[0]) && !Array.isArray(rest[0].weights)
  const isLeaky = key === 'leaky-relu' && !isScaled
  const activation = isLeaky
    ? { name: 'leakyRelu', negativeSlope: slope }
    : { name: isScaled ? 'relu' : activations[key] }
  const scaled = ({ shape, data }: Numbers) => ({ shape, data: isScaled ? data.map((value) => slope * value) : data })
  const read = rest.map((layer, i): ReadLayer => {
    const { kernel, bias } = readLayer(json.object(layer, `layer ${i + 1}`), i + 1, json)
    const tensors = new Map([
      ['kernel', scaled(transpose(kernel))],
      ['bias', scaled(bias)],
    ])
    return { options: { type: 'dense', units: bias.data.length, activation }, tensors }
  })
  if (read.length === 0) throw json.fail('it has no layers with weights: train it before toJSON().')
  return makeNetwork({ inputs: read[0]!.tensors.get('kernel')!.shape[0]!, layers: read }, name)
}

async function parse(source: unknown, isText: boolean, json: JsonReader): Promise<JsonObject> {
  if (typeof source !== 'string') throw invalid('source', 'the object of toJSON(), its text or a path', source)
  const text = isText ? source : new TextDecoder().decode(await readWholeFile(source))
  return json.object(json.parse(text, 'the network'), 'the network')
}

/** A layer of version 2, { weights, biases }, or of version 1: nodes by number or name, { bias, weights }. */
function readLayer(layer: JsonObject, i: number, json: JsonReader): { kernel: Numbers; bias: Numbers } {
  const nodes = Array.isArray(layer.weights)
    ? layer.weights.map((weights, k) => ({ weights, bias: json.list(layer.biases, `biases of layer ${i}`)[k] }))
    : Object.values(layer).map((node, k) => json.object(node, `node ${k} of layer ${i}`))
  const rows = nodes.map(({ weights }, k) => {
    const list = isObject(weights) || ArrayBuffer.isView(weights) ? Object.values(weights) : weights
    return json.list(list, `the weights of node ${k} of layer ${i}`)
  })
  const columns = rows[0]?.length ?? 0
  if (rows.some(({ length }) => length !== columns)) throw json.fail(`the nodes of layer ${i} differ in their weights.`)
  const number = (value: unknown) => json.number(value, `a weight of layer ${i}`)
  return {
    kernel: { shape: [rows.length, columns], data: Float32Array.from(rows.flat(), number) },
    bias: { shape: [rows.length], data: Float32Array.from(nodes, ({ bias }) => number(bias)) },
  }
}
