import { runSoon, type Work } from '../base/breathing.js'
import { MlpError } from '../base/errors.js'
import { native } from '../native/addon.js'
import type { NativeGroupRun } from '../native/group.js'
import type { NativeDataset, NativeEpoch, NativeModel, NativeTensor } from '../native/model.js'
import { type CompileSpec, type Precision, toNativeCompile } from '../spec/compile.js'
import { inputsOf, type ModelSpec, membersOf, outputsOf, toNativeSpec } from '../spec/model.js'
import { learningRateOf } from '../spec/optimizer.js'
import type { LearningRate } from '../spec/rate.js'
import { BoundRow } from './bound-row.js'
import { hasCodes } from './codes.js'
import { sliceMs } from './slice-ms.js'

/** Weights of a network that is not read, or made, at once. */
const largeNetwork = 1 << 20

/** The numbers in which `predictSync` reads the weights of wide layers, for up to 16 rows. */
export type RowWeights = 'float32' | 'float16' | 'bfloat16' | 'int8'
export const rowWeightKinds: readonly RowWeights[] = ['float32', 'float16', 'bfloat16', 'int8']

/**
 * A native model, with the state of operations on it. During a slice of training the model is busy. Between two slices
 * it is at rest, and callers may read and write it.
 */
export class Core {
  readonly spec: ModelSpec
  readonly inputs: number
  readonly outputs: number
  readonly members: number
  readonly tensors: readonly NativeTensor[]
  readonly native: NativeModel
  readonly row: BoundRow
  /** Whether the inputs are indices of an embedding. */
  readonly readsIndices: boolean
  compiled: CompileSpec | undefined
  /** The rate of `compile` or of the last assignment; undefined with lbfgs. */
  learningRate: LearningRate | undefined
  /** Of products, since `compile`. */
  precision: Precision = 'float32'
  /** Optimizer steps since `compile`. */
  steps = 0
  /** The number of epochs ever begun. It determines the next shuffle. */
  epochs = 0
  /** Whether training ends after the current epoch. */
  stopTraining = false
  #rowWeights: RowWeights = 'float32'
  disposed = false
  #running = false
  #inSlice = false
  readonly #evaluations = new Set<Promise<unknown>>()

  constructor(spec: ModelSpec) {
    this.spec = spec
    this.inputs = inputsOf(spec)
    this.outputs = outputsOf(spec)
    this.members = membersOf(spec)
    this.native = new (native().Model)(toNativeSpec(spec))
    this.tensors = this.native.tensors()
    this.readsIndices = hasCodes(spec)
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
    this.native.roundWeights(kind)
    this.#rowWeights = kind
  }

