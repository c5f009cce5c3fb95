import { checkNumber, checkOneOf, describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import { checkAnyAbove, checkWeights, type SampleWeight, toFloatWeights } from '../base/sample-weight.js'
import type { Targets } from '../network/targets.js'
import { classesIn, type LossSpec } from '../spec/loss.js'

/**
 * How much the rows of each class count: by class number, 1 for those left out; or `'balanced'`, by which every class
 * counts the same: rows / (classes * rows of the class).
 */
export type ClassWeight = 'balanced' | Readonly<Record<number, number>> | ReadonlyMap<number, number>

/** A row's weight is its sample weight times that of its class; none where neither is given. */
export function readRowWeights(
  sampleWeight: SampleWeight | undefined,
  classWeight: ClassWeight | undefined,
  targets: Targets,
  loss: LossSpec,
  outputs: number,
): Float32Array | null {
  const rows = targets.data.length / targets.columns
  const weights = sampleWeight === undefined ? null : toFloatWeights(sampleWeight, rows, 'sampleWeight')
  if (classWeight === undefined) return weights
  const classes = classesOf(targets, loss)
  const count = Math.max(outputs, 2)
  const byClass = classWeight === 'balanced' ? balance(classes, count) : readClassWeight(classWeight, count)
  const together = Float32Array.from(classes, (label, row) => byClass[label]! * (weights?.[row] ?? 1))
  checkTogether(together, sampleWeight === undefined ? 'classWeight' : 'sampleWeight and classWeight together')
  return together
}

/**
 * The same for a batch out of many, all of whose rows may count nothing.
 * @throws ArgumentError for another number of weights, or one below 0 or not finite.
 */
export function readBatchWeights(
  sampleWeight: SampleWeight | undefined,
  name: string,
  classWeight: ClassWeight | undefined,
  targets: Targets,
  loss: LossSpec,
  outputs: number,
): Float32Array | null {
  const rows = targets.data.length / targets.columns
  const weights = sampleWeight === undefined ? null : new Float32Array(checkWeights(sampleWeight, rows, name))
  if (classWeight === undefined || classWeight === 'balanced') return weights
  const byClass = readClassWeight(classWeight, Math.max(outputs, 2))
  const together = Float32Array.from(classesOf(targets, loss), (label, row) => byClass[label]! * (weights?.[row] ?? 1))
  checkAllFinite(together, `${name} and classWeight together`)
  return together
}

/** Both may be fine where their products are not. */
function checkTogether(weights: Float32Array, name: string): void {
  checkAllFinite(weights, name)
  checkAnyAbove(weights, name)
}

function checkAllFinite(weights: Float32Array, name: string): void {
  const wrong = weights.findIndex((weight) => !Number.isFinite(weight))
  if (wrong >= 0) throw invalid(`row ${wrong} of ${name}`, 'a finite number', weights[wrong])
}

/** The class of each row, as the targets of a loss over classes have it. */
function classesOf({ data, columns }: Targets, loss: LossSpec): Int32Array {
  if (data instanceof Int32Array) return data
  const rows = data.length / columns
  if (columns === 1 && classesIn(loss) === 'yesOrNo') {
    return Int32Array.from(data, (target) => (target > 0.5 ? 1 : 0))
  }
  if (columns === 1 || classesIn(loss) !== 'largest') {
    throw new ArgumentError(
      `Expected no classWeight, since the loss ${loss.name} with ${columns} outputs has no classes. Use sampleWeight.`,
    )
  }
  return Int32Array.from({ length: rows }, (_, row) => {
    const target = data.subarray(row * columns, (row + 1) * columns)
    return target.indexOf(Math.max(...target))
  })
}

function balance(classes: Int32Array, count: number): number[] {
  const rows = new Array<number>(count).fill(0)
  for (const label of classes) rows[label]!++
  const present = rows.filter((n) => n > 0).length
  return rows.map((n) => (n === 0 ? 0 : classes.length / (present * n)))
}

function readClassWeight(given: ClassWeight, count: number): number[] {
  if (typeof given === 'string') checkOneOf<string>(given, 'classWeight', ['balanced'])
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw invalid('classWeight', "'balanced' or an object of weights by class number, such as { 0: 1, 1: 5 }", given)
  }
  const weights = new Array<number>(count).fill(1)
  for (const [key, weight] of given instanceof Map ? given : Object.entries(given)) {
    const label = Number(key)
    // Number('') is 0, too.
    if (String(label) !== String(key) || !Number.isInteger(label) || label < 0 || label >= count) {
      throw invalid('a class of classWeight', `a class number from 0 to ${count - 1}`, key)
    }
    weights[label] = checkNumber(weight, `the weight of class ${describe(label)} in classWeight`, {
      min: 0,
      max: maxFloat32,
    })
  }
  return weights
}
