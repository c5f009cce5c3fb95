import { runBreathing, type Work } from '../base/breathing.js'
import { checkInteger, checkOptions, checkSeed, checkSignal, invalid, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import { readSampleWeightInSteps, type SampleWeight } from '../base/sample-weight.js'
import { readInSteps, type Source, untilSettled } from '../base/unchanged.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { checkScore } from '../model-selection/scoring.js'
import { permutationInSteps } from '../native/permutation.js'
import type { ColumnLike, Table } from '../table/table.js'
import {
  checkModel,
  Evaluations,
  type InspectionOptions,
  type InspectionStopReason,
  inspectionKeys,
} from './evaluations.js'
import { type InspectedLike, type InspectedRows, inspectedRows, type RowsOf, reordered } from './rows.js'

/** Options that a scoring function receives; options that permutationImportance did not get are missing. */
export interface ScoringOptions {
  sampleWeight?: SampleWeight
  /** Aborted when the run is to end, by the signal or the time limit. */
  signal?: AbortSignal
}

/** A score of a model on rows; higher is better. A table or plain objects arrive as a `Table`. */
export type Scoring<M, Y, R extends Matrix | Table = Matrix> = (
  model: M,
  x: R,
  y: Y,
  options: ScoringOptions,
) => number | Promise<number>

/** Options of `permutationImportance`. */
export interface PermutationImportanceOptions<M, Y, R extends Matrix | Table = Matrix> extends InspectionOptions {
  /** The score; the model's method `score` (accuracy, R^2) by default. Networks have no such method. */
  scoring?: Scoring<M, Y, R> | undefined
  /** The number of shuffles of each column; 5 by default. */
  nRepeats?: number | undefined
  /** The seed of the shuffles; random by default. */
  seed?: number | undefined
  /** The weight of each row, passed to the scoring function. */
  sampleWeight?: SampleWeight | undefined
}

/** The importance of each column. */
export interface Importances {
  /** `'timeLimit'` if the time was over before the last shuffle, column by column: the missing results are NaN. */
  stopReason: InspectionStopReason
  /** The column names of a table. */
  names?: string[]
  /** The mean decrease of the score over the shuffles of each column; NaN for a column without any. */
  importancesMean: Float64Array
  /** The standard deviation over the shuffles of each column. */
  importancesStd: Float64Array
  /** The decrease of the score for each shuffle, an array per column; NaN for shuffles that were not done. */
  importances: Float64Array[]
  /** The score of the original rows; NaN if the time was over before. */
  baseline: number
  /** The seed of the shuffles. */
  seed: number
}

const keys = [
  ...optionKeys<Omit<PermutationImportanceOptions<object, unknown>, keyof InspectionOptions>>({
    scoring: true,
    nRepeats: true,
    seed: true,
    sampleWeight: true,
  }),
  ...inspectionKeys,
]

/**
 * How much a model relies on each column: the decrease of its score when the entries of the column are shuffled among
 * the rows. Use rows that the model was not trained with to see which columns help to predict new rows. Columns that
 * are strongly correlated may each seem unimportant. Breiman 2001, Random forests, section 10; for any model Fisher,
 * Rudin and Dominici 2019, All models are wrong, but many are useful.
 * @param model a fitted estimator, a pipeline, a network, or any object that `scoring` accepts.
 * @param x rows as the model takes them: numbers, or for a pipeline a `Table` or plain objects, which it receives as a
 * `Table`.
 * @throws ArgumentError for wrong data or options; the signal's reason.
 * @example
 * const x = [[0, 5], [1, 5], [2, 7], [3, 6]]
 * const regressor = new SGDRegressor({ seed: 1 })
 * await regressor.fit(x, [0, 1, 2, 3])
 * const { importancesMean } = await inspection.permutationImportance(regressor, x, [0, 1, 2, 3], { seed: 1 })
 */
export async function permutationImportance<M extends object, X extends InspectedLike, Y>(
  model: M,
  x: X,
  y: Y,
  options: PermutationImportanceOptions<M, Y, RowsOf<X>> = {},
): Promise<Importances> {
  checkOptions(options, 'permutationImportance()', keys)
  checkModel(model)
  const scoring = readScoring<M, Y, RowsOf<X>>(model, options.scoring)
  const repeats = checkInteger(options.nRepeats ?? 5, 'nRepeats', { min: 1 })
  const seed = options.seed === undefined ? randomSeed() : checkSeed(options.seed)
  const { sampleWeight } = options
  const signal = options.signal && checkSignal(options.signal)
  const rows = await readInSteps(inspectedRows(model, x), [['x', x]], untilSettled, signal)
  const weights: Source = ['sampleWeight', sampleWeight]
  await readInSteps(readSampleWeightInSteps(sampleWeight, rows.rows), [weights], untilSettled, signal)
  return await Evaluations.of(options, async (evaluations) => {
    evaluations.total = 1 + repeats * rows.columns
    const scoringOptions: ScoringOptions = { ...(sampleWeight && { sampleWeight }), ...evaluations.modelOptions }
    const score = () =>
      evaluations.run(async () => checkScore(await scoring(model, rows.current as RowsOf<X>, y, scoringOptions)))
    const baseline = await score()
    const decreases = Array.from({ length: rows.columns }, (): number[] => [])
    for (const [column, ofColumn] of decreases.entries()) {
      if (evaluations.isOver()) break
      const original = await runBreathing(rows.entries(column), options.signal)
      for (let repeat = 0; repeat < repeats && !evaluations.isOver(); repeat++) {
        await runBreathing(shuffle(rows, column, original, seed, column * repeats + repeat), options.signal)
        const shuffled = await score()
        if (shuffled !== undefined) ofColumn.push(baseline! - shuffled)
      }
      await runBreathing(rows.change(column, original), options.signal)
    }
    return {
      stopReason: evaluations.stopReason,
      ...(rows.names && { names: [...rows.names] }),
      importancesMean: Float64Array.from(decreases, meanOf),
      importancesStd: Float64Array.from(decreases, deviationOf),
      importances: decreases.map((ofColumn) =>
        Float64Array.from({ length: repeats }, (_, k) => ofColumn[k] ?? Number.NaN),
      ),
      baseline: baseline ?? Number.NaN,
      seed,
    }
  })
}

function* shuffle(rows: InspectedRows, column: number, original: ColumnLike, seed: number, stream: number): Work<void> {
  const order = yield* permutationInSteps(rows.rows, seed, stream)
  yield* rows.change(column, yield* reordered(original, order))
}

function readScoring<M extends object, Y, R extends Matrix | Table>(model: M, scoring: unknown): Scoring<M, Y, R> {
  if (typeof scoring === 'function') return scoring as Scoring<M, Y, R>
  if (scoring !== undefined) {
    const hint = 'For example one that returns metrics.accuracy of the predictions.'
    throw invalid('scoring', 'a function of model, x and y', scoring, hint)
  }
  const { score } = model as { score?: unknown }
  if (typeof score !== 'function') {
    throw invalid('scoring', 'a function, since the model has no method score()', scoring)
  }
  return (model, x, y, options) => (model as { score(...args: unknown[]): Promise<number> }).score(x, y, options)
}
