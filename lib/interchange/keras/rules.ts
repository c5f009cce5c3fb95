import { isObject, type JsonReader } from '../read/json.js'
import { type KerasLayer, refuse } from './config.js'

/** A regularizer of a layer: L1, L2 or both; undefined for none. */
export function regularizerOf(value: unknown, layer: KerasLayer, json: JsonReader): object | undefined {
  if (value === null || value === undefined) return undefined
  const { class_name: className, config } = json.object(value, 'a regularizer')
  const { l1 = 0, l2 = 0 } = isObject(config) ? config : {}
  const factors = { l1: json.number(l1, 'l1'), l2: json.number(l2, 'l2') }
  switch (className) {
    case 'L1':
      return { name: 'l1', l1: factors.l1 }
    case 'L2':
      return { name: 'l2', l2: factors.l2 }
    case 'L1L2':
      return { name: 'l1l2', ...factors }
    default:
      throw refuse(json, layer, `its regularizer ${JSON.stringify(className)} is not L1, L2 or L1L2`)
  }
}

/** A constraint of a layer over the inputs of a unit; undefined for none. */
export function constraintOf(value: unknown, layer: KerasLayer, json: JsonReader): object | undefined {
  if (value === null || value === undefined) return undefined
  const { class_name: className, config } = json.object(value, 'a constraint')
  const { axis = 0, max_value: limit = 2 } = isObject(config) ? config : {}
  const ofUnits = (Array.isArray(axis) ? axis[0] : axis) === 0
  if (className === 'NonNeg') return { name: 'nonNeg' }
  if (!ofUnits) throw refuse(json, layer, 'the axis of its constraint is not 0')
  if (className === 'MaxNorm') return { name: 'maxNorm', limit: json.number(limit, 'max_value') }
  if (className === 'UnitNorm') return { name: 'unitNorm' }
  throw refuse(json, layer, `its constraint ${JSON.stringify(className)} is not MaxNorm, UnitNorm or NonNeg`)
}
