import { runBreathing } from '../../base/breathing.js'
import { checkBoolean, checkInteger, checkOptions, checkSeed, invalid, optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { errorToData } from '../../jobs/error-data.js'
import { type JobContext, type JobHandler, type RestoreLearner, unpack } from '../../jobs/index.js'
import { checkHash } from '../../jobs/message.js'
import { Recent } from '../../jobs/recent.js'
import {
  Evaluation,
  readErrorScore,
  readTrainScore,
  type SplitScore,
  type Subset,
} from '../../model-selection/evaluation.js'
import { readModel } from '../../model-selection/model.js'
import type { FitResult, FitsSpec, FitTask } from '../../model-selection/queued-fits.js'
import { checkRowCount, countRows, type RowsLike } from '../../model-selection/rows.js'
import { call, noScorers, readScorers } from '../../model-selection/scoring.js'
import type { Split } from '../../model-selection/splits.js'

const specKeys = optionKeys<FitsSpec>({
  ...{ model: true, method: true, splits: true, scoring: true, decides: true, errorScore: true },
  ...{ returnTrainScore: true, seed: true, rows: true },
})
const taskKeys = optionKeys<FitTask>({ params: true, split: true, subset: true, keepModel: true })
const rowsKeys = ['x', 'y', 'sampleWeight'] as const
const methods = ['predict', 'predictProba', 'predictLogProba', 'decisionFunction']

/** Runs whose rows a worker keeps for the next job. */
const keptRuns = 2

interface Rows {
  readonly x: RowsLike
  readonly y: RowsLike
  readonly sampleWeight: RowsLike | undefined
}

/**
 * Runs the fits that a queue asks for, as `Evaluation` does where the search runs. What it reads is untrusted, and checked.
 * @param concurrency fits at once.
 */
export function fitHandler(restore: RestoreLearner, concurrency: number): JobHandler {
  const evaluations = new Recent<Evaluation>(keptRuns)
  const tables = new Recent<Rows>(keptRuns)
  const subsets = new Recent<Uint32Array>(16 * keptRuns)
  const open = async (context: JobContext) => {
    const spec = readSpec(await runBreathing(unpack(await context.data(context.spec), restore), undefined))
    const rows = await tables.get(spec.rows, async () =>
      readRows(await runBreathing(unpack(await context.data(spec.rows)), undefined)),
    )
    return evaluationOf(spec, rows, concurrency)
  }
  return async (json, context): Promise<FitResult | undefined> => {
    const evaluation = await evaluations.get(context.spec, () => open(context))
    const { splits, x } = evaluation.spec
    const { params, split, subset: sent, keepModel } = readTask(json, splits.length)
    const subset: Subset | undefined =
      sent === undefined
        ? undefined
        : {
            // Searches that share an evaluation name their subsets alike, but the rows differ.
            key: sent,
            rows: await subsets.get(`${context.spec} ${sent}`, async () =>
              readNumbers(
                await runBreathing(unpack(await context.data(sent)), undefined),
                'rows of a subset',
                countRows(x, 'x'),
              ),
            ),
          }
    try {
      const score = await evaluation.run(params, split, context.signal, subset)
      return score && resultOf(score, keepModel)
    } catch (error) {
      return { thrown: errorToData(error) }
    }
  }
}

function resultOf({ model, error, ...score }: SplitScore, keepModel: boolean): FitResult {
  return {
    ...score,
    error: error === undefined ? undefined : errorToData(error),
    model: keepModel && model ? (call(model, 'toBytes', []) as Uint8Array) : undefined,
  }
}

function evaluationOf(spec: FitsSpec, { x, y, sampleWeight }: Rows, maxCopies: number): Evaluation {
  const { model, method, splits, scoring, decides, errorScore, returnTrainScore, seed } = spec
  const rows = countRows(x, 'x')
  return new Evaluation({
    ...{ model, x, y, sampleWeight, method, errorScore, returnTrainScore, seed, maxCopies },
    scorers: method === undefined ? readScorers(scoring, model, decides) : noScorers,
    splits: splits.map((split, k): Split => {
      checkOptions(split, `split ${k}`, ['train', 'test'])
      return {
        train: readNumbers(split.train, `train of split ${k}`, rows),
        test: readNumbers(split.test, `test of split ${k}`, rows),
      }
    }),
  })
}

function readSpec(value: unknown): FitsSpec {
  checkOptions(value, 'the fits of a run', specKeys)
  const { model, method, splits, scoring, decides, errorScore, returnTrainScore, seed, rows } = value as FitsSpec
  if (!Array.isArray(splits)) throw invalid('splits', 'an array', splits)
  if (method !== undefined && !methods.includes(method)) throw invalid('method', `one of ${methods.join(', ')}`, method)
  return {
    ...{ model: readModel(model), method, splits, scoring, decides, errorScore: readErrorScore(errorScore) },
    ...{ returnTrainScore: readTrainScore(returnTrainScore), seed: checkSeed(seed), rows: checkHash(rows, 'rows') },
  }
}

function readRows(value: unknown): Rows {
  checkOptions(value, 'the rows of a run', rowsKeys)
  const { x, y, sampleWeight } = value as Rows
  const rows = countRows(x, 'x')
  checkRowCount(y, 'y', rows)
  if (sampleWeight !== undefined) checkRowCount(sampleWeight, 'sampleWeight', rows)
  return { x, y, sampleWeight }
}

function readTask(value: unknown, splits: number): FitTask {
  checkOptions(value, 'a fit', taskKeys)
  const { params, split, subset, keepModel } = value as FitTask
  checkOptions(params, 'params', Object.keys(Object(params)))
  if (subset !== undefined) checkHash(subset, 'subset')
  checkInteger(split, 'split', { min: 0, max: splits - 1 })
  return { params, split, subset, keepModel: checkBoolean(keepModel, 'keepModel') }
}

function readNumbers(value: unknown, name: string, rows: number): Uint32Array {
  if (value instanceof Uint32Array && value.length > 0 && value.every((row) => row < rows)) return value
  throw new FormatError(`Expected numbers of rows below ${rows} for ${name}.`)
}
