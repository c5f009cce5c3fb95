import { setImmediate } from 'node:timers/promises'
import { MlpError, TrainingError } from '../base/errors.js'
import type { Inputs } from './inputs.js'
import type { TabularJournal } from './journal.js'
import { LocalTrainer, type NetworkJob, type NetworkTrainer, type Split } from './network-trainer.js'
import type { TabularProgress } from './options.js'
import type { Recipe } from './recipes.js'
import type { Task } from './task.js'
import { type Length, lengthOf, type Trained } from './train.js'

/** Networks to train: each recipe on each split. */
export interface Plans {
  readonly recipes: readonly Recipe[]
  readonly splits: readonly Split[]
  readonly inputs: Inputs
  readonly task: Task
  readonly seed: number
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  readonly deadline: number
  readonly isStopped: () => boolean
  readonly onProgress: ((progress: TabularProgress) => unknown) | undefined
  readonly journal: TabularJournal | undefined
  /** What trains the networks; this process by default. */
  readonly trainer?: NetworkTrainer | undefined
  /** Networks that are handed to the trainer at once; as many as `concurrency`, which time is planned by, by default. */
  readonly atOnce?: number | undefined
}

/** The networks of one recipe, by split; undefined where there was no time, or the loss was not finite. */
export interface Bag {
  readonly recipe: Recipe
  readonly trained: (Trained | undefined)[]
}

/** What training left. */
export interface PortfolioRun {
  readonly bags: readonly Bag[]
  /** Whole epochs of all networks, and the planned ones. */
  readonly epochs: number
  readonly isComplete: boolean
}

/** Networks are planned to end when so much of the time is over; the rest is for what is not foreseen. */
const plannedShare = 0.93
/** A recipe has at least this share of its epochs; otherwise fewer splits, or other recipes, are trained. */
const leastOfFirst = 0.3
const leastOfOthers = 0.5

/** Behind a first recipe that was shortened, others begin where at least this share of the time is left. */
const leastShare = 0.25

/** With fewer epochs than these, epochs are made shorter, so that a whole number of them fits. */
const fewEpochs = 4
/** The share of rows that a single epoch has of those that fit: without a whole epoch there is no model. */
const shareOfOne = 0.85
/** Where there is no time for so many rows, there is no epoch, and so no model. */
export const leastRows = 1000

/** How much of a recipe is done. */
interface Extent extends Length {
  readonly splits: number
  /** Rows to train with. */
  readonly rows: number
}

/**
 * Trains networks, several at once, recipe by recipe. With a time limit the speed of each recipe is measured first, and it gets as
 * many epochs as there is time for; one for which there is too little time is left out.
 */
export async function trainPortfolio(plans: Plans): Promise<PortfolioRun> {
  const run = new Portfolio(plans)
  try {
    await run.all()
    return run.result()
  } catch (error) {
    run.dispose()
    throw error
  }
}

class Portfolio {
  readonly #plans: Plans
  readonly #trainer: NetworkTrainer
  readonly #bags: readonly Bag[]
  /** By recipe; a promise while its speed is measured. */
  readonly #extents: (Promise<Extent> | undefined)[]
  /** Whole epochs of each network, and what each is planned to have. */
  readonly #done: Map<string, number> = new Map()
  readonly #planned: Map<string, number> = new Map()
  /** Epochs that another run did. */
  #resumed = 0
  readonly #begin = performance.now()
  readonly #controller = new AbortController()
  #isComplete = true
  #score: number | undefined
  #failure: { error: unknown } | undefined
  /** The error of a network whose loss was not finite. */
  #diverged: unknown

  constructor(plans: Plans) {
    this.#plans = plans
    this.#trainer = plans.trainer ?? new LocalTrainer(plans.splits, plans.inputs, plans.task)
    this.#bags = plans.recipes.map((recipe) => ({ recipe, trained: plans.splits.map(() => undefined) }))
    this.#extents = plans.recipes.map(() => undefined)
  }

