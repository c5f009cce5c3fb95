import { checkNumber } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import type { Matrix } from '../base/matrix.js'
import { conformalQuantile } from '../calibration/conformal.js'
import { loadEstimator, takeDoubles } from '../estimators/file.js'
import { readState } from '../learning/restore.js'
import { largestOf, smallestOf } from '../math/statistics.js'
import { mae, r2, rmse } from '../metrics/index.js'
import type { CellColumn } from './cell-column.js'
import type { DistillOptions } from './distill.js'
import { type ExplainOptions, type Explanation, explainRows, explanationOf, isRows } from './explain.js'
import { restoreModel } from './file.js'
import type { NotInferred } from './infer-schema.js'
import { factorFor, metricsOfNumbers, type NumberMetric, numberTask } from './number-task.js'
import { readFitOptions, type TabularFitOptions } from './options.js'
import type { TableRows } from './read-rows.js'
import type { Reading } from './reading.js'
import type { RowOf } from './schema.js'
import type { TabularOptions } from './tabular-classifier.js'
import { definitionOf, TabularModel, type TabularRunOptions } from './tabular-model.js'
import {
  formsFor,
  fromErrorScale,
  numberOf,
  restoreScale,
  scaleFor,
  type TargetScale,
  targetOf,
  toErrorScale,
} from './target-form.js'
import { checkVaries, readNumberTargets } from './targets.js'
import type { Truth } from './task.js'

/** Scores of `evaluate`. */
export interface NumberScores {
  readonly rmse: number
  readonly mae: number
  readonly r2: number
}

/** Options of `predictInterval`. */
export interface IntervalOptions extends TabularRunOptions {
  /** The share of new rows whose number will lie in its interval, above 0 and below 1; 0.9 by default. */
  coverage?: number | undefined
}

/** An interval, with the prediction that it is around. */
export interface Interval {
  readonly lower: number
  readonly value: number
  readonly upper: number
}

/** What is known of the target: its form and range, and errors on held-out rows. */
export interface NumbersLearned extends TargetScale {
  /** Sizes of the errors on the held-out rows, ascending, where errors of all rows have about the same size (`toErrorScale`). */
  readonly errors: Float64Array<ArrayBuffer>
}

const definition = definitionOf('TabularRegressor')

const targetKeys = ['form', 'mean', 'deviation', 'shift', 'factor', 'min', 'max', 'errors'] as const
/** What the first files lack. */
const firstForm = { form: 'standard', shift: 0, factor: 1 }

/**
 * Learns a number from rows of mixed columns, as TabularClassifier learns labels. The target is standardised; where it is skewed, its
 * logarithms, or the Poisson loss of counts, are compared with that on held-out rows (`report.training.target`). Predictions stay within its
 * range in the training rows.
 * @typeParam R the type of rows, which fit infers.
 * @example
 * const flats = Array.from({ length: 200 }, (_, i) => ({
 *   area: 30 + (i % 90),
 *   city: i % 2 ? 'Rome' : 'Oslo',
 *   price: (30 + (i % 90)) * (i % 2 ? 3000 : 5000),
 * }))
 * const regressor = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(flats, { target: 'price' })
 * regressor.predictSync({ area: 70, city: 'Oslo' }) // about 350000
 * await regressor.predictInterval([{ area: 70, city: 'Oslo' }], { coverage: 0.9 }) // [{ lower, value, upper }]
 */
