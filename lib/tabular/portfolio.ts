import { setImmediate } from 'node:timers/promises'
import { MlpError, TrainingError } from '../base/errors.js'
import type { Inputs } from './inputs.js'
import type { TabularJournal } from './journal.js'
import { keyOf, NetworkOrder, type OrderOptions, type Place } from './network-order.js'
import { LocalTrainer, type NetworkTrainer } from './network-trainer.js'
import type { TabularProgress } from './options.js'
import type { Recipe } from './recipes.js'
import type { Task } from './task.js'
import { type Limits, lengthOf, type Trained } from './train.js'

/** Networks to train: each recipe on each split. */
export interface Plans extends OrderOptions {
  readonly inputs: Inputs
  readonly task: Task
  readonly signal: AbortSignal | undefined
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

/**
 * Trains networks, several at once, in the order of NetworkOrder. With a time limit each gets as many epochs as there is time for, and some
 * are left out.
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
  readonly #order: NetworkOrder
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
    const isTrained = (r: number, s: number) => this.#bags[r]!.trained[s] !== undefined
    this.#order = new NetworkOrder(plans, this.#trainer, isTrained, this.#controller.signal)
  }

  async all(): Promise<void> {
    const { recipes, splits, concurrency, atOnce = concurrency, signal } = this.#plans
    const abort = () => this.#controller.abort(signal?.reason)
    signal?.addEventListener('abort', abort)
    const count = recipes.length * splits.length
    const places = this.#order.places()
    const worker = async () => {
      while (!this.#controller.signal.aborted) {
        try {
          const { value: place } = await places.next()
          if (!place) return
          await this.#one(place)
        } catch (error) {
          // One recipe may diverge on a table; the others go on.
          if (!(error instanceof TrainingError) || count === 1) {
            this.#failure ??= { error }
            this.#controller.abort(error)
          } else this.#diverged = error
        }
        await setImmediate()
      }
    }
    try {
      signal?.throwIfAborted()
      await this.#resume()
      await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker))
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
    return { bags: this.#bags, epochs, isComplete: this.#isComplete && this.#order.isComplete }
  }

  dispose(): void {
    for (const { trained } of this.#bags) for (const one of trained) one?.network.dispose()
  }

  /** Reads what another run trained. */
  async #resume(): Promise<void> {
    const { recipes, splits, inputs, task, journal } = this.#plans
    for (const r of recipes.keys()) {
      for (const [s, { heldOut }] of splits.entries()) {
        const key = keyOf(r, s)
        const kept = await journal?.read(key, { inputs: inputs.width, outputs: task.outputs, rows: heldOut })
        if (!kept) continue
        this.#bags[r]!.trained[s] = kept
        this.#done.set(key, kept.epochs)
        this.#planned.set(key, kept.epochs)
        this.#resumed += kept.epochs
      }
    }
  }

  async #one(place: Place): Promise<void> {
    const { splits, deadline, isStopped, journal } = this.#plans
    const { key, job, recipe, length, rows } = place
    this.#planned.set(key, length.epochs)
    const limits: Limits = {
      ...{ signal: this.#controller.signal, deadline, isStopped },
      onEpochs: (epochs, loss, score) => this.#tell(key, epochs, loss, score),
    }
    const trained = await this.#order.run(place, () => this.#trainer.train(job, rows, length, limits))
    if (!trained || trained.epochs < length.epochs) this.#isComplete = false
    if (!trained) return
    const split = splits[job.split]!
    // One that the time limit made shorter is trained again.
    if (rows >= split.rows && trained.epochs === lengthOf(job.recipe, split.rows).epochs) journal?.add(key, trained)
    this.#bags[recipe]!.trained[job.split] = trained
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
