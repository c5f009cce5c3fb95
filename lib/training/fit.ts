import { MlpError } from '../base/errors.js'
import type { History, Logs } from '../base/history.js'
import type { MatrixLike } from '../base/matrix.js'
import type { Progress, TrainedModel } from '../callbacks/types.js'
import type { Core } from '../network/core.js'
import type { TargetsLike } from '../network/targets.js'
import { type BatchSource, isBatchSource } from './batch-source.js'
import { type FitOptions, readStreamOptions, type StreamFitOptions } from './fit-options.js'
import type { Agreement } from './group/agreement.js'
import { agreementOf, cannotBegin } from './group/group-agreement.js'
import { freeRows, type Job, planFit, planStreamFit } from './job.js'
import { Reading } from './reading.js'
import { TrainingRun } from './training-run.js'

/** The events that `train` yields. */
export type TrainEvent =
  | { type: 'epochBegin'; epoch: number }
  | ({ type: 'progress' } & Progress)
  | { type: 'epochEnd'; epoch: number; logs: Logs }

/** The events of a run; it returns the history. */
export type TrainEvents = AsyncGenerator<TrainEvent, History, void>

/**
 * Checks the arguments of `fit` or `train` and begins to read the data, at once; trains when the first event is read.
 * @param model the model that callbacks see.
 * @param observed whether the caller reads the events, and not the history alone.
 * @throws ArgumentError for wrong data or options; MlpError ERR_NOT_COMPILED, ERR_BUSY, ERR_DISPOSED.
 */
export function startTraining(
  core: Core,
  model: TrainedModel,
  observed: boolean,
  x: MatrixLike | BatchSource,
  y: TargetsLike | StreamFitOptions | undefined,
  options: FitOptions | undefined,
): TrainEvents {
  const closing = new AbortController()
  const reading = read(core, x, y, options, closing.signal)
  if (!(reading instanceof Reading)) return reading
  const events = runTraining(core, reading, model, observed, closing.signal)
  const next = events.next.bind(events)
  const close = events.return.bind(events)
  let began = false
  events.next = () => {
    began = true
    return next()
  }
  events.return = (value) => {
    // A pending next() ends with the current slice.
    closing.abort()
    // The `finally` of a generator does not run when it is closed before its first event.
    if (!began) {
      reading.free()
      void cannotBegin(reading.plan.agreement, new MlpError('It was closed before it began.', 'ERR_CLOSED'))
    }
    return close(value)
  }
  return events
}

/** Plans a run and begins to read its rows. If that fails with a group, the events throw when the other ranks know. */
function read(
  core: Core,
  x: MatrixLike | BatchSource,
  y: TargetsLike | StreamFitOptions | undefined,
  options: FitOptions | undefined,
  closing: AbortSignal,
): Reading | TrainEvents {
  const ofStream = isBatchSource(x) ? readStreamOptions(y, options) : undefined
  const agreement = agreementOf((ofStream ?? options)?.group)
  try {
    const plan = ofStream
      ? planStreamFit(core, x as BatchSource, ofStream, agreement)
      : planFit(core, x as MatrixLike, y as TargetsLike, options ?? {}, agreement)
    return new Reading(plan, closing)
  } catch (error) {
    if (agreement.isAlone) throw error
    return failTogether(agreement, error)
  }
}

// biome-ignore lint/correctness/useYield: it throws in place of its first event.
async function* failTogether(agreement: Agreement, error: unknown): TrainEvents {
  await cannotBegin(agreement, error)
  throw error
}

/** Trains to the end. */
export async function finishTraining(events: TrainEvents): Promise<History> {
  for (;;) {
    const { done, value } = await events.next()
    if (done) return value
  }
}

/** A run; if it cannot begin, the model is free again. */
async function begin(core: Core, job: Job, observed: boolean, closing: AbortSignal, startTime: number) {
  try {
    return new TrainingRun(core, job, observed, closing, startTime)
  } catch (error) {
    core.endRun()
    freeRows(job)
    await cannotBegin(job.agreement, error, job.signal)
    throw error
  }
}

/**
 * The loop over epochs: native slices, with everything else between them, while the model is at rest. Closing the
 * generator at any point ends the run, calls onTrainEnd and frees the data. If nothing observes single epochs (neither
 * `observed`, nor callbacks, nor validation), a slice spans many of them: an epoch of a small data set takes less time
 * than a call.
 */
async function* runTraining(
  core: Core,
  reading: Reading,
  model: TrainedModel,
  observed: boolean,
  closing: AbortSignal,
): TrainEvents {
  const startTime = performance.now()
  const job = await reserve(core, reading, startTime)
  const run = await begin(core, job, observed, closing, startTime)
  let isWhole = false
  try {
    job.signal?.throwIfAborted()
    await run.begin()
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
      await run.callEpochEnd(logs)
      yield { type: 'epochEnd', epoch: run.epoch, logs }
      await run.endEarly()
    }
    isWhole = true
    run.finish()
    run.throwIfAborted()
  } catch (error) {
    run.failed = true
    await run.leave({ error })
    throw error
  } finally {
    if (!isWhole && !run.failed) await run.leave()
    await run.end()
  }
  return run.history
}

/**
 * Keeps the model for the run, and waits for its rows.
 * @throws ArgumentError for wrong data, the signal's reason; MlpError ERR_BUSY, ERR_DISPOSED.
 */
async function reserve(core: Core, reading: Reading, startTime: number): Promise<Job> {
  const { signal, compiled, timeLimit } = reading.plan
  let reserved = false
  try {
    signal?.throwIfAborted()
    core.reserve(compiled)
    reserved = true
    const job = await reading.finish(startTime + timeLimit * 1000)
    core.checkAlive()
    return job
  } catch (error) {
    if (reserved) core.endRun()
    reading.free()
    await cannotBegin(reading.plan.agreement, error, signal)
    throw error
  }
}