export class TabularRegressor<R extends object = Record<string, unknown>> extends TabularModel<NumbersLearned, R> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = definition.parameters

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: TabularOptions = {}) {
    super(definition, options)
  }

  /**
   * Learns from rows. Resolves to this model; also when the time limit ends training, which `stopReason` tells.
   * @param rows plain objects with one value for each column, in an iterable or async iterable; or a `Table`.
   * @param options.target the column of the numbers, none of them missing.
   * @throws ArgumentError with row and column for wrong rows, for a target that is constant, and for wrong options;
   * TrainingError; MlpError ERR_BUSY during another fit; the signal's reason.
   */
  async fit<F extends object>(
    rows: TableRows<F>,
    options: TabularFitOptions<NotInferred<F>, NumberMetric>,
  ): Promise<TabularRegressor<F>> {
    await this.exclusively('fit', async () => {
      const settings = readFitOptions(options, metricsOfNumbers)
      await this.run(rows, settings, 'numbers', (target, training) => {
        const numbers = readNumberTargets(target)
        checkVaries(numbers, target.name)
        return readingOf(numbers, training, settings.metric)
      })
    })
    return this as unknown as TabularRegressor<F>
  }

  /**
   * The number of each row.
   * @throws ArgumentError with row and column for a row that does not fit the schema; MlpError ERR_NOT_FITTED.
   */
  async predict(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<number[]> {
    const { learned, parts } = await this.outputs(rows, options, 'predict')
    return parts.flatMap(({ data }) => Array.from(data, (output) => numberOf(output, learned.targets)))
  }

  /**
   * The number of one row, on the spot.
   * @throws as predict does.
   */
  predictSync(row: RowOf<R>): number {
    const learned = this.learned('predict')
    return numberOf(this.outputsSync(row, learned)[0]!, learned.targets)
  }

  /**
   * An interval for each row, which contains its number with a probability of about `coverage`: split conformal prediction by
   * the errors on the held-out rows (Lei et al. 2018), over all rows together, if new rows are like those of fit. The held-out
   * rows also chose the epoch, so the coverage is approximate. Intervals of a target that is learned as logarithms are as wide for
   * all rows as ratios, those of counts as differences of roots.
   * @throws as predict does; ArgumentError for a wrong coverage, or one for which too few rows were held out.
   */
  async predictInterval(
    rows: TableRows<RowOf<R>>,
    { coverage = 0.9, ...options }: IntervalOptions = {},
  ): Promise<Interval[]> {
    checkNumber(coverage, 'coverage', { above: 0, below: 1 })
    const { targets } = this.learned('predictInterval')
    const width = conformalQuantile(targets.errors, coverage)
    const values = await this.predict(rows, options)
    return values.map((value) => {
      const middle = toErrorScale(value, targets)
      return { lower: fromErrorScale(middle - width, targets), value, upper: fromErrorScale(middle + width, targets) }
    })
  }

  /**
   * How the columns of a row contribute to its number: Shapley values, which with `base` add up to `output`, the number that the model
   * predicts. For a row an explanation, for rows one each. Long work is done beside the event loop.
   * @throws as predict does; ArgumentError for wrong options.
   */
  explain(rows: TableRows<RowOf<R>>, options?: ExplainOptions<R>): Promise<Explanation<R>[]>
  explain(row: RowOf<R>, options?: ExplainOptions<R>): Promise<Explanation<R>>
  async explain(
    rows: TableRows<RowOf<R>> | RowOf<R>,
    options: ExplainOptions<R> = {},
  ): Promise<Explanation<R>[] | Explanation<R>> {
    const learned = this.learned('explain')
    const read = (output: number) => numberOf(output, learned.targets)
    const given = isRows(rows) ? rows : [rows]
    const all = await explainRows(given, learned, options, [], this.seed, read)
    const explanations = all.map((values) => explanationOf(learned, values, 0) as Explanation<R>)
    return given === rows ? explanations : explanations[0]!
  }

  /**
   * A regressor with one small network that gives the numbers of this one, for single rows in microseconds. A fifth of the rows is held
   * out; `report.distillation` tells how near it is, and the scores of both.
   * @param rows such as those of fit, the more the better; the target is not needed. This model's numbers are learned from them.
   * @throws ArgumentError with row and column for a row that does not fit the schema, for fewer than ten rows, and for wrong options;
   * MlpError ERR_NOT_FITTED; the signal's reason.
   */
  async distill(rows: TableRows<RowOf<R>>, options: DistillOptions = {}): Promise<TabularRegressor<R>> {
    return this.distilled(rows, options, false)
  }

  /**
   * Scores of rows that have the target.
   * @throws as predict does; ArgumentError for no rows.
   */
  async evaluate(rows: TableRows<RowOf<R>>, options: TabularRunOptions = {}): Promise<NumberScores> {
    const { learned, target, outputs } = await this.labelled(rows, options)
    const truth = readNumberTargets(target)
    const values = Float64Array.from(outputs.data, (output) => numberOf(output, learned.targets))
    return { rmse: rmse(truth, values), mae: mae(truth, values), r2: truth.length > 1 ? r2(truth, values) : Number.NaN }
  }

  /**
   * Reads a model that `save` wrote. The type parameter is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static async load<R extends object = Record<string, unknown>>(
    source: string | Uint8Array,
  ): Promise<TabularRegressor<R>> {
    return loadEstimator(source, definition, async (file) => {
      const { tensors } = file
      const json = readState({ ...firstForm, ...Object(file.learned.targets) }, targetKeys, 'targets')
      const scale = restoreScale(json)
      const count = checkNumber(json.errors, 'errors', { min: 0 })
      const errors = takeDoubles(tensors, 'errors', [count]) as Float64Array<ArrayBuffer>
      if (errors.some((error, k) => error < (k > 0 ? errors[k - 1]! : 0))) {
        throw new FormatError('Its errors on held-out rows do not ascend.')
      }
      const targets = { ...scale, errors }
      const model = new TabularRegressor<R>(file.params)
      model.restore({ ...(await restoreModel(file, 1)), targets }, file.seed)
      return model
    })
  }

  protected knownTargets(target: CellColumn, targets: NumbersLearned): Float32Array {
    return targetsIn(readNumberTargets(target), targets)
  }

  /** The range grows, and the errors on the held-out rows join those of fit. */
  protected updatedTargets(targets: NumbersLearned, target: CellColumn, heldOut: Uint32Array, outputs: Matrix) {
    const numbers = readNumberTargets(target)
    const [min, max] = [Math.min(targets.min, smallestOf(numbers)), Math.max(targets.max, largestOf(numbers))]
    const updated = { ...targets, min, max }
    const truth = Float64Array.from(heldOut, (row) => numbers[row]!)
    return { ...updated, errors: Float64Array.from([...targets.errors, ...errorsOf(outputs, truth, updated)]).sort() }
  }

  /** The teacher's errors, each with a difference from the teacher added or taken away: they are assumed to be independent. */
  protected distilledTargets(targets: NumbersLearned, teacher: Matrix, student: Matrix) {
    const numbers = [teacher, student].map(({ data }) => Float64Array.from(data, (output) => numberOf(output, targets)))
    const differences = errorsOf(student, numbers[0]!, targets)
    const errors = targets.errors.map((error, i) =>
      Math.abs(error + (i % 2 === 0 ? 1 : -1) * differences[i % differences.length]!),
    )
    const difference = rmse(numbers[0]!, numbers[1]!)
    return { targets: { ...targets, errors: errors.sort() as Float64Array<ArrayBuffer> }, difference }
  }

  protected recordTargets({ errors, ...facts }: NumbersLearned) {
    return { json: { ...facts, errors: errors.length }, tensors: { errors } }
  }
}

