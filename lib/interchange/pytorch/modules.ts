import type { JsonReader } from '../read/json.js'
import type { Numbers } from '../read/network.js'

/** What a module of a state dict is, by the shapes and names of its tensors. */
export type ModuleKind = 'linear' | 'embedding' | 'batchNorm' | 'layerNorm' | 'prelu'

/** A module of a state dict: the tensors with one name before the last dot. */
export interface Module {
  readonly name: string
  readonly kind: ModuleKind
  readonly tensors: ReadonlyMap<string, Numbers>
  /** Numbers in a row of its input and output; undefined where any number fits. */
  readonly inputs: number | undefined
  readonly outputs: number | undefined
}

/** Modules, at most: finding their order compares each with each. */
const mostModules = 1000

/** The modules of a state dict, in the order of their names, numbers by value. */
export function readModules(tensors: ReadonlyMap<string, Numbers>, json: JsonReader): Module[] {
  const groups = new Map<string, Map<string, Numbers>>()
  for (const [key, numbers] of tensors) {
    const dot = key.lastIndexOf('.')
    const [name, last] = [dot < 0 ? '' : key.slice(0, dot), key.slice(dot + 1)]
    if (!groups.has(name)) groups.set(name, new Map())
    groups.get(name)!.set(last, numbers)
  }
  if (groups.size > mostModules) throw json.fail(`expected at most ${mostModules} modules, but got ${groups.size}.`)
  const inOrder = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).sort(([a], [b]) => compareNames(a, b))
  return inOrder.map(([name, own]) => moduleOf(name, own, json))
}

/** `layers.10` comes after `layers.9`. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

const known = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']

function moduleOf(name: string, tensors: Map<string, Numbers>, json: JsonReader): Module {
  const label = JSON.stringify(name)
  const other = [...tensors.keys()].find((key) => !known.includes(key))
  if (other !== undefined) {
    throw json.fail(
      `the tensor ${JSON.stringify(`${name}.${other}`)} is not of Linear, Embedding, BatchNorm1d, LayerNorm or PReLU.`,
    )
  }
  const weight = tensors.get('weight')
  const hasBias = tensors.has('bias')
  tensors.delete('num_batches_tracked')
  if (tensors.has('running_mean')) {
    const size = tensors.get('running_mean')!.data.length
    return { name, kind: 'batchNorm', tensors, inputs: size, outputs: size }
  }
  if (!weight) throw json.fail(`the module ${label} has no weight.`)
  if (weight.shape.length === 1) {
    const size = weight.data.length
    if (!hasBias) return { name, kind: 'prelu', tensors, inputs: undefined, outputs: undefined }
    return { name, kind: 'layerNorm', tensors, inputs: size, outputs: size }
  }
  if (weight.shape.length !== 2) {
    throw json.fail(`the weight of ${label} has the shape [${weight.shape}]: only Linear and Embedding can be read.`)
  }
  const [outputs, inputs] = weight.shape as [number, number]
  if (!hasBias && /emb/i.test(name)) return { name, kind: 'embedding', tensors, inputs: undefined, outputs: undefined }
  return { name, kind: 'linear', tensors, inputs, outputs }
}

/**
 * The modules as a chain, in which each takes what the one before puts out: the order of names where it is one, else the only
 * other order of linear modules that is one.
 * @throws FormatError where there is none, or several.
 */
export function chainOf(modules: readonly Module[], json: JsonReader): readonly Module[] {
  if (isChain(modules)) return modules
  const all = modules.every(({ kind }) => kind === 'linear') && modules.length <= 64
  const found = all ? chainsOf(modules) : []
  if (found.length === 1) return found[0]!
  const names = modules.map(({ name }) => JSON.stringify(name)).join(', ')
  throw json.fail(
    `the order of its modules ${names} cannot be told from their shapes. Pass layers, each with the name of its module.`,
  )
}

function isChain(modules: readonly Module[]): boolean {
  let width: number | undefined
  for (const { inputs, outputs } of modules) {
    if (width !== undefined && inputs !== undefined && inputs !== width) return false
    width = outputs ?? width
  }
  return true
}

/** Up to two chains: more than one is as bad as many. */
function chainsOf(modules: readonly Module[]): Module[][] {
  const found: Module[][] = []
  let steps = 0
  const extend = (chain: Module[], rest: readonly Module[]): void => {
    if (found.length > 1 || steps++ > 100_000) return
    if (rest.length === 0) found.push(chain)
    const width = chain.at(-1)?.outputs
    for (const next of rest) {
      if (width === undefined || next.inputs === width) {
        extend(
          [...chain, next],
          rest.filter((module) => module !== next),
        )
      }
    }
  }
  extend([], modules)
  return steps > 100_000 ? [] : found
}
