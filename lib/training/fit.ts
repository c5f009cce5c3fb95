import type { History, Logs } from '../base/history.js'
import type { Progress, TrainedModel } from '../callbacks/types.js'
import type { Core } from '../network/core.js'
import type { Job } from './fit-options.js'
import { TrainingRun } from './training-run.js'

/** What `train` yields. */
export type TrainEvent =
  | { type: 'epochBegin'; epoch: number }
  | ({ type: 'progress' } & Progress)
  | { type: 'epochEnd'; epoch: number; logs: Logs }

/**
 * The epoch loop: native slices, and between them, with the model at rest, everything else. Leaving it in any way ends
 * the run, calls onTrainEnd and frees the data. Where nobody looks at each epoch (events are not `watched`, and there is
 * neither a callback for it nor validation) a slice goes through many: of a small data set an epoch is shorter than a call.
 */
export async function* runTraining(
  core: Core,
  job: Job,
  model: TrainedModel,
  watched: boolean,
): AsyncGenerator<TrainEvent, History, void> {
  const run = new TrainingRun(core, job, watched)
  try {
    core.beginRun(job.compiled)
    run.began = true
    await run.call('onTrainBegin', run.describe(model))
    for (let epoch = job.initialEpoch; epoch < job.epochs; epoch = run.epoch + 1) {
      if (run.mustStop()) break
      await run.call('onEpochBegin', epoch)
      yield { type: 'epochBegin', epoch }
      if (run.mustStop()) break
      await run.beginEpoch(epoch)
      while (!run.epochDone && !run.mustStop()) {
        if (!(await run.train())) continue
        if (run.blewUp) break
        const progress = run.progress()
        await run.call('onProgress', progress)
        yield { type: 'progress', ...progress }
      }
      const logs = await run.endEpoch()
      if (!logs) break
      await run.call('onEpochEnd', run.epoch, logs)
      yield { type: 'epochEnd', epoch: run.epoch, logs }
      if (run.epoch + 1 < job.epochs && (core.stopTraining || run.stopReason === 'converged')) run.stop(run.stopReason)
    }
  } catch (error) {
    run.failed = true
    throw error
  } finally {
    await run.end()
  }
  return run.history
}
