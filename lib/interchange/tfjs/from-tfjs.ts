import { checkOptions, checkString, invalid, optionKeys } from '../../base/check.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import type { Sequential } from '../../sequential.js'
import { type KerasChain, type KerasLayer, readChain, refuse } from '../keras/config.js'
import { readLayers, type WeightsOf } from '../keras/layers.js'
import { JsonReader } from '../read/json.js'
import { makeNetwork, type Numbers } from '../read/network.js'
import { readWeights } from './weights.js'

/** Options of `fromTfjs`. */
export interface FromTfjsOptions {
  /**
   * Reads a file: `source` first, then each shard by its path in the model, which is relative to it. By default files of a
   * folder are read; pass this for a URL.
   */
  read?: ((path: string) => Promise<Uint8Array>) | undefined
}

/**
 * Reads a layers model of TensorFlow.js: model.json and its shards, as `model.save` and tensorflowjs_converter write them, also
 * with quantized weights. Layers are those of `fromKeras`. The network comes without loss and optimizer.
 * @param source the path of model.json, or what `read` takes for it.
 * @throws FormatError that names the file, and the layer or the place that cannot be read; ArgumentError when a file cannot be opened;
 * what `read` throws.
 * @example
 * const read = async (path: string) => new Uint8Array(await (await fetch(new URL(path, 'https://example.com/'))).arrayBuffer())
 * const load = () => fromTfjs('model.json', { read })
 */
export async function fromTfjs(source: string, options: FromTfjsOptions = {}): Promise<Sequential> {
  checkString(source, 'source')
  checkOptions(options, 'fromTfjs()', optionKeys<FromTfjsOptions>({ read: true }))
  const { read } = options
  if (read !== undefined && typeof read !== 'function') throw invalid('read', 'a function', read)
  const json = new JsonReader(source)
  const text = new TextDecoder().decode(read ? checkBytes(await read(source)) : await readWholeFile(source))
  const root = json.object(json.parse(text, 'model.json'), 'the model')
  if (root.format === 'graph-model') throw json.fail('it is a graph model: only layers models can be read.')
  const topology = json.object(root.modelTopology, 'modelTopology')
  const chain = readChain(topology.model_config ?? topology, json)
  const readShard = async (path: string) => {
    checkPath(path, json)
    return read ? checkBytes(await read(path)) : readFromFolder(source, path)
  }
  const weights = await readWeights(json.list(root.weightsManifest ?? [], 'weightsManifest'), readShard, json)
  const layers = readLayers(chain, weightsOf(chain, weights, json), { oldHardSigmoid: true }, json)
  const inputs = chain.inputShape.reduce((product, size) => product * size, 1)
  return makeNetwork({ name: chain.name, inputs, layers }, source)
}

function checkBytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes
  throw invalid('the result of read', 'a Uint8Array', bytes)
}

/** @throws FormatError for a path that leaves the folder of model.json, or names another server. */
function checkPath(path: string, json: JsonReader): void {
  const parts = path.split(/[\\/]/)
  if (
    path === '' ||
    parts.includes('..') ||
    parts[0] === '' ||
    /^[a-z][a-z0-9+.-]*:/i.test(path) ||
    path.includes('\0')
  ) {
    throw json.fail(`expected shards in its own folder, but got the path ${JSON.stringify(path)}.`)
  }
}

function readFromFolder(source: string, path: string): Promise<Uint8Array> {
  const { dirname, join } = process.getBuiltinModule('node:path')
  return readWholeFile(join(dirname(source), path))
}

/** Keras's order of the weights of a layer, by the last part of their names. */
const order = [
  'kernel',
  'gamma',
  'embeddings',
  'alpha',
  'bias',
  'beta',
  'moving_mean',
  'moving_variance',
  'mean',
  'variance',
]

function weightsOf(_chain: KerasChain, weights: ReadonlyMap<string, Numbers>, json: JsonReader): WeightsOf {
  const groups = new Map<string, [last: string, numbers: Numbers][]>()
  for (const [name, numbers] of weights) {
    const parts = name.replace(/:\d+$/, '').split('/')
    for (const part of new Set(parts.slice(0, -1))) {
      if (!groups.has(part)) groups.set(part, [])
      groups.get(part)!.push([parts.at(-1)!, numbers])
    }
  }
  return (layer: KerasLayer) => {
    const own = groups.get(layer.name)
    if (!own) throw refuse(json, layer, 'the file has no weights of it')
    const known = own.filter(([last]) => order.includes(last))
    return known.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)).map(([, numbers]) => numbers)
  }
}
