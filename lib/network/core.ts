import { ArgumentError, MlpError, type MlpErrorCode } from '../base/errors.js'
import { checkFinite, type NumberTable } from '../base/matrix.js'
import { native } from '../native/addon.js'
import type { NativeDataset, NativeEpoch, NativeModel, NativeTensor } from '../native/model.js'
import { type CompileSpec, toNativeCompile } from '../spec/compile.js'
import { inputsOf, type ModelSpec, outputsOf, toNativeSpec } from '../spec/model.js'
import { learningRateOf } from '../spec/optimizer.js'
import type { LearningRate } from '../spec/rate.js'
import { BoundRow } from './bound-row.js'
import type { Targets } from './targets.js'

/** What `predictSync` reads a single row's weights from. */
export type RowWeights = 'float32' | 'float16'
export const rowWeightKinds: readonly RowWeights[] = ['float32', 'float16']

const codes: readonly MlpErrorCode[] = ['ERR_BUSY', 'ERR_DISPOSED', 'ERR_NOT_COMPILED', 'ERR_NATIVE']

/**
 * A model's native part and what is under way on it. Training owns it from slice to slice; between two slices it is at
 * rest, and others may read and write it.
 */
export class Core {
  readonly spec: ModelSpec
  readonly inputs: number
  readonly outputs: number
  readonly tensors: readonly NativeTensor[]
  readonly native: NativeModel
  readonly row: BoundRow
  /** Inputs are numbers of rows of an embedding. */
  readonly readsIndices: boolean
  compiled: CompileSpec | undefined
  /** As compiled or as set since; none with lbfgs. */
  learningRate: LearningRate | undefined
  /** Optimizer steps since `compile`. */
  steps = 0
  /** Epochs that were ever started: which shuffle comes next. */
  epochs = 0
  /** Set by the user to end training after the epoch. */
  stopTraining = false
  #rowWeights: RowWeights = 'float32'
  disposed = false
  #running = false
  #slice = false
  readonly #evaluations = new Set<Promise<unknown>>()

  constructor(spec: ModelSpec) {
    this.spec = spec
    this.inputs = inputsOf(spec)
    this.outputs = outputsOf(spec)
    this.native = callNative(() => new native.Model(toNativeSpec(spec)))
    this.tensors = this.native.tensors()
    this.readsIndices = spec.layers[0]!.type === 'embedding'
    this.row = new BoundRow(this.native, this.inputs, this.outputs)
  }

  /** @throws MlpError ERR_DISPOSED. */
  checkAlive(): void {
    if (this.disposed) throw new MlpError('The model was disposed: make or load another one.', 'ERR_DISPOSED')
  }

  get rowWeights(): RowWeights {
    return this.#rowWeights
  }

  set rowWeights(kind: RowWeights) {
    this.checkAlive()
    callNative(() => this.native.keepHalves(kind === 'float16'))
    this.#rowWeights = kind
  }

