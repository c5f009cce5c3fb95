import { writeFileAtomic } from '../../files/atomic-write.js'
import type { ModelLike } from '../../model-selection/index.js'
import {
  BayesSearch,
  type CandidateResult,
  GridSearch,
  HalvingSearch,
  RandomSearch,
  type SearchProgress,
} from '../../model-selection/index.js'
import type { Search } from '../../model-selection/search.js'
import type { DataOptions } from '../data/source.js'
import { checkColumn, readTable } from '../data/table.js'
import { holdOut, taskOf } from '../data/task.js'
import { type Config, modelOf, parameterName, readConfig } from '../models/config.js'
import { openModel } from '../models/open.js'
import { linesOf, scoreModel } from '../models/scores.js'
import { targetsOf } from '../models/train-config.js'
import { exits, UsageError, wrong } from '../terminal/failure.js'
import { Interrupt } from '../terminal/interrupt.js'
import { columns, count, duration, figure } from '../terminal/numbers.js'
import { checkFolders } from '../terminal/out-folder.js'
import { type CommonOptions, Output } from '../terminal/output.js'
import { ProgressLine } from '../terminal/progress.js'
import { fileOf, seedOf } from './common.js'

/** Options of `search`. */
export interface SearchOptions extends CommonOptions, DataOptions {
  readonly target: string
  readonly config: string
  readonly strategy: string
  readonly candidates: number
  readonly folds: number
  readonly metric?: string
  readonly holdout: number
  readonly task?: string
  readonly time?: number
  readonly seed?: number
  readonly out?: string
  readonly resume?: string
}

const nothingYet = 'Interrupted before a candidate was scored on all folds: nothing is kept.'

/** Candidates that are printed. */
const shown = 10

/** Tries parameters of a configuration's model, and saves the best one, fitted to all rows but those of the score. */
export async function search(path: string, options: SearchOptions): Promise<number> {
  const output = new Output(options)
  const progress = new ProgressLine(output)
  const interrupt = new Interrupt()
  const begin = performance.now()
  try {
    await checkFolders(options.out, options.resume)
    if (options.resume !== undefined && options.seed === undefined)
      throw new UsageError('--resume needs a --seed, so that the same candidates come again.')
    const config = await readConfig(options.config)
    if (!config.search)
      throw new UsageError(
        `${options.config} has no "search": name the parameters to try, such as "search": { "batchSize": [32, 128] }.`,
      )
    const rows = await readTable(path, options, interrupt.signal)
    const { target } = options
    const file = path === '-' ? 'standard input' : path
    checkColumn(target, rows.names, file)
    const seed = seedOf(options.seed)
    const task = taskOf(rows, target, options.task)
    const { training, test } = holdOut(rows, target, task, options.holdout, seed)
    const x = training.drop([target])
    const { model } = modelOf(config, x, task, seed)
    const found = searchOf(model, config, task, seed, options)
    const stop = new AbortController()
    let best: CandidateResult | undefined
    let isTried = false
    interrupt.onStop(() => {
      progress.end()
      output.note(
        best ? 'Stopping; the best candidate so far is trained and kept. Ctrl-C again ends at once.' : nothingYet,
      )
      // The best candidate is being trained already.
      if (!isTried) stop.abort(new DOMException(nothingYet, 'AbortError'))
    })
    const y = targetsOf(training, target, task) as never
    const onProgress = (step: SearchProgress) => {
      best = step.best
      isTried = step.done === step.total
      progress.show({ stage: 'searching', done: step.done, total: step.total, unit: 'fits', score: best?.mean })
    }
    progress.show({ stage: 'searching' })
    const limits = {
      ...(options.time !== undefined && { timeLimit: options.time }),
      ...(options.resume && { file: options.resume }),
    }
    let bytes: Uint8Array
    let results: readonly CandidateResult[]
    try {
      await found.fit(x, y, { signal: stop.signal, onProgress, ...limits })
      results = found.results
      if (!results.some(({ status }) => status === 'done'))
        throw wrong(`No candidate was scored on all folds in ${options.time} s: give more --time, or fewer --folds.`)
      bytes = found.toBytes()
    } catch (error) {
      if (!stop.signal.aborted || !best) throw error
      // The search keeps no model when it is aborted: fit the best candidate here.
      const again = model as unknown as {
        setParams(params: object): typeof again
        fit(x: unknown, y: unknown): Promise<unknown>
        toBytes(): Uint8Array
      }
      await again.setParams(best.params).fit(x, y)
      bytes = again.toBytes()
      results = found.results
    }
    progress.end()
    const out = options.out ?? fileOf(target)
    await writeFileAtomic(out, bytes)
    const scores = test && (await scoreModel(await openModel(out), test, target, file, new AbortController().signal))
    const seconds = (performance.now() - begin) / 1000
    const tried = results.filter(({ scores: all }) => !all.every(Number.isNaN))
    const interrupted = interrupt.isInterrupted
    output.result({
      event: 'done',
      model: out,
      seed,
      seconds,
      interrupted,
      candidates: results.length,
      results: tried.map(({ params, mean, std, status }) => ({ params, mean, std, status })),
      ...scores,
    })
    if (interrupted) output.line('Interrupted: this is what was tried until then.')
    output.line(
      `Tried ${count(tried.length)}${tried.length < results.length ? ` of ${count(results.length)}` : ''} candidates on ${count(training.rows)} rows in ${duration(seconds)}, seed ${seed}. The best:`,
    )
    const table = tried
      .slice(0, shown)
      .map(({ params, mean, std }) => [JSON.stringify(params), figure(mean), `+- ${figure(std)}`])
    for (const line of columns([['parameters', 'score', ''], ...table])) output.line(line)
    if (scores) {
      output.line(`Score of the first on ${count(scores.rows)} rows that were held out, which the search never saw:`)
      for (const line of linesOf(scores)) output.line(line)
    }
    output.line(`Saved ${out}.`)
    return interrupted ? exits.interrupted : exits.done
  } finally {
    progress.end()
    interrupt.end()
  }
}

function searchOf(
  estimator: ModelLike,
  config: Config,
  task: 'classes' | 'numbers',
  seed: number,
  options: SearchOptions,
): Search<ModelLike> {
  const params = Object.fromEntries(
    Object.entries(config.search!).map(([name, space]) => [parameterName(config, task, name), space]),
  ) as never
  const common = {
    estimator,
    cv: options.folds,
    seed,
    ...(options.metric !== undefined && { scoring: options.metric as never }),
  }
  const { strategy, candidates: nCandidates } = options
  if (strategy === 'grid') return new GridSearch({ ...common, params })
  if (strategy === 'halving') return new HalvingSearch({ ...common, params, nCandidates })
  if (strategy === 'bayes') return new BayesSearch({ ...common, params, nCandidates })
  return new RandomSearch({ ...common, params, nCandidates })
}