  async all(): Promise<void> {
    const { recipes, splits, concurrency, atOnce = concurrency, signal } = this.#plans
    const abort = () => this.#controller.abort(signal?.reason)
    signal?.addEventListener('abort', abort)
    const jobs = recipes.flatMap((_, r) => splits.map((_, s) => [r, s] as const))
    let next = 0
    const worker = async () => {
      while (next < jobs.length && !this.#controller.signal.aborted) {
        const [r, s] = jobs[next++]!
        try {
          await this.#one(r, s)
        } catch (error) {
          // One recipe may diverge on a table; the others go on.
          if (!(error instanceof TrainingError) || recipes.length * splits.length === 1) {
            this.#failure ??= { error }
            this.#controller.abort(error)
          } else this.#diverged = error
        }
        await setImmediate()
      }
    }
    try {
      signal?.throwIfAborted()
      await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    signal?.throwIfAborted()
    if (this.#failure) throw this.#failure.error
    const isEmpty = this.#bags.every(({ trained }) => trained.every((one) => !one))
    if (isEmpty && this.#diverged) throw this.#diverged
    if (isEmpty) {
      throw new MlpError(
        'No worker of the queue has trained a network before the time limit or stopTraining ended the fit. Start workers: npx perceptra worker',
        'ERR_TIME_LIMIT',
      )
    }
  }

  result(): PortfolioRun {
    const epochs = [...this.#done.values()].reduce((sum, own) => sum + own, 0)
    return { bags: this.#bags, epochs, isComplete: this.#isComplete }
  }

  dispose(): void {
    for (const { trained } of this.#bags) for (const one of trained) one?.network.dispose()
  }

  async #one(r: number, s: number): Promise<void> {
    const { recipes, splits, inputs, task, seed, concurrency, deadline, isStopped, journal } = this.#plans
    const recipe = recipes[r]!
    const isFirst = r === 0 && s === 0
    if (!isFirst && (isStopped() || performance.now() >= deadline)) {
      this.#isComplete = false
      return
    }
    const key = `${r}/${s}`
    const split = splits[s]!
    const sizes = { inputs: inputs.width, outputs: task.outputs, rows: split.heldOut }
    const kept = await journal?.read(key, sizes)
    if (kept) {
      this.#bags[r]!.trained[s] = kept
      this.#done.set(key, kept.epochs)
      this.#planned.set(key, kept.epochs)
      this.#resumed += kept.epochs
      return
    }
    const number = r * splits.length + s
    const job: NetworkJob = {
      ...{ number, recipe, split: s, seed: (seed + 7919 * number) % 2 ** 32 },
      threads: concurrency > 1 ? 1 : undefined,
    }
    this.#extents[r] ??= this.#extentOf(r, job, split)
    const extent = await this.#extents[r]!
    if (s >= extent.splits) {
      this.#isComplete = false
      return
    }
    this.#planned.set(key, extent.epochs)
    const trained = await this.#trainer.train(job, extent.rows, extent, {
      ...{ signal: this.#controller.signal, deadline, isStopped },
      onEpochs: (epochs, loss, score) => this.#tell(key, epochs, loss, score),
    })
    if (!trained) {
      this.#isComplete = false
      return
    }
    const isWhole = extent.rows >= split.rows && trained.epochs === lengthOf(recipe, split.rows).epochs
    if (trained.epochs < extent.epochs) this.#isComplete = false
    // One that the time limit made shorter is trained again.
    else if (isWhole) journal?.add(key, trained)
    this.#bags[r]!.trained[s] = trained
  }

  /** How much of a recipe there is time for, measured on one of its splits. */
  async #extentOf(r: number, job: NetworkJob, split: Split): Promise<Extent> {
    const { recipes, splits, concurrency, deadline, isStopped } = this.#plans
    const { rows, heldOut } = split
    const { size, epochs } = lengthOf(job.recipe, rows)
    const whole = { splits: splits.length, size, epochs, rows: Infinity }
    if (deadline === Infinity) return whole
    // The first recipe on all splits takes the time that there is before others begin. It may take much less than was measured, where
    // other programs left the processor meanwhile.
    const share = (deadline - performance.now()) / (deadline - this.#begin)
    if (r > 0 && splits.length > 1 && share < leastShare && !(await this.#isWhole(0))) return { ...whole, splits: 0 }
    const limits = { deadline, isStopped, signal: this.#controller.signal }
    const rowsPerSecond = await this.#trainer.speed(job, size, limits)
    if (rowsPerSecond === undefined) return { ...whole, splits: 0 }
    // Predicting a row costs a third of training with it.
    const evaluation = heldOut / 3 / rowsPerSecond
    const seconds = rows / rowsPerSecond + evaluation
    // Recipes on one split have the same time.
    const recipesLeft = splits.length === 1 ? Math.ceil((recipes.length - r) / concurrency) : 1
    const left = ((deadline - performance.now()) / 1000 / recipesLeft) * plannedShare
    const rounds = (count: number) => Math.ceil(count / Math.min(concurrency, count))
    /** The epochs of each network for which there is time, if so many splits are trained. The held-out rows are predicted at the end too. */
    const within = (count: number) => (left / rounds(count) - evaluation) / seconds
    const least = epochs * (r === 0 ? leastOfFirst : leastOfOthers)
    let count = splits.length
    if (r === 0) while (count > 1 && within(count) < least) count--
    if (within(count) >= epochs) return { ...whole, splits: count }
    this.#isComplete = false
    if (r > 0 && within(count) < least) return { ...whole, splits: 0 }
    return { ...whole, splits: count, ...epochsWithin(within(count), rows) }
  }

  /** Whether there is time for all of a recipe. */
  async #isWhole(r: number): Promise<boolean> {
    const { recipes, splits } = this.#plans
    // There is none where all of its networks are from a file.
    const extent = await this.#extents[r]
    if (extent === undefined) return true
    return extent.splits === splits.length && extent.epochs === lengthOf(recipes[r]!, splits[0]!.rows).epochs
  }

  async #tell(key: string, epochs: number, loss: number, score: number | undefined): Promise<void> {
    const { onProgress, recipes, splits, deadline } = this.#plans
    this.#done.set(key, epochs)
    if (score !== undefined) this.#score = score
    if (!onProgress) return
    const networks = recipes.length * splits.length
    const sum = (values: Iterable<number>) => [...values].reduce((total, own) => total + own, 0)
    const done = sum(this.#done.values())
    // Networks that have not begun are as long as the others.
    const planned = Math.round((sum(this.#planned.values()) / this.#planned.size) * networks)
    const seconds = (performance.now() - this.#begin) / 1000
    const own = done - this.#resumed
    const eta = own > 0 ? (seconds * (planned - done)) / own : Infinity
    const etaSeconds = Math.max(0, Math.min(eta, (deadline - performance.now()) / 1000))
    await onProgress({ stage: 'training', epoch: done, epochs: planned, etaSeconds, loss, score: this.#score })
  }
}

/** Whole epochs for a time that is enough for so many, and the rows that each of them trains with. */
export function epochsWithin(epochs: number, rows: number): { epochs: number; rows: number } {
  if (epochs >= fewEpochs) return { epochs: Math.floor(epochs), rows }
  const count = Math.max(1, Math.ceil(epochs))
  const share = (epochs / count) * (count === 1 ? shareOfOne : 1)
  return { epochs: count, rows: Math.min(rows, Math.max(leastRows, Math.floor(rows * share))) }
}
