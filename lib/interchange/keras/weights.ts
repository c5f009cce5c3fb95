import type { Hdf5File } from '../hdf5/file.js'
import type { JsonObject, JsonReader } from '../read/json.js'
import type { Numbers } from '../read/network.js'
import { type KerasChain, type KerasLayer, refuse } from './config.js'
import type { WeightsOf } from './layers.js'

/** What a file of Keras holds, of either kind. */
export interface KerasFile {
  readonly model: unknown
  readonly compile: JsonObject | undefined
  readonly version: string
  weights(chain: KerasChain): WeightsOf
  /**
   * The arrays of the optimizer; undefined if the file has none.
   * @param hasSchedule whether its rate is a schedule, which has no array.
   */
  state(hasSchedule: boolean): OptimizerArrays | undefined
}

/** What an optimizer of Keras keeps. */
export interface OptimizerArrays {
  readonly steps: number
  readonly vectors: readonly Numbers[]
  /** Whether all vectors of a kind stand together, as optimizers before Keras 2.11 write them; else those of a tensor may. */
  readonly areByKind: boolean
}

type Weights = Pick<KerasFile, 'weights' | 'state'>

/** The weights of model.weights.h5: `layers/dense_1/vars/0`, by classes, counted. */
export function weightsOfArchive(file: Hdf5File, json: JsonReader): Weights {
  return {
    weights(chain: KerasChain): WeightsOf {
      const counts = new Map<string, number>()
      const groups = chain.layers.map(({ className }) => {
        const snake = snakeOf(className)
        const count = counts.get(snake) ?? 0
        counts.set(snake, count + 1)
        return count === 0 ? snake : `${snake}_${count}`
      })
      return (layer, i) => {
        const path = `layers/${groups[i]}/vars`
        if (!file.get(path)) throw refuse(json, layer, `the file has no weights ${path}`)
        return numbered(file, path)
      }
    },
    state(hasSchedule) {
      if (!file.get('optimizer/vars')) return undefined
      const arrays = numbered(file, 'optimizer/vars')
      return { steps: stepsIn(arrays[0]), vectors: arrays.slice(hasSchedule ? 1 : 2), areByKind: false }
    },
  }
}

/** The weights of a legacy file: each layer's group names its arrays in an attribute. */
export function weightsOfLegacy(file: Hdf5File, json: JsonReader): Weights {
  return {
    weights: () => (layer: KerasLayer) => {
      const arrays = named(file, `model_weights/${layer.name}`)
      if (!arrays) throw refuse(json, layer, `the file has no weights model_weights/${layer.name}`)
      return arrays
    },
    state() {
      const arrays = named(file, 'optimizer_weights')
      if (!arrays) return undefined
      const counts = arrays.filter(({ name }) => counters.test(name))
      const [first] = counts
      return {
        steps: stepsIn(first),
        vectors: arrays.filter((array) => !counts.includes(array)),
        areByKind: first !== undefined && !first.name.includes('iteration'),
      }
    },
  }
}

/** The names of arrays that are no vectors of weights: the steps, `iter` before Keras 2.11 and `iteration` since; the rate. */
const counters = /(^|\/)(iter|iteration|learning_rate|momentum_cache)(_\d+)?(:0)?$/

function stepsIn(array: Numbers | undefined): number {
  return Math.round(array?.data[0] ?? 0)
}

/** The datasets 0, 1, ... of a group. */
function numbered(file: Hdf5File, path: string): Numbers[] {
  const group = file.get(path)
  const count = group?.kind === 'group' ? group.members.size : 0
  return Array.from({ length: count }, (_, k) => numbersAt(file, `${path}/${k}`))
}

function named(file: Hdf5File, path: string): (Numbers & { readonly name: string })[] | undefined {
  const group = file.get(path)
  if (group?.kind !== 'group') return undefined
  const names: string[] = []
  // Long lists are cut into weight_names0, weight_names1, ...
  const whole = group.attributes.get('weight_names')
  if (Array.isArray(whole)) names.push(...whole)
  for (let k = 0; group.attributes.has(`weight_names${k}`); k++) {
    names.push(...(group.attributes.get(`weight_names${k}`) as string[]))
  }
  return names.map((name) => ({ ...numbersAt(file, `${path}/${name}`), name }))
}

function numbersAt(file: Hdf5File, path: string): Numbers {
  const dataset = file.get(path)
  if (dataset?.kind !== 'dataset') throw file.missing(path)
  return { shape: dataset.shape, data: dataset.read() }
}

/** Keras's to_snake_case, which names the groups of layers. */
function snakeOf(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
