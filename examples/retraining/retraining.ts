// A model that is trained again each night, and takes the place of the serving one if it is better on rows newer than those that
// either was trained with.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Queue, Worker } from 'bullmq'
import { MlpError, TabularClassifier } from 'perceptra'
import type { ModelServer } from 'perceptra/serving'

/** What a night of training needs to know. */
export interface Retraining {
  /** The server, and the name under which it serves the model. */
  readonly models: ModelServer
  readonly name: string
  /** The file of the serving model; beside it is a record of the rows that it was trained with. */
  readonly file: string
  /** The column to predict. */
  readonly target: string
  /** All rows that there are by now. */
  readonly readRows: () => Promise<readonly object[]>
  /** When a row was seen, as a number that grows, such as milliseconds. */
  readonly timeOf: (row: object) => number
  /** The share of the newest rows that the candidate is not trained with. */
  readonly heldOut?: number
  /** Fewer rows than these, or rows of one class alone, compare nothing. */
  readonly leastHeldOut?: number
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

const recordOf = (file: string) => `${file}.training.json`

/** Keeps the time of the newest row that the model of a file was trained with. Call it for the first model too. */
export async function recordTraining(file: string, until: number): Promise<void> {
  await writeFile(`${recordOf(file)}.new`, JSON.stringify({ until }))
  await rename(`${recordOf(file)}.new`, recordOf(file))
}

/** Trains a model, compares it with the serving one, and swaps if it is better. */
export async function retrain(options: Retraining, signal?: AbortSignal): Promise<Outcome> {
  const { models, name, file, target, leastGain = 0.002, timeLimit = 600, seed } = options
  const { until: known } = JSON.parse(await readFile(recordOf(file), 'utf8')) as { until: number }
  const { older, newest, until } = divide(await options.readRows(), known, options)
  const candidate = new TabularClassifier({ preset: 'balanced', seed })
  await candidate.fit(older, { target: target as never, metric: 'auc', timeLimit, signal })
  const trained = (await candidate.evaluate(newest as never, { signal })).auc
  const serving = await scoreOf(file, newest, signal)
  const isBetter = serving === null || trained >= serving + leastGain
  let version: string | null = null
  if (isBetter) {
    // In this order a step that fails leaves a record that is too new at most, and the next try compares and swaps again.
    version = await models.swap(name, candidate)
    await recordTraining(file, Math.max(until, known))
    await candidate.save(file)
  }
  return { rows: older.length, heldOut: newest.length, serving, trained, swapped: isBetter, version }
}

/** Rows to train with, and newer ones that neither model was trained with. */
function divide(
  rows: readonly object[],
  known: number,
  { target, timeOf, heldOut = 0.2, leastHeldOut = 50 }: Retraining,
): { older: readonly object[]; newest: readonly object[]; until: number } {
  const times = rows.map(timeOf)
  const sorted = Float64Array.from(times).sort()
  const until = Math.max(known, sorted[Math.floor((1 - heldOut) * (rows.length - 1))] ?? known)
  const older = rows.filter((_, i) => times[i]! <= until)
  const newest = rows.filter((_, i) => times[i]! > until)
  for (const [part, least] of [
    [older, 1],
    [newest, leastHeldOut],
  ] as const) {
    const classes = new Set(part.map((row) => (row as Record<string, unknown>)[target]))
    if (part.length >= least && classes.size > 1) continue
    const which = part === newest ? `rows newer than ${until}, which neither model was trained with,` : 'older rows'
    throw new Error(`Expected at least ${least} ${which} with two classes of ${target}, but got ${part.length}.`)
  }
  return { older, newest, until }
}

/** The score of the model of the file; null where the file is damaged, or the rows have other columns or labels than it knows. */
async function scoreOf(file: string, rows: readonly object[], signal?: AbortSignal): Promise<number | null> {
  try {
    const serving = await TabularClassifier.load(file)
    return (await serving.evaluate(rows as never, { signal })).auc
  } catch (error) {
    const isUnreadable = error instanceof MlpError && (error.code === 'ERR_ARGUMENT' || error.code === 'ERR_FORMAT')
    if (isUnreadable) return null
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