function targetsIn(numbers: Float64Array, scale: TargetScale): Float32Array {
  return Float32Array.from(numbers, (number) => targetOf(number, scale))
}

/** Sizes of the errors of outputs, in the rows' order. */
function errorsOf({ data }: Matrix, numbers: Truth, scale: TargetScale): Float64Array<ArrayBuffer> {
  return Float64Array.from(data, (output, i) =>
    Math.abs(toErrorScale(numberOf(output, scale), scale) - toErrorScale(numbers[i]!, scale)),
  )
}

/** The target in each form that it may have. */
function readingOf(
  numbers: Float64Array,
  training: Uint32Array | undefined,
  metric: NumberMetric,
): Reading<NumbersLearned> {
  const seen = training ? Float64Array.from(training, (row) => numbers[row]!) : numbers
  const [first, ...others] = formsFor(seen).map((form) => scaleFor(form, seen))
  if (!isScale(first!)) {
    throw new ArgumentError(
      `Expected numbers that can be standardised for the target, but their deviation is ${first!.deviation}.`,
    )
  }
  return {
    ...readingIn(first!, numbers, metric),
    others: others.filter(isScale).map((scale) => readingIn(scale, numbers, metric)),
  }
}

const isScale = ({ deviation }: TargetScale) => deviation > 0 && Number.isFinite(deviation)

function readingIn(scale: TargetScale, numbers: Float64Array, metric: NumberMetric): Reading<NumbersLearned> {
  return {
    y: targetsIn(numbers, scale),
    truth: numbers,
    strata: undefined,
    task: numberTask(metric, scale),
    form: scale.form,
    readKnown(given) {
      const truth = readNumberTargets(given)
      return { y: targetsIn(truth, scale), truth }
    },
    *finish(outputs, truth) {
      const fitted = factorFor(metric, scale, outputs.data, truth)
      yield
      return { targets: { ...fitted, errors: errorsOf(outputs, truth, fitted).sort() } }
    },
  }
}
