import { rowBlocks, runBreathing, runSoon, type Work } from '../base/breathing.js'
import { checkOneOf, checkOptions, optionKeys } from '../base/check.js'
import { ArgumentError, MlpError } from '../base/errors.js'
import { isNumberArray, Matrix } from '../base/matrix.js'
import type { ModelLike } from './model.js'
import { countRows, type RowsLike } from './rows.js'
import { checkTestedOnce } from './splits.js'
import { prepareInSteps, runAll, type ValidationOptions, validationKeys } from './validation.js'

const methods = ['predict', 'predictProba', 'predictLogProba', 'decisionFunction'] as const

/** What `crossValPredict` takes. */
export interface CrossValPredictOptions extends Omit<ValidationOptions, 'scoring' | 'errorScore'> {
  /** The method of the fitted clones that is called; `'predict'` by default. */
  method?: 'predict' | 'predictProba' | 'predictLogProba' | 'decisionFunction' | undefined
}

/** The result of a method of an estimator. */
export type Answers<E, M extends string> = E extends { [K in M]: (...all: never[]) => Promise<infer R> } ? R : unknown

/**
 * Predicts each row by a clone that was fitted without it. Clones are fitted side by side on all cores. The splits must test
 * every row once.
 * @throws ArgumentError for wrong data or options, for splits that test a row never or twice, and, with a column for each
 * class, for splits that train without one of the classes; the signal's reason; the error of a fit; MlpError ERR_TIME_LIMIT.
 * @example
 * const { x, y } = datasets.digits().train
 * const estimator = new MLPClassifier<number>({ hiddenLayerSizes: [20], maxIter: 5, seed: 1 })
 * const predicted = await modelSelection.crossValPredict(estimator, x, y, { cv: 3 })
 * console.log(metrics.confusionMatrix(y, predicted))
 */
export async function crossValPredict<E extends ModelLike, const M extends string = 'predict'>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: CrossValPredictOptions & { method?: M | undefined } = {},
): Promise<Answers<E, M>> {
  checkOptions(options, 'crossValPredict()', [
    ...validationKeys.filter((key) => key !== 'scoring' && key !== 'errorScore'),
    ...optionKeys<Omit<CrossValPredictOptions, keyof ValidationOptions>>({ method: true }),
  ])
  const method = checkOneOf(options.method ?? 'predict', 'method', methods)
  const evaluation = await prepareInSteps(estimator, x, y, { ...options, errorScore: 'raise', method }, false)
  const tests = evaluation.spec.splits.map(({ test }) => test)
  const rows = countRows(evaluation.spec.y, 'y')
  await runSoon(checkTestedOnce(tests, rows), { signal: options.signal })
  const jobs = tests.map((_, split) => ({ params: {}, split }))
  const { scores, stopReason } = await runAll(evaluation, jobs, options)
  if (stopReason === 'timeLimit') {
    const done = scores.filter((score) => score).length
    throw new MlpError(
      `Could not predict all rows: the time limit of ${options.timeLimit} s ended the run after ${done} of ${jobs.length} fits.`,
      'ERR_TIME_LIMIT',
    )
  }
  const classes = scores.map((score) => score!.classes)
  const differing = method === 'predict' ? -1 : classes.findIndex((names) => names !== classes[0])
  if (differing !== -1) {
    throw new ArgumentError(
      `Expected all classes in the training rows of every split for ${method}, but those of split ${differing} differ from those of split 0.`,
    )
  }
  const answers = scores.map((score) => score!.answers)
  return (await runBreathing(arrange(answers, tests, rows), options.signal)) as Answers<E, M>
}

/** Joins the answers of the splits in the order of the rows. */
function* arrange(answers: readonly unknown[], tests: readonly Uint32Array[], rows: number): Work<unknown> {
  const [first] = answers
  if (first instanceof Matrix) {
    const all = new Matrix(new Float32Array(rows * first.cols), rows, first.cols)
    for (const [k, test] of tests.entries()) {
      const own = answers[k] as Matrix
      yield* rowBlocks(test.length, 8 * first.cols, (begin, end) => {
        for (let i = begin; i < end; i++) all.row(test[i]!).set(own.row(i))
      })
    }
    return all
  }
  const all = isNumberArray(first) ? new (first.constructor as Float64ArrayConstructor)(rows) : new Array<unknown>(rows)
  for (const [k, test] of tests.entries()) {
    const own = answers[k] as ArrayLike<unknown>
    yield* rowBlocks(test.length, 1, (begin, end) => {
      for (let i = begin; i < end; i++) (all as unknown[])[test[i]!] = own[i]
    })
  }
  return all
}
