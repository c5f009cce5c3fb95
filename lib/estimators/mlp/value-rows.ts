import { findInSteps, rowBlocks, type Work } from '../../base/breathing.js'
import { ArgumentError } from '../../base/errors.js'
import { copyInSteps, type NumberTable } from '../../base/matrix.js'
import type { R2Part } from '../../metrics/determination.js'
import { holdBack, type TargetRows } from '../held-back.js'
import { readValues, scoreOfParts, scorePartOf } from '../numbers.js'
import type { MLPRows } from './fit.js'
import type { MLPParams } from './parameters.js'

/** The parameters that decide how numbers are read. */
type ValueRowParams = Pick<MLPParams, 'earlyStopping' | 'validationFraction'> & {
  loss: 'squaredError' | 'poisson'
}

/**
 * Reads numbers to train with, one or several a row.
 * @throws ArgumentError for wrong numbers, and with earlyStopping for too few rows.
 */
export function* readValueRows(
  x: NumberTable,
  y: unknown,
  weights: Float64Array | undefined,
  { loss, earlyStopping, validationFraction }: ValueRowParams,
  seed: number,
): Work<MLPRows> {
  const targets = yield* readValues(y, 'y', x.rows)
  const isPoisson = loss === 'poisson'
  if (isPoisson) yield* checkNotNegative(targets)
  function* rows(part: TargetRows<Float64Array>, validation: MLPRows['validation']): Work<MLPRows> {
    return {
      x: part.x,
      targets: { data: yield* toFloats(part.targets.data), columns: targets.columns },
      weights: part.weights ? yield* toFloats(part.weights) : null,
      validation,
      constant: isPoisson ? yield* saturatedLoss(part) : 0,
      outputs: targets.columns,
      outActivation: isPoisson ? 'exponential' : 'identity',
    }
  }
  if (!earlyStopping) return yield* rows({ x, targets, weights }, undefined)
  const { training, validation } = yield* holdBack({ x, targets, weights }, validationFraction, seed)
  function* partOf(outputs: Float32Array): Work<number[]> {
    const columns = yield* scorePartOf(validation.targets, outputs, validation.weights)
    return columns.flatMap((part) => [part.rows, part.weight, part.mean, part.errors, part.spread])
  }
  return yield* rows(training, {
    x: validation.x,
    partOf,
    score: (parts) => scoreOfParts(parts.map((part) => partsIn(part))),
  })
}

/** The parts of columns that are in the numbers of a rank. */
function partsIn(numbers: readonly number[]): R2Part[] {
  return Array.from({ length: numbers.length / 5 }, (_, j) => {
    const [rows, weight, mean, errors, spread] = numbers.slice(5 * j, 5 * (j + 1)) as [
      number,
      number,
      number,
      number,
      number,
    ]
    return { rows, weight, mean, errors, spread }
  })
}

function toFloats(numbers: Float64Array): Work<Float32Array<ArrayBuffer>> {
  return copyInSteps(numbers, new Float32Array(numbers.length))
}

function* checkNotNegative({ data, columns }: TargetRows<Float64Array>['targets']): Work<void> {
  const wrong = yield* findInSteps(data.length, (k) => data[k]! < 0)
  if (wrong === -1) return
  throw new ArgumentError(
    `Expected numbers of at least 0 for y with the loss 'poisson', but row ${Math.floor(wrong / columns)} has ${data[wrong]}.`,
  )
}

/** Half the Poisson deviance minus exp(z) - y z: the mean over rows of the sum of y log y - y. */
function* saturatedLoss({ targets: { data, columns }, weights }: TargetRows<Float64Array>): Work<number> {
  let [sum, all] = [0, 0]
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const y = data[i]!
      const weight = weights?.[Math.floor(i / columns)] ?? 1
      sum += weight * (y > 0 ? y * Math.log(y) - y : 0)
      if (i % columns === 0) all += weight
    }
  })
  return all > 0 ? sum / all : 0
}
