// A model that is trained again each night, and takes the place of the serving one if it is better on rows that neither has seen.
import { Queue, Worker } from 'bullmq'
import { MlpError, TabularClassifier } from 'perceptra'
import type { ModelServer } from 'perceptra/serving'

/** What a night of training needs to know. */
export interface Retraining {
  /** The server, and the name under which it serves the model. */
  readonly models: ModelServer
  readonly name: string
  /** The file of the serving model, which is replaced as a whole, so that a restart serves the newest. */
  readonly file: string
  /** The column to predict. */
  readonly target: string
  /** All rows that there are by now, in the order of time. */
  readonly readRows: () => Promise<readonly object[]>
  /** The share of the newest rows that neither model is trained with. */
  readonly heldOut?: number
  /** How much better the area under the ROC curve must be, so that chance alone swaps nothing. */
  readonly leastGain?: number
  readonly timeLimit?: number
  readonly seed?: number
}

/** What one training came to. */
export interface Outcome {
  readonly rows: number
  readonly heldOut: number
  /** The score of the serving model on the held-out rows; null where it could not read them. */
  readonly serving: number | null
  readonly trained: number
  readonly swapped: boolean
  /** The version that serves now, if it is a new one. */
  readonly version: string | null
}

/** Trains a model, compares it with the serving one, and swaps if it is better. */
export async function retrain(options: Retraining, signal?: AbortSignal): Promise<Outcome> {
  const { models, name, file, target, readRows, heldOut = 0.2, leastGain = 0.002, timeLimit = 600, seed } = options
  const rows = await readRows()
  const count = Math.round(rows.length * heldOut)
  // The newest rows are those that the model will meet. The serving model has not seen them either, if it is a day old.
  const [older, newest] = [rows.slice(0, -count), rows.slice(-count)]
  const candidate = new TabularClassifier({ preset: 'balanced', seed })
  await candidate.fit(older, { target: target as never, metric: 'auc', timeLimit, signal })
  const trained = (await candidate.evaluate(newest as never, { signal })).auc
  const serving = await scoreOf(file, newest, signal)
  const isBetter = serving === null || trained >= serving + leastGain
  if (isBetter) await candidate.save(file)
  const version = isBetter ? await models.swap(name, candidate) : null
  return { rows: older.length, heldOut: count, serving, trained, swapped: isBetter, version }
}

/** The score of the model that serves; null where the rows have other columns or labels than it knows. */
async function scoreOf(file: string, rows: readonly object[], signal?: AbortSignal): Promise<number | null> {
  const serving = await TabularClassifier.load(file)
  try {
    return (await serving.evaluate(rows as never, { signal })).auc
  } catch (error) {
    if (error instanceof MlpError && error.code === 'ERR_ARGUMENT') return null
    throw error
  }
}

/** Where the jobs are, and when. */
export interface Schedule {
  readonly connection: { readonly url: string }
  /** A queue of its own: not the one of `perceptra worker`. */
  readonly queue?: string
  /** A pattern of cron: at three each night by default. */
  readonly pattern?: string
  readonly timeZone?: string
  /** Called when a training is done, or has failed for good or for now. */
  readonly onOutcome?: (outcome: Outcome | Error) => void
}

/** A service that is running. */
export interface Service {
  /** Trains now, beside the schedule. */
  retrainNow(): Promise<void>
  close(): Promise<void>
}

/** Trains each night, in the process of the server. Redis keeps the schedule, so that several servers train once in all. */
export async function startRetraining(options: Retraining, schedule: Schedule): Promise<Service> {
  const { connection, queue: queueName = 'retraining', pattern = '0 3 * * *', timeZone, onOutcome } = schedule
  const queue = new Queue(queueName, { connection })
  const job = {
    name: 'retrain',
    // A night without rows, or with a full disk, is tried again.
    opts: { attempts: 3, backoff: { type: 'exponential', delay: 60_000 }, removeOnComplete: 100, removeOnFail: 100 },
  }
  const ending = new AbortController()
  const worker = new Worker<unknown, Outcome>(queueName, () => retrain(options, ending.signal), {
    connection,
    concurrency: 1,
    // The event loop never stands still for long while a model trains, so a lock that ran out means a process that died.
    lockDuration: 60_000,
  })
  worker.on('completed', (_, outcome) => onOutcome?.(outcome))
  worker.on('failed', (_, error) => onOutcome?.(error))
  const report = (error: Error) => console.error('retraining:', error.message)
  queue.on('error', report)
  worker.on('error', report)
  await queue.upsertJobScheduler('nightly', { pattern, ...(timeZone && { tz: timeZone }) }, job)
  return {
    async retrainNow() {
      await queue.add(job.name, {}, job.opts)
    },
    async close() {
      // Training ends early and fails; BullMQ tries it again on another server.
      ending.abort(new Error('the server ends'))
      await worker.close()
      await queue.close()
    },
  }
}