  /** @throws MlpError ERR_BUSY during a slice of training or validation. */
  checkAtRest(action: string): void {
    this.checkAlive()
    if (!this.#inSlice) return
    throw new MlpError(
      `Could not ${action}: the model is being trained. Await fit first, or do it in one of its callbacks.`,
      'ERR_BUSY',
    )
  }

  /** @throws MlpError ERR_NOT_COMPILED. */
  checkCompiled(action: string): CompileSpec {
    this.checkAlive()
    if (this.compiled) return this.compiled
    throw new MlpError(`Could not ${action}: call compile({ optimizer, loss }) first.`, 'ERR_NOT_COMPILED')
  }

  /** @throws MlpError ERR_BUSY while a slice or an evaluation reads the weights. */
  checkIdle(action: string): void {
    this.checkAtRest(action)
    if (this.#evaluations.size === 0) return
    throw new MlpError(`Could not ${action}: the model is being evaluated or saved. Await that first.`, 'ERR_BUSY')
  }

  /** @param anywhere whether 'bfloat16' does without on a machine that cannot. */
  compile(spec: CompileSpec, anywhere = false): void {
    this.checkNotTraining('compile')
    this.checkIdle('compile')
    this.precision = this.native.compile(toNativeCompile(spec, anywhere))
    this.compiled = spec
    this.learningRate = learningRateOf(spec.optimizer)
    this.steps = 0
  }

  /** @throws MlpError ERR_BUSY during a fit, including its callbacks. */
  checkNotTraining(action: string): void {
    this.checkAlive()
    if (!this.#running) return
    throw new MlpError(`Could not ${action}: the model is being trained. Await the running fit first.`, 'ERR_BUSY')
  }

  /**
   * Keeps the model for a run of training, whose data may still have to be read.
   * @throws MlpError ERR_BUSY during another run, or if the model was compiled again since `compiled`.
   */
  reserve(compiled: CompileSpec): void {
    this.checkNotTraining('fit')
    if (this.compiled !== compiled) {
      throw new MlpError('Could not train: compile was called after train. Call train again.', 'ERR_BUSY')
    }
    this.#running = true
    this.stopTraining = false
  }

  /** Begins the run that the model is kept for. */
  beginRun(group?: NativeGroupRun): void {
    this.native.beginRun(group)
  }

  /** As compile does, within a run. At rest. */
  resetOptimizer(): void {
    this.native.compile(toNativeCompile(this.compiled!, true))
    this.steps = 0
  }

  /**
   * Shuffles the rows of the next epoch, or of a further part of it. Every part has a shuffle of its own.
   * @param part counted from 0.
   * @returns the number of steps of the part.
   */
  beginEpoch(data: NativeDataset, options: Omit<NativeEpoch, 'epoch'>, part = 0): number {
    this.checkAlive()
    const count = part === 0 ? this.epochs : this.epochs - 1
    // Multiplication by an odd number is a bijection of 32-bit integers; this one spreads parts away from later epochs.
    const epoch = (count + Math.imul(part, 0x9e3779b1)) >>> 0
    const { steps } = this.native.beginEpoch(data, { ...options, epoch })
    this.epochs = count + 1
    return steps
  }

  /** Reads the native count of steps, which decreases when steps are undone after an overflow. */
  readSteps(): void {
    this.steps = this.native.getOptimizerState(0, 0).steps
  }

  /** Installs the run's final weights, e.g. the moving average. At rest, after the last step. */
  settle(): void {
    if (!this.disposed) this.native.endRun()
  }

  endRun(): void {
    this.#running = false
  }

  /**
   * Runs one slice of training or validation, after pending evaluations.
   * @throws MlpError ERR_DISPOSED when the model was disposed before or during the slice.
   */
  async slice<T>(work: () => Promise<T>): Promise<T> {
    await this.waitForEvaluations()
    this.checkAlive()
    this.#inSlice = true
    let result: T
    try {
      result = await work()
    } finally {
      this.#inSlice = false
      if (this.disposed) this.native.dispose()
    }
    this.checkAlive()
    return result
  }

  /** Waits for pending evaluations. */
  async waitForEvaluations(): Promise<void> {
    while (this.#evaluations.size > 0) await Promise.allSettled(this.#evaluations)
  }

  /**
   * Runs work that reads the model: short work at once; for long work, changes of the model wait as for an evaluation. Work that
   * begins during a slice of training must read one moment's state by itself.
   */
  async reading<R>(work: Work<R>): Promise<R> {
    this.checkAlive()
    const run = () => runSoon(work, { check: () => this.checkAlive() })
    if (this.#inSlice) return run()
    if (this.tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0) > largeNetwork) {
      return this.evaluation(() => this.#makeWeights().then(run))
    }
    const result = run()
    return result instanceof Promise ? this.evaluation(() => result) : result
  }

  /** Makes the initial weights on a compute thread, as a first prediction does: those of a large network take seconds. */
  async #makeWeights(): Promise<void> {
    const row = new (native().Dataset)(new Float32Array(this.inputs), this.inputs, null, 0)
    const snapshot = new (native().Snapshot)()
    try {
      await this.native.predict(row, 0, new Float32Array(this.outputs), sliceMs, snapshot)
    } finally {
      row.dispose()
      snapshot.dispose()
    }
  }

  /** Runs an evaluation. Training waits for it before the next slice. */
  async evaluation<T>(work: () => Promise<T>): Promise<T> {
    this.checkAtRest('evaluate')
    const result = work()
    this.#evaluations.add(result)
    try {
      return await result
    } finally {
      this.#evaluations.delete(result)
    }
  }

  /** Frees the memory: at once, or at the end of the current slice. */
  dispose(): void {
    this.disposed = true
    if (!this.#inSlice) this.native.dispose()
  }
}
