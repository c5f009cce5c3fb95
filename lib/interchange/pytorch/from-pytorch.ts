import { checkOptions, describe, invalid, optionKeys } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import { decodeSafetensors } from '../../files/safetensors.js'
import { checkSource } from '../../files/source.js'
import type { Sequential } from '../../sequential.js'
import type { ActivationLike } from '../../spec/activation.js'
import { readLayer } from '../../spec/layer.js'
import type { LayerSpec } from '../../spec/layer-spec.js'
import { tensorsOfLayer } from '../../spec/layer-tensors.js'
import { fromBfloat16, fromHalf } from '../half.js'
import { JsonReader } from '../read/json.js'
import { makeNetwork, type Numbers, type ReadLayer } from '../read/network.js'
import { transpose } from '../read/transpose.js'
import { chainOf, type Module, type ModuleKind, readModules } from './modules.js'

/** Options of `fromPytorch`: the layers, or the activations of those that are found. */
export interface FromPytorchOptions {
  /**
   * All layers, also those without weights. Those with weights take the modules of the state dict in the order of their
   * names, or the module of their own `name`. PyTorch's epsilon of normalizations is 1e-5.
   */
  layers?: readonly LayerSpec[] | undefined
  /** Without `layers`: the activation behind each hidden Linear and its normalization, which a state dict has not. */
  activation?: ActivationLike | undefined
  /** Without `layers`: the activation of the last Linear, 'linear' by default. */
  outputActivation?: ActivationLike | undefined
}

const optionNames = optionKeys<FromPytorchOptions>({ layers: true, activation: true, outputActivation: true })

/**
 * Reads a state dict of PyTorch in a safetensors file (`safetensors.torch.save_file(model.state_dict(), path)`): Linear,
 * BatchNorm1d, LayerNorm, Embedding, PReLU. A state dict has no activations: pass the layers, or the activation.
 * @param source the file's path, or its bytes.
 * @throws FormatError that names the file, and the module that cannot be read; ArgumentError for wrong options, or when it cannot
 * be opened.
 */
export async function fromPytorch(source: string | Uint8Array, options: FromPytorchOptions): Promise<Sequential> {
  const name = checkSource(source)
  checkOptions(options, 'fromPytorch()', optionNames)
  const { layers, activation, outputActivation } = options
  if ((layers === undefined) === (activation === undefined)) {
    throw new ArgumentError("Expected either layers or activation, such as { activation: 'relu' }, for fromPytorch().")
  }
  const bytes = typeof source === 'string' ? await readWholeFile(source) : source
  const json = new JsonReader(name)
  const modules = readModules(numbersOf(bytes, name, json), json)
  if (modules.length === 0) throw json.fail('it has no tensors.')
  const read = layers
    ? withLayers(readLayerList(layers), modules, json)
    : found(chainOf(modules, json), activation!, outputActivation ?? 'linear')
  return makeNetwork({ inputs: inputsOf(read, modules, json), layers: read }, name)
}

function numbersOf(bytes: Uint8Array, name: string, json: JsonReader): Map<string, Numbers> {
  const { tensors } = decodeSafetensors(bytes, name)
  const numbers = new Map<string, Numbers>()
  for (const [key, { dtype, shape, data }] of tensors) {
    if (dtype === 'F32') numbers.set(key, { shape, data })
    else if (dtype === 'F64') numbers.set(key, { shape, data: Float32Array.from(data) })
    else if (dtype === 'F16') numbers.set(key, { shape, data: Float32Array.from(data, fromHalf) })
    else if (dtype === 'BF16') numbers.set(key, { shape, data: Float32Array.from(data, fromBfloat16) })
    else if (dtype === 'I64') numbers.set(key, { shape, data: Float32Array.from(data, Number) })
    else throw json.fail(`the tensor ${JSON.stringify(key)} is ${dtype}: save the model in float32.`)
  }
  return numbers
}

function readLayerList(layers: unknown): LayerSpec[] {
  if (!Array.isArray(layers) || layers.length === 0) throw invalid('layers', 'an array of layers', layers)
  return layers.map((layer, i) => readLayer(layer, `layer ${i}`))
}

const kindOfType: Readonly<Record<string, ModuleKind>> = {
  ...{ dense: 'linear', embedding: 'embedding', batchNormalization: 'batchNorm', layerNormalization: 'layerNorm' },
}

