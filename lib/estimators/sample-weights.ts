import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { checkNumber, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import type { Label } from '../learning/labels.js'
import type { Parameter } from '../learning/parameters.js'

/**
 * Weights of classes: `'balanced'` is rows / (classes x rows of the class), so that all classes count the same (King and
 * Zeng 2001); an object or a Map has weights by label, 1 for labels that it lacks.
 */
export type LabelWeight = 'balanced' | Readonly<Record<string, number>> | ReadonlyMap<Label, number>

/** The parameter classWeight of every classifier. */
export const classWeightParameter: Parameter<LabelWeight | null> = {
  default: null,
  description: "Weights of the classes: 'balanced', or by label ({ yes: 2 } or a Map); null for 1 each.",
  takes: "'balanced', an object or Map of weights of at least 0 by label, or null",
  search: { choices: [null, 'balanced'] },
  read: readClassWeight,
}

function readClassWeight(value: unknown, name: string): LabelWeight | null {
  if (value === null || value === 'balanced') return value
  const isTable = typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value)
  if (!isTable) throw invalid(name, classWeightParameter.takes, value)
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value)
  const checked = entries.map(([label, weight]): [Label, number] => {
    if (typeof label !== 'string' && typeof label !== 'boolean' && !Number.isFinite(label)) {
      throw invalid(`a label of ${name}`, 'a string, a finite number, true or false', label)
    }
    return [label as Label, checkNumber(weight, `${describe(label)} of ${name}`, { min: 0, max: maxFloat32 })]
  })
  return value instanceof Map ? new Map(checked) : Object.freeze(Object.fromEntries(checked))
}

/**
 * The weights of classes, in the order of `classes`.
 * @param numbers the class number of each row: 'balanced' counts them.
 * @throws ArgumentError for a label that is no class.
 */
export function* weighClasses(
  classWeight: LabelWeight | null,
  classes: readonly Label[],
  numbers: Int32Array,
): Work<Float64Array> {
  const weights = new Float64Array(classes.length).fill(1)
  if (classWeight === 'balanced') {
    const counts = new Float64Array(classes.length)
    yield* rowBlocks(numbers.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) counts[numbers[row]!]!++
    })
    return weights.map((_, k) => numbers.length / (classes.length * Math.max(counts[k]!, 1)))
  }
  if (classWeight === null) return weights
  // The keys of an object are strings, of whatever type the labels are.
  const isMap = classWeight instanceof Map
  const entries: Iterable<[Label, number]> = isMap ? classWeight : Object.entries(classWeight)
  for (const [label, weight] of entries) {
    const k = classes.findIndex((name) => name === label || (!isMap && String(name) === label))
    if (k === -1) {
      const names = classes.slice(0, 10).map(describe).join(', ')
      throw mismatch('classWeight', `labels among the classes ${names}`, describe(label))
    }
    weights[k] = weight
  }
  return weights
}

/** @throws ArgumentError for 'balanced' in partialFit: it needs class counts, which a stream does not give. */
export function checkPartialClassWeight(classWeight: LabelWeight | null): void {
  if (classWeight !== 'balanced') return
  const hint = 'It needs class counts, which a stream does not give. Pass { label: weight }.'
  throw mismatch('classWeight', 'null or weights by label for partialFit', "'balanced'", hint)
}

/**
 * The weight of each row, times that of its class.
 * @throws ArgumentError when all are 0.
 */
export function* combineWeights(
  sampleWeight: Float64Array | undefined,
  classWeights: Float64Array,
  numbers: Int32Array,
): Work<Float64Array<ArrayBuffer>> {
  const weights = new Float64Array(numbers.length)
  yield* rowBlocks(weights.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) weights[row] = classWeights[numbers[row]!]! * (sampleWeight?.[row] ?? 1)
  })
  if ((yield* findInSteps(weights.length, (row) => weights[row]! > 0)) >= 0) return weights
  throw new ArgumentError(
    'Expected a row of a weight above 0, but classWeight and sampleWeight give all of them 0. At least one row must count.',
  )
}
