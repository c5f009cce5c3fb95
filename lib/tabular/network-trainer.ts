import type { Inputs } from './inputs.js'
import type { Recipe } from './recipes.js'
import { rowsToMeasure, speedOf } from './speed.js'
import type { EncodedRows, Task } from './task.js'
import { type Length, type Limits, type Trained, trainNetwork } from './train.js'

/** Rows to train with and rows that are held out. */
export interface Split {
  /** The numbers of both. */
  readonly rows: number
  readonly heldOut: number
  /** The rows, made when a network needs them; of those to train with at most so many. */
  readonly training: (most?: number) => EncodedRows | Promise<EncodedRows>
  readonly validation: () => EncodedRows | Promise<EncodedRows>
}

/** A network to train: a recipe on a split. */
export interface NetworkJob {
  /** Counted from 0 over the networks of a fit. */
  readonly number: number
  readonly recipe: Recipe
  readonly split: number
  readonly seed: number
  /** As many as there are cores, if undefined. */
  readonly threads: number | undefined
}

/** What trains networks: this process, or workers. */
export interface NetworkTrainer {
  /** Trains a network with at most so many rows; undefined where no worker did it in time. */
  train(job: NetworkJob, rows: number, length: Length, limits: Limits): Promise<Trained | undefined>
  /** The rows that are trained with in a second; undefined where no worker measured it in time. */
  speed(job: NetworkJob, batchSize: number, limits: Omit<Limits, 'onEpochs'>): Promise<number | undefined>
}

/** Trains networks here. */
export class LocalTrainer implements NetworkTrainer {
  readonly #splits: readonly Split[]
  readonly #inputs: Inputs
  readonly #task: Task

  constructor(splits: readonly Split[], inputs: Inputs, task: Task) {
    this.#splits = splits
    this.#inputs = inputs
    this.#task = task
  }

  async train(
    { split, number: _, ...job }: NetworkJob,
    rows: number,
    length: Length,
    limits: Limits,
  ): Promise<Trained> {
    const from = this.#splits[split]!
    const data = { training: await from.training(Math.min(rows, from.rows)), validation: await from.validation() }
    return trainNetwork({ ...job, ...data, inputs: this.#inputs, task: this.#task }, length, limits)
  }

  async speed(
    { split, number: _, ...job }: NetworkJob,
    batchSize: number,
    limits: Pick<Limits, 'deadline' | 'signal'>,
  ) {
    const training = await this.#splits[split]!.training(rowsToMeasure(batchSize))
    return speedOf({ ...job, training, inputs: this.#inputs, task: this.#task }, batchSize, limits)
  }
}
