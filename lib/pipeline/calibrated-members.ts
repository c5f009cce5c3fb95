import { rowBlocks, runBreathing, runNow, runSoon, type Work } from '../base/breathing.js'
import { checkOptions, describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { readInSteps, untilSettled } from '../base/unchanged.js'
import { type Calibration, type CalibrationMethod, calibrationFor } from '../calibration/by-method.js'
import { fitting } from '../calibration/fitting.js'
import { probabilitiesFrom } from '../estimators/probabilities.js'
import type { Label } from '../learning/labels.js'
import {
  type CrossFitJob,
  type CrossFitOptions,
  type CrossFitSpec,
  crossFit,
  crossFitKeys,
} from '../model-selection/cross-fit.js'
import type { CrossValidation } from '../model-selection/cv.js'
import type { Part } from '../model-selection/evaluation.js'
import { readModel, readRowsOnce } from '../model-selection/model.js'
import { type RowsLike, takingRows } from '../model-selection/rows.js'
import { checkTestedOnce, ignoreGroups, type Split } from '../model-selection/splits.js'
import { checkClasses, findResponse, type ResponseMethod, readClassSplits, readTruth, respond } from './response.js'
import { signalOf } from './run.js'
import type { EstimatorLike } from './steps.js'

/** A fitted classifier, and the calibration of its probabilities or weighted sums. */
export interface CalibratedMember<E = EstimatorLike> {
  readonly estimator: E
  readonly calibration: Calibration
}

interface Settings {
  readonly estimator: EstimatorLike
  readonly method: CalibrationMethod
  readonly cv: CrossValidation | 'prefit' | null
  readonly ensemble: boolean
  readonly seed: number
}

/** As in scikit-learn: weighted sums if a classifier has them, else its probabilities. */
export function responseOf(estimator: object): ResponseMethod {
  return findResponse(estimator, ['decisionFunction', 'predictProba'])
}

/** Calibrated probabilities, a column a class. */
export function probabilitiesOf(calibration: Calibration, scores: Matrix): Matrix {
  const calibrated = calibration.transform(scores)
  return calibrated.cols > 1 ? calibrated : runNow(probabilitiesFrom({ data: calibrated.data, columns: 1 }))
}

/**
 * Fits classifiers and calibrations.
 * @throws ArgumentError for wrong data, options or splits; the error of a fit; the signal's reason.
 */
export async function fitMembers(settings: Settings, x: unknown, y: unknown, options: CrossFitOptions) {
  checkOptions(options, 'fit() of CalibratedClassifier', crossFitKeys)
  const { cv, ensemble, seed, method } = settings
  const signal = signalOf(options)
  const { labels, classes, weights } = await readTruth(x, y, options.sampleWeight, signal)
  const response = responseOf(settings.estimator)
  const learning = { labels, classes, weights, response, method, signal }
  if (cv === 'prefit') {
    ignoreGroups(options.groups, x, "cv 'prefit'")
    return { classes, members: [await calibrateFitted(settings.estimator, learning, x)] }
  }
  if (typeof cv === 'number') await runSoon(checkEnough(labels, classes, cv), { signal })
  const model = readModel(settings.estimator)
  const rows = await readInSteps(readRowsOnce(model, x as RowsLike), [['x', x]], untilSettled, signal)
  const splits = await readInSteps(
    readClassSplits(cv, model, rows, labels, options.groups),
    [['groups', options.groups]],
    untilSettled,
    signal,
  )
  const run: Run = { ...learning, splits, spec: { model, x: rows, y: y as RowsLike, seed, options } }
  return { classes, members: await (ensemble ? fitEach(run) : fitWhole(run)) }
}

/** What calibrations learn from. */
interface Learning {
  readonly labels: readonly Label[]
  readonly classes: readonly Label[]
  readonly weights: Float64Array | undefined
  readonly response: ResponseMethod
  readonly method: CalibrationMethod
  readonly signal: AbortSignal | undefined
}

interface Run extends Learning {
  readonly spec: CrossFitSpec
  readonly splits: readonly Split[]
}

/** A fitted classifier, with a calibration that learns from all rows. */
async function calibrateFitted(estimator: EstimatorLike, learning: Learning, x: unknown): Promise<CalibratedMember> {
  const scores = await scoreTest(learning, estimator, { x: x as RowsLike }, learning.signal)
  return { estimator, calibration: await calibrate(learning, scores, undefined) }
}

/** A classifier and a calibration for each split. */
async function fitEach(run: Run): Promise<CalibratedMember[]> {
  const members: CalibratedMember[] = []
  const jobs = run.splits.map((split, k): CrossFitJob => {
    const use: CrossFitJob['use'] = async (fitted, test, signal) => {
      const scores = await scoreTest(run, fitted, test!, signal)
      members[k] = {
        estimator: fitted as unknown as EstimatorLike,
        calibration: await calibrate(run, scores, split.test),
      }
    }
    return { split, use }
  })
  await crossFit(run.spec, jobs)
  return members
}

/** One classifier of all rows, and one calibration of the predictions of all splits. */
async function fitWhole(run: Run): Promise<CalibratedMember[]> {
  const rows = run.labels.length
  const tests = run.splits.map(({ test }) => test)
  await runSoon(checkTestedOnce(tests, rows), { signal: run.signal })
  const columns = run.response === 'decisionFunction' && run.classes.length === 2 ? 1 : run.classes.length
  const all = new Matrix(new Float32Array(rows * columns), rows, columns)
  const jobs = run.splits.map((split): CrossFitJob => {
    const use: CrossFitJob['use'] = async (fitted, test, signal) => {
      const scores = await scoreTest(run, fitted, test!, signal)
      const put = rowBlocks(scores.rows, columns, (begin, end) => {
        for (let i = begin; i < end; i++) all.row(split.test[i]!).set(scores.row(i))
      })
      await runBreathing(put, signal)
    }
    return { split, use }
  })
  let estimator: EstimatorLike | undefined
  const whole: CrossFitJob['use'] = async (fitted) => {
    estimator = fitted as unknown as EstimatorLike
  }
  await crossFit(run.spec, [...jobs, { split: undefined, use: whole }])
  return [{ estimator: estimator!, calibration: await calibrate(run, all, undefined) }]
}

async function scoreTest(
  { classes, response }: Learning,
  fitted: object,
  test: Pick<Part, 'x'>,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  checkClasses(fitted, classes)
  return respond(fitted, response, test.x, { signal })
}

/** @param rows the rows that were scored; all of them if undefined. */
async function calibrate(run: Learning, scores: Matrix, rows: Uint32Array | undefined): Promise<Calibration> {
  const { labels, classes, weights, response, method, signal } = run
  const calibration = calibrationFor(method, response === 'predictProba' ? 'probabilities' : 'scores')
  const part = async <V extends RowsLike>(values: V) => (rows ? runBreathing(takingRows(values, rows), signal) : values)
  const truth = await part(labels)
  const sampleWeight = weights && (await part(weights))
  await runBreathing(calibration[fitting](scores, truth, { labels: classes, sampleWeight }), signal)
  return calibration
}

/** @throws ArgumentError for a class with fewer rows than there are folds, as scikit-learn does. */
function* checkEnough(labels: readonly Label[], classes: readonly Label[], folds: number): Work<void> {
  const counts = new Map<Label, number>()
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1)
  })
  const few = classes.find((label) => counts.get(label)! < folds)
  if (few === undefined) return
  throw new ArgumentError(
    `Expected at least ${folds} rows of each class for cv ${folds}, but ${describe(few)} has ${counts.get(few)}. Use fewer folds.`,
  )
}
