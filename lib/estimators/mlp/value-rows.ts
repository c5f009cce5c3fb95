import { ArgumentError } from '../../base/errors.js'
import type { NumberTable } from '../../base/matrix.js'
import { holdBack, type TargetRows } from '../held-back.js'
import { scoreNumbers } from '../regressor.js'
import type { MLPRows } from './fit.js'
import type { MLPParams } from './parameters.js'
import { readValues } from './targets.js'

/** The parameters that decide how numbers are read. */
type ValueRowParams = Pick<MLPParams, 'earlyStopping' | 'validationFraction'> & {
  loss: 'squaredError' | 'poisson'
}

/**
 * Reads numbers to train with, one or several a row.
 * @throws ArgumentError for wrong numbers, and with earlyStopping for too few rows.
 */
export function readValueRows(
  x: NumberTable,
  y: unknown,
  weights: Float64Array | undefined,
  { loss, earlyStopping, validationFraction }: ValueRowParams,
  seed: number,
): MLPRows {
  const targets = readValues(y, 'y', x.rows)
  const isPoisson = loss === 'poisson'
  if (isPoisson) checkNotNegative(targets)
  const rows = (part: TargetRows<Float64Array>, validation: MLPRows['validation']): MLPRows => ({
    x: part.x,
    targets: { data: Float32Array.from(part.targets.data), columns: targets.columns },
    weights: part.weights ? Float32Array.from(part.weights) : null,
    validation,
    constant: isPoisson ? saturatedLoss(part) : 0,
    outputs: targets.columns,
    outActivation: isPoisson ? 'exponential' : 'identity',
  })
  if (!earlyStopping) return rows({ x, targets, weights }, undefined)
  const { training, validation } = holdBack({ x, targets, weights }, validationFraction, seed)
  const score = (outputs: Float32Array) => scoreNumbers(validation.targets, outputs, validation.weights)
  return rows(training, { x: validation.x, score })
}

function checkNotNegative({ data, columns }: TargetRows<Float64Array>['targets']): void {
  const wrong = data.findIndex((value) => value < 0)
  if (wrong === -1) return
  throw new ArgumentError(
    `Expected numbers of at least 0 for y with the loss 'poisson', but row ${Math.floor(wrong / columns)} has ${data[wrong]}.`,
  )
}

/** Half the Poisson deviance minus exp(z) - y z: the mean over rows of the sum of y log y - y. */
function saturatedLoss({ targets: { data, columns }, weights }: TargetRows<Float64Array>): number {
  let [sum, all] = [0, 0]
  for (const [i, y] of data.entries()) {
    const weight = weights?.[Math.floor(i / columns)] ?? 1
    sum += weight * (y > 0 ? y * Math.log(y) - y : 0)
    if (i % columns === 0) all += weight
  }
  return sum / all
}