/** The layers of the caller with the weights of modules. */
function withLayers(layers: readonly LayerSpec[], modules: readonly Module[], json: JsonReader): ReadLayer[] {
  const rest = [...modules]
  const take = (layer: LayerSpec, kind: ModuleKind, label: string): Module => {
    const at = rest.findIndex(({ name }) => name === layer.name)
    const [module] = rest.splice(Math.max(at, 0), 1)
    if (!module) throw json.fail(`it has no module for ${label}.`)
    const isLinear = module.kind === 'linear' || module.kind === 'embedding'
    if (module.kind === kind || (isLinear && kind === 'embedding')) return module
    throw json.fail(`the module ${JSON.stringify(module.name)} is ${module.kind}, but ${label} needs ${kind}.`)
  }
  const read = layers.map((layer, i): ReadLayer => {
    const label = `layer ${i} (${layer.type})`
    const kind = kindOfType[layer.type]
    const own = kind ? tensorsOfModule(take(layer, kind, label), kind) : new Map<string, Numbers>()
    const activation = layer.type === 'dense' || layer.type === 'activation' ? layer.activation.name : 'linear'
    if (activation === 'prelu') addSlopes(own, take(layer, 'prelu', `the prelu of ${label}`), layer, json)
    return { options: layer, tensors: own }
  })
  if (rest.length === 0) return read
  throw json.fail(`its module ${JSON.stringify(rest[0]!.name)} belongs to none of the layers.`)
}

/** PyTorch may share one slope. */
function addSlopes(tensors: Map<string, Numbers>, module: Module, layer: LayerSpec, json: JsonReader): void {
  const { data } = module.tensors.get('weight')!
  const count =
    layer.type === 'dense' ? layer.units : (tensorsOfLayer(layer, data.length, 1)[0]?.shape[0] ?? data.length)
  if (data.length !== 1 && data.length !== count) {
    throw json.fail(`the module ${JSON.stringify(module.name)} has ${data.length} slopes in place of ${count}.`)
  }
  const slopes = data.length === 1 ? new Float32Array(count).fill(data[0]!) : data
  tensors.set('alpha', { shape: [slopes.length], data: slopes })
}

/** The layers of modules that were found. */
function found(modules: readonly Module[], hidden: ActivationLike, output: ActivationLike): ReadLayer[] {
  const last = modules.findLastIndex(({ kind }) => kind === 'linear')
  const ownSlopes = modules.some(({ kind }) => kind === 'prelu')
  return modules.flatMap((module, i): ReadLayer[] => {
    const tensors = tensorsOfModule(module, module.kind)
    const isNorm = (kind: ModuleKind | undefined) => kind === 'batchNorm' || kind === 'layerNorm'
    // The activation of a linear module comes behind its normalization.
    const isEnd = (module.kind === 'linear' || (i > 0 && isNorm(module.kind))) && !isNorm(modules[i + 1]?.kind)
    const name = i >= last ? output : hidden
    const activation = isEnd && !(ownSlopes && i < last) ? [activationLayer(name)] : []
    return [{ options: optionsOf(module), tensors }, ...activation]
  })
}

function activationLayer(activation: ActivationLike): ReadLayer {
  return { options: { type: 'activation', activation }, tensors: new Map() }
}

function optionsOf({ kind, tensors }: Module): object {
  const weight = tensors.get('weight')
  const affine = { scale: weight !== undefined, center: tensors.has('bias') }
  switch (kind) {
    case 'linear':
      return { type: 'dense', units: weight!.shape[0], useBias: tensors.has('bias') }
    case 'embedding':
      return { type: 'embedding', inputDim: weight!.shape[0], outputDim: weight!.shape[1] }
    case 'batchNorm':
      return { type: 'batchNormalization', epsilon: 1e-5, momentum: 0.9, ...affine }
    case 'layerNorm':
      return { type: 'layerNormalization', epsilon: 1e-5, ...affine }
    case 'prelu':
      return { type: 'activation', activation: { name: 'prelu' } }
  }
}

const ownNames: Readonly<Record<string, string>> = {
  ...{ weight: 'gamma', bias: 'beta', running_mean: 'movingMean', running_var: 'movingVariance' },
}

/** The tensors of a module by the names of this package, kernels as (inputs, units). */
function tensorsOfModule({ tensors }: Module, kind: ModuleKind): Map<string, Numbers> {
  const weight = tensors.get('weight')
  if (kind === 'embedding') return new Map([['embeddings', weight!]])
  if (kind === 'prelu') return new Map([['alpha', weight!]])
  if (kind !== 'linear') return new Map([...tensors].map(([name, numbers]) => [ownNames[name]!, numbers]))
  const bias = tensors.get('bias')
  return new Map([['kernel', transpose(weight!)], ...(bias ? [['bias', bias] as const] : [])])
}

/** The numbers of a row: those that the first layer with weights reads, unless a layer has an inputShape. */
function inputsOf(layers: readonly ReadLayer[], modules: readonly Module[], json: JsonReader): number {
  const first = layers[0]!.options as { inputShape?: readonly number[] }
  if (first.inputShape) return first.inputShape[0]!
  const kernel = layers.find(({ tensors }) => tensors.size > 0)?.tensors
  const sizes = kernel?.get('kernel')?.shape[0] ?? kernel?.get('movingMean')?.shape[0] ?? kernel?.get('gamma')?.shape[0]
  if (sizes !== undefined) return sizes
  const width = modules.find(({ kind }) => kind === 'linear')?.inputs
  const embedding = kernel?.get('embeddings')?.shape[1]
  if (width !== undefined && embedding && width % embedding === 0) return width / embedding
  throw json.fail(`the numbers of a row cannot be told. Give the first layer ${describe('inputShape')}.`)
}
