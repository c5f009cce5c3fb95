import { checkInteger, checkOptions, checkSeed, invalid, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import { readSampleWeight, type SampleWeight } from '../base/sample-weight.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { native } from '../native/addon.js'
import type { Table } from '../table/table.js'
import {
  checkModel,
  Evaluations,
  type InspectionOptions,
  type InspectionStopReason,
  inspectionKeys,
} from './inspected.js'
import { type InspectedLike, inspectedRows, type RowsOf, reordered } from './rows.js'

/** What a scoring function is given beside the rows; what was not given is missing. */
export interface ScoringOptions {
  sampleWeight?: SampleWeight
  /** Aborted when the run is to end: by the signal, or since the time is over. */
  signal?: AbortSignal
}

/** How good a model is on rows: the higher, the better. A `Table` stays one. */
export type Scoring<M, Y, R extends Matrix | Table = Matrix> = (
  model: M,
  x: R,
  y: Y,
  options: ScoringOptions,
) => number | Promise<number>

/** What `permutationImportance` takes. */
export interface PermutationImportanceOptions<M, Y, R extends Matrix | Table = Matrix> extends InspectionOptions {
  /** How good the model is; the model's own `score` (accuracy, R^2) when missing. Networks have none. */
  scoring?: Scoring<M, Y, R> | undefined
  /** How often each column is shuffled; 5 by default. */
  nRepeats?: number | undefined
  /** What shuffles are drawn from; drawn itself when missing. */
  seed?: number | undefined
  /** How much each row counts: handed on to the scoring. */
  sampleWeight?: SampleWeight | undefined
}

/** How much each column matters. */
export interface Importances {
  /** `'timeLimit'` where there was no time for all shuffles, column by column: what they would have told is NaN. */
  stopReason: InspectionStopReason
  /** The names of the columns, of a table. */
  names?: string[]
  /** What is lost of the score without a column, on the average over the shuffles that were done: one number a column, NaN without any. */
  importancesMean: Float64Array
  /** The standard deviation over shuffles. */
  importancesStd: Float64Array
  /** Every shuffle's loss, NaN of those that were not done: an array a column. */
  importances: Float64Array[]
  /** The score of the rows as they are; NaN where there was no time even for it. */
  baseline: number
  /** What shuffles were drawn from. */
  seed: number
}

type OwnOptions = Omit<PermutationImportanceOptions<object, unknown>, keyof InspectionOptions>
const ownKeys = optionKeys<OwnOptions>({ scoring: true, nRepeats: true, seed: true, sampleWeight: true })

/**
 * How much a model relies on each column: what its score loses when the column's numbers change places between rows. With rows that it was
 * not trained with it is what helps to predict new ones. Of columns that say the same each may seem to matter little.
 * Breiman 2001, Random forests, section 10; for any model Fisher, Rudin and Dominici 2019, All models are wrong, but many are useful.
 * @param model a fitted estimator, a pipeline, a network, or anything else that `scoring` can score.
 * @param x rows as the model takes them: numbers, or for a pipeline that does a `Table` or plain objects, which it gets as a `Table`.
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
  checkOptions(options, 'permutationImportance()', [...ownKeys, ...inspectionKeys])
  checkModel(model)
  const scoring = readScoring<M, Y, RowsOf<X>>(model, options.scoring)
  const repeats = checkInteger(options.nRepeats ?? 5, 'nRepeats', { min: 1 })
  const seed = options.seed === undefined ? randomSeed() : checkSeed(options.seed)
  const rows = inspectedRows(model, x)
  readSampleWeight(options.sampleWeight, rows.rows)
  const { sampleWeight } = options
  return await Evaluations.of(options, async (evaluations) => {
    evaluations.total = 1 + repeats * rows.columns
    const rest: ScoringOptions = { ...(sampleWeight && { sampleWeight }), ...evaluations.told }
    const score = () => evaluations.run(async () => checkScore(await scoring(model, rows.now as RowsOf<X>, y, rest)))
    const baseline = await score()
    const known = Array.from({ length: rows.columns }, (): number[] => [])
    for (const [column, losses] of known.entries()) {
      if (evaluations.isOver()) break
      const own = rows.entries(column)
      for (let repeat = 0; repeat < repeats && !evaluations.isOver(); repeat++) {
        rows.change(column, reordered(own, native.permutation(rows.rows, seed, column * repeats + repeat)))
        const shuffled = await score()
        if (shuffled !== undefined) losses.push(baseline! - shuffled)
      }
      rows.change(column, own)
    }
    return {
      stopReason: evaluations.stopReason,
      ...(rows.names && { names: [...rows.names] }),
      importancesMean: Float64Array.from(known, meanOf),
      importancesStd: Float64Array.from(known, deviationOf),
      importances: known.map((losses) => Float64Array.from({ length: repeats }, (_, k) => losses[k] ?? Number.NaN)),
      baseline: baseline ?? Number.NaN,
      seed,
    }
  })
}

function readScoring<M extends object, Y, R extends Matrix | Table>(model: M, given: unknown): Scoring<M, Y, R> {
  if (typeof given === 'function') return given as Scoring<M, Y, R>
  if (given !== undefined) {
    throw invalid(
      'scoring',
      'a function of model, x and y',
      given,
      'Such as one that returns metrics.accuracy of what is predicted.',
    )
  }
  const { score } = model as { score?: unknown }
  if (typeof score !== 'function') {
    throw invalid('scoring', 'a function, since the model has no score() of its own', given)
  }
  return (own, x, y, options) => (own as { score(...all: unknown[]): Promise<number> }).score(x, y, options)
}

function checkScore(value: unknown): number {
  if (typeof value === 'number') return value
  throw invalid('what scoring returns', 'a number', value)
}