  /** @throws MlpError ERR_BUSY while a slice of training or validation is in flight. */
  checkAtRest(what: string): void {
    this.checkAlive()
    if (!this.#slice) return
    throw new MlpError(
      `Could not ${what}: the model is being trained. Await fit first, or do it in one of its callbacks.`,
      'ERR_BUSY',
    )
  }

  /** @throws MlpError ERR_NOT_COMPILED. */
  checkCompiled(what: string): CompileSpec {
    this.checkAlive()
    if (this.compiled) return this.compiled
    throw new MlpError(`Could not ${what}: call compile({ optimizer, loss }) first.`, 'ERR_NOT_COMPILED')
  }

  /** @throws MlpError ERR_BUSY while a slice or an evaluation reads the weights. */
  checkUnread(what: string): void {
    this.checkAtRest(what)
    if (this.#evaluations.size === 0) return
    throw new MlpError(`Could not ${what}: the model is being evaluated. Await that first.`, 'ERR_BUSY')
  }

  compile(spec: CompileSpec): void {
    this.checkNotTraining('compile')
    this.checkUnread('compile')
    callNative(() => this.native.compile(toNativeCompile(spec)))
    this.compiled = spec
    this.learningRate = learningRateOf(spec.optimizer)
    this.steps = 0
  }

  /** @throws MlpError ERR_BUSY while a fit is under way, be it in one of its callbacks. */
  checkNotTraining(what: string): void {
    this.checkAlive()
    if (!this.#running) return
    throw new MlpError(`Could not ${what}: the model is being trained. Await the fit under way first.`, 'ERR_BUSY')
  }

  /** Begins a run of training, of which there is one at a time. */
  beginRun(compiled: CompileSpec): void {
    this.checkNotTraining('fit')
    if (this.compiled !== compiled) {
      throw new MlpError('Could not train: compile was called after train. Call train again.', 'ERR_BUSY')
    }
    callNative(() => this.native.beginRun())
    this.#running = true
    this.stopTraining = false
  }

  /**
   * Shuffles for the next epoch, or for a further part of it, each in a way of its own; returns how many steps that has.
   * @param part counted from 0.
   */
  beginEpoch(data: NativeDataset, options: Omit<NativeEpoch, 'epoch'>, part = 0): number {
    this.checkAlive()
    const count = part === 0 ? this.epochs : this.epochs - 1
    // Parts are far from each other, and from the epochs to come: an odd number times all others meets each once.
    const epoch = (count + Math.imul(part, 0x9e3779b1)) >>> 0
    const { steps } = callNative(() => this.native.beginEpoch(data, { ...options, epoch }))
    this.epochs = count + 1
    return steps
  }

  /** Asks the native part for its count of steps, which falls back when a blow-up was undone. */
  readSteps(): void {
    this.steps = this.native.getOptimizerState().steps
  }

  /** At rest, after a run's last step: leaves the weights that it was for, such as the average of all. */
  settle(): void {
    if (!this.disposed) callNative(() => this.native.endRun())
  }

  endRun(): void {
    this.#running = false
  }

  /**
   * Runs one slice of training or validation, once evaluations that others have under way are done.
   * @throws MlpError ERR_DISPOSED when the model was disposed meanwhile.
   */
  async slice<T>(work: () => Promise<T>): Promise<T> {
    await this.rest()
    this.checkAlive()
    this.#slice = true
    let result: T
    try {
      result = await work()
    } catch (error) {
      throw fromNative(error)
    } finally {
      this.#slice = false
      if (this.disposed) this.native.dispose()
    }
    this.checkAlive()
    return result
  }

  /** Waits for the evaluations that are under way. */
  async rest(): Promise<void> {
    while (this.#evaluations.size > 0) await Promise.allSettled(this.#evaluations)
  }

  /** Runs an evaluation at rest; training waits for it before its next slice. */
  async evaluation<T>(work: () => Promise<T>): Promise<T> {
    this.checkAtRest('evaluate')
    const result = work()
    this.#evaluations.add(result)
    try {
      return await result
    } catch (error) {
      throw fromNative(error)
    } finally {
      this.#evaluations.delete(result)
    }
  }

  /** In the middle of a slice the memory goes at its end. */
  dispose(): void {
    this.disposed = true
    if (!this.#slice) this.native.dispose()
  }
}

/**
 * A native data set: a copy of the rows.
 * @param whole the table that `table` is a part of, called `name`, for messages.
 * @throws ArgumentError that names the row and column of a number that is not finite.
 */
export function makeDataset(
  table: NumberTable,
  targets: Targets | null,
  name: string,
  whole: NumberTable = table,
  weights: Float32Array | null = null,
): NativeDataset {
  try {
    return new native.Dataset(table.data, table.columns, targets?.data ?? null, targets?.columns ?? 0, weights)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_NOT_FINITE') checkFinite(whole, name)
    throw fromNative(error)
  }
}

/** Calls the native part, turning its errors into ours. */
export function callNative<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

/** The native part's errors as ours; others as they are. */
export function fromNative(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MlpError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_ARGUMENT') return new ArgumentError(error.message, { cause: error })
  const known = codes.find((each) => each === code)
  return known ? new MlpError(error.message, known, { cause: error }) : error
}
