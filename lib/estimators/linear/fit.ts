import { rowBlocks, type Work } from '../../base/breathing.js'
import type { NumberTable } from '../../base/matrix.js'
import type { FitLimits } from '../fit-limits.js'
import { holdBack, type RowClasses, type TargetRows } from '../held-back.js'
import { scoreNumbers } from '../numbers.js'
import type { LinearLearned } from './learned.js'
import type { LinearModel } from './spec.js'
import type { LinearStart } from './start.js'
import { type LinearJob, trainLinear } from './train.js'

/** Parameters that the run of every linear estimator reads. */
export interface LinearRunParams {
  maxIter: number
  tol: number | null
  nIterNoChange: number
  shuffle: boolean
  verbose: number
  earlyStopping?: boolean
  validationFraction?: number
}

/** Rows with targets, for training weighted sums. */
export interface LinearRows {
  x: NumberTable
  /** Values, or class numbers. */
  targets: Float64Array
  weights: Float64Array | undefined
  units: number
  /** For each unit, the weight of its class, and of all other classes. */
  ownClass: Float64Array
  otherClasses: Float64Array
  /** Undefined for a regression. */
  classes: RowClasses | undefined
}

/** One fit or partialFit. */
interface LinearFit {
  rows: LinearRows
  start: LinearStart
  epochs: number
  limits: FitLimits
  params: LinearRunParams
  model: LinearModel
  seed: number
  threads: number
}

/**
 * Copies the rows, and returns what trains weighted sums with them.
 * @param publish called after each epoch, and at the end.
 * @throws ArgumentError for wrong rows; TrainingError when weights become NaN or infinite.
 */
export function* fitLinear(fit: LinearFit, publish: (learned: LinearLearned) => void): Work<() => Promise<void>> {
  const { rows, start, epochs, limits, params, model, seed, threads } = fit
  const { tol, nIterNoChange, shuffle, verbose } = params
  const { units, ownClass, otherClasses } = rows
  const classes = rows.classes !== undefined
  const spec = { ...model, average: start.average, classes, units, seed, threads, steps: start.t }
  const run = {
    spec,
    start: start.state,
    lossCurve: start.lossCurve,
    epochs,
    firstEpoch: start.epoch,
    ownClass,
    otherClasses,
  }
  const divided = yield* divideRows(rows, params, seed)
  const job = { ...run, ...divided, shuffle, tol, nIterNoChange, verbose, limits }
  return yield* trainLinear(job, ({ state, nIter, begun, rowsBegun, stopReason, lossCurve, validationScores }) =>
    publish({
      nFeaturesIn: rows.x.columns,
      state,
      averageFrom: start.average > 0 ? start.average : undefined,
      progress: {
        t: start.t + nIter * rows.x.rows + rowsBegun,
        nIter,
        epochs: (start.epoch + begun) % 2 ** 32,
        stopReason,
        lossCurve,
        validationScores,
      },
    }),
  )
}

/** All rows to train with; with earlyStopping a part of them, and a score of the others. */
function* divideRows(
  { x, targets, weights, classes }: LinearRows,
  { earlyStopping, validationFraction }: LinearRunParams,
  seed: number,
): Work<Pick<LinearJob, 'x' | 'targets' | 'weights' | 'validation'>> {
  if (!earlyStopping) return { x, targets, weights, validation: undefined }
  const all = { x, targets: { data: targets, columns: 1 }, weights }
  const { training, validation } = yield* holdBack(all, validationFraction!, seed, classes)
  const score = (sums: Float64Array, units: number) =>
    classes ? accuracyOfUnits(validation, sums, units) : scoreValues(validation, sums)
  return {
    x: training.x,
    targets: training.targets.data,
    weights: training.weights,
    validation: { x: validation.x, score },
  }
}

/** The accuracy of each unit: the share of rows, by weight, whose side of the threshold it predicts. */
function* accuracyOfUnits(
  { targets: { data }, weights }: TargetRows<Float64Array>,
  sums: Float64Array,
  units: number,
): Work<number[]> {
  const right = new Array<number>(units).fill(0)
  let total = 0
  yield* rowBlocks(data.length, units, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const weight = weights?.[i] ?? 1
      total += weight
      for (let k = 0; k < units; k++) {
        const isOwnClass = data[i] === (units === 1 ? 1 : k)
        if (sums[i * units + k]! > 0 === isOwnClass) right[k]! += weight
      }
    }
  })
  return right.map((share) => share / total)
}

function* scoreValues({ targets, weights }: TargetRows<Float64Array>, sums: Float64Array): Work<number[]> {
  return [yield* scoreNumbers(targets, sums, weights)]
}
