import type { Callback, TrainingRun } from '../../callbacks/types.js'
import { hasEpochs, innermost } from '../../learning/wrapped.js'
import type { CallableModel } from '../../model-selection/model.js'
import type { Table } from '../../table/table.js'
import { duration } from '../terminal/numbers.js'
import { modelOf, readConfig } from './config.js'
import type { TrainedHere, TrainJob } from './train-table.js'

/** A model with the methods of pipelines and estimators. */
export type FittedHere = CallableModel & {
  fit(x: unknown, y: unknown, options: object): Promise<unknown>
  toBytes(): Uint8Array
  readonly featureNamesIn?: readonly string[]
}

const keepsNothing = 'Interrupted: this model keeps nothing before its training has ended.'

/**
 * Trains the model of a configuration. The first Ctrl-C ends a network after the current epoch; other models cannot end early, so
 * it aborts them.
 */
export async function trainConfig(job: TrainJob, path: string): Promise<TrainedHere> {
  const { training, target, task, seed, options, progress, interrupt, output, live } = job
  const begin = performance.now()
  let run: TrainingRun | undefined
  const watch: Callback = {
    onTrainBegin(begun) {
      run = begun
    },
    onProgress({ epoch, epochs, step, steps, etaSeconds, loss }) {
      const done = Number.isFinite(steps) ? epoch + step / steps : epoch
      progress.show({ stage: 'training', done: Math.floor(done), total: epochs, unit: 'epochs', etaSeconds, loss })
    },
    onTrainEnd() {
      run = undefined
    },
  }
  const x = training.drop([target])
  const { model, leftOut } = modelOf(await readConfig(path), x, task, seed, [watch, ...(live ? [live.callback] : [])])
  const abort = new AbortController()
  interrupt.onStop(() => {
    progress.end()
    output.note(run ? 'Stopping after this epoch; what was learned is kept. Ctrl-C again ends at once.' : 'Stopping.')
    if (run) run.stop('stopTraining')
    else abort.abort(new DOMException(keepsNothing, 'AbortError'))
  })
  progress.show({ stage: 'training' })
  const pipeline = model as unknown as FittedHere
  await pipeline.fit(x, targetsOf(training, target, task), {
    signal: abort.signal,
    ...(options.time !== undefined && { timeLimit: options.time }),
  })
  const inside = innermost(pipeline) as { nIter?: number; stopReason?: string; constructor: { name: string } }
  const epochs = hasEpochs(pipeline) && inside.nIter !== undefined ? `, ${inside.nIter} epochs` : ''
  return {
    bytes: pipeline.toBytes(),
    what: `${inside.constructor.name}${epochs} of ${duration((performance.now() - begin) / 1000)}`,
    columns: pipeline.featureNamesIn ?? x.names,
    facts: { rows: training.rows, epochs: inside.nIter, stopReason: inside.stopReason },
    warnings: leftOut.map((name) => `The column ${JSON.stringify(name)} is left out: it has too many different words.`),
  }
}

/** The targets as estimators take them. */
export function targetsOf(rows: Table, target: string, task: 'classes' | 'numbers'): unknown {
  return task === 'classes' ? rows.labels(target) : rows.numbers(target)
}
