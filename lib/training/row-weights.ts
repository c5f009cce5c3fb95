import { rowBlocks, type Work } from '../base/breathing.js'
import { checkNumber, checkOneOf, describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { copyInSteps, maxFloat32 } from '../base/matrix.js'
import { checkAnyAbove, checkWeights, type SampleWeight } from '../base/sample-weight.js'
import { argMax } from '../math/arg-max.js'
import type { Targets } from '../network/targets.js'
import { classesIn, type LossSpec } from '../spec/loss.js'

/**
 * The weight of the rows of each class: by class number, 1 for classes left out; or `'balanced'`, which gives every
 * class the same total: rows / (classes * rows of the class).
 */
export type ClassWeight = 'balanced' | Readonly<Record<number, number>> | ReadonlyMap<number, number>

/**
 * Multiplies the weight of each row by that of its class.
 * @param weights the sample weights, or null where each is 1.
 * @throws ArgumentError for wrong class weights, a loss without classes, or products that are infinite or all 0.
 */
export function* applyClassWeight(
  weights: Float32Array | null,
  classWeight: ClassWeight | undefined,
  targets: Targets,
  loss: LossSpec,
  outputs: number,
): Work<Float32Array | null> {
  // A validation split may have taken all rows whose weight is above 0.
  if (weights) yield* checkAnyAbove(weights, 'sampleWeight')
  if (classWeight === undefined) return weights
  const classes = yield* classesOf(targets, loss)
  const count = Math.max(outputs, 2)
  const byClass = classWeight === 'balanced' ? yield* balance(classes, count) : readClassWeight(classWeight, count)
  const name = weights ? 'sampleWeight and classWeight together' : 'classWeight'
  const products = yield* multiply(classes, byClass, weights, name)
  yield* checkAnyAbove(products, name)
  return products
}

/**
 * Reads the weights of one batch of a stream: sample weight times class weight. All may be 0.
 * @throws ArgumentError for another number of weights, or one below 0 or not finite.
 */
export function* readBatchWeights(
  sampleWeight: SampleWeight | undefined,
  name: string,
  classWeight: ClassWeight | undefined,
  targets: Targets,
  loss: LossSpec,
  outputs: number,
): Work<Float32Array | null> {
  const rows = targets.data.length / targets.columns
  const weights =
    sampleWeight === undefined
      ? null
      : yield* copyInSteps(yield* checkWeights(sampleWeight, rows, name), new Float32Array(rows))
  if (classWeight === undefined || classWeight === 'balanced') return weights
  const byClass = readClassWeight(classWeight, Math.max(outputs, 2))
  return yield* multiply(yield* classesOf(targets, loss), byClass, weights, `${name} and classWeight together`)
}

/** @throws ArgumentError that names the row of a product that float32 cannot hold. */
function* multiply(
  classes: Int32Array,
  byClass: readonly number[],
  weights: Float32Array | null,
  name: string,
): Work<Float32Array> {
  const products = new Float32Array(classes.length)
  yield* rowBlocks(classes.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      products[row] = byClass[classes[row]!]! * (weights?.[row] ?? 1)
      if (!Number.isFinite(products[row])) throw invalid(`row ${row} of ${name}`, 'a finite number', products[row])
    }
  })
  return products
}

/** @throws ArgumentError for a loss without classes. */
function* classesOf({ data, columns }: Targets, loss: LossSpec): Work<Int32Array> {
  if (data instanceof Int32Array) return data
  const classes = new Int32Array(data.length / columns)
  if (columns === 1 && classesIn(loss) === 'yesOrNo') {
    yield* rowBlocks(classes.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) classes[row] = data[row]! > 0.5 ? 1 : 0
    })
    return classes
  }
  if (columns === 1 || classesIn(loss) !== 'largest') {
    throw new ArgumentError(
      `Expected no classWeight, since the loss ${loss.name} with ${columns} outputs has no classes. Use sampleWeight.`,
    )
  }
  yield* rowBlocks(classes.length, columns, (begin, end) => {
    for (let row = begin; row < end; row++) {
      classes[row] = argMax(data.subarray(row * columns, (row + 1) * columns))
    }
  })
  return classes
}

function* balance(classes: Int32Array, count: number): Work<number[]> {
  const rows = new Array<number>(count).fill(0)
  yield* rowBlocks(classes.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) rows[classes[row]!]!++
  })
  const present = rows.filter((n) => n > 0).length
  return rows.map((n) => (n === 0 ? 0 : classes.length / (present * n)))
}

/** The weight of each of `count` classes. */
function readClassWeight(classWeight: ClassWeight, count: number): number[] {
  if (typeof classWeight === 'string') checkOneOf<string>(classWeight, 'classWeight', ['balanced'])
  if (classWeight === null || typeof classWeight !== 'object' || Array.isArray(classWeight)) {
    const expected = "'balanced' or an object of weights by class number, such as { 0: 1, 1: 5 }"
    throw invalid('classWeight', expected, classWeight)
  }
  const weights = new Array<number>(count).fill(1)
  for (const [key, weight] of classWeight instanceof Map ? classWeight : Object.entries(classWeight)) {
    const label = Number(key)
    // Comparing as text refuses '', which Number() turns into 0.
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
