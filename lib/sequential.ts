import { checkBoolean, checkOneOf, checkOptions } from './base/check.js'
import { FormatError } from './base/errors.js'
import type { History, Logs } from './base/history.js'
import type { Matrix, MatrixLike, NumberArray } from './base/matrix.js'
import { randomSeed } from './base/random-seed.js'
import { Core, callNative, type RowWeights, rowWeightKinds } from './network/core.js'
import {
  type EvaluateOptions,
  evaluate,
  gradientOptionKeys,
  type InputGradientsOptions,
  inputGradients,
  predict,
  predictSync,
  type RunOptions,
} from './network/inference.js'
import { findLayer, type LayerView } from './network/layer-view.js'
import { type LoadOptions, readSaved, restore, type SaveOptions, saveModel } from './network/saving.js'
import { summarize } from './network/summary.js'
import type { TargetsLike } from './network/targets.js'
import { flatten, readWeights, type WeightLike } from './network/weights.js'
import { type CompileOptions, checkHasRate, readCompile } from './spec/compile.js'
import type { LayerSpec } from './spec/layer.js'
import { type ModelSpec, readModel } from './spec/model.js'
import { checkRateKnown, type LearningRate, readRate } from './spec/rate.js'
import { type BatchSource, isBatchSource } from './training/batch-source.js'
import { runTraining, type TrainEvent } from './training/fit.js'
import {
  checkNoTargets,
  type FitOptions,
  freeJob,
  readFit,
  readStreamFit,
  type StreamFitOptions,
} from './training/fit-options.js'
import { rateOf } from './training/rates.js'

/** What makes a model. */
export interface SequentialOptions {
  /** From first to last; the first one needs an `inputShape`. */
  layers: readonly LayerSpec[]
  /** A non-negative integer from which weights and shuffles are drawn; drawn itself when missing. */
  seed?: number | undefined
  /** `'sequential'` by default. */
  name?: string | undefined
}

/**
 * A network of layers, one after the other, in Keras's words.
 *
 * One fit runs at a time; it is off the event loop, in slices of about 100 ms. While a slice is in flight, `predict`,
 * `predictSync` and `getWeights` answer from the weights of a finished step, and whatever needs the model at rest
 * (`evaluate`, `setWeights`, `save` with the optimizer) throws ERR_BUSY; in callbacks and in the body of a loop over
 * `train` it is at rest. `compile` has to wait for the end of fit. All methods throw ERR_DISPOSED after `dispose`.
 * @example
 * const model = new Sequential({
 *   layers: [
 *     layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }),
 *     layers.dense({ units: 1, activation: 'sigmoid' }),
 *   ],
 *   seed: 1,
 * })
 * model.compile({ optimizer: optimizers.adam({ learningRate: 0.1 }), loss: 'binaryCrossentropy' })
 * await model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], { epochs: 200 })
 */
export class Sequential {
  readonly #core: Core

  /** @throws ArgumentError for layers that do not fit, or wrong options. */
  constructor(options: SequentialOptions) {
    this.#core = new Core(readModel(options, 'Sequential', randomSeed))
  }

  get name(): string {
    return this.#core.spec.name
  }

  /** What weights and shuffles are drawn from. */
  get seed(): number {
    return this.#core.spec.seed
  }

  /** Set to true in a callback, it ends fit after the epoch. A fit begins with setting it to false. */
  get stopTraining(): boolean {
    return this.#core.stopTraining
  }

  set stopTraining(stop: boolean) {
    this.#core.stopTraining = checkBoolean(stop, 'stopTraining')
  }

  /**
   * The rate of the next optimizer step. Set to a number, a schedule or a function of the step, it holds from the next
   * slice of training on, and is kept in files; `compile` sets it anew. Schedules and functions go by the model's count of
   * steps, not by the steps since they were set.
   * @throws ArgumentError for what is no rate, and with lbfgs, which has none; MlpError ERR_NOT_COMPILED, also when it was a
   * function when the model was saved.
   */
  get learningRate(): number {
    checkHasRate(this.#core.checkCompiled('read the learning rate'))
    checkRateKnown(this.#core.learningRate)
    return rateOf(this.#core.learningRate!, this.#core.steps)
  }

  set learningRate(rate: LearningRate) {
    checkHasRate(this.#core.checkCompiled('set the learning rate'))
    this.#core.learningRate = readRate(rate, 'learningRate')
  }

  /**
   * How many epochs of training were ever begun, also before the model was saved: the `initialEpoch` of a fit that goes
   * on with a checkpoint.
   */
  get epochs(): number {
    return this.#core.epochs
  }

  /**
   * Sets loss, optimizer and metrics, and starts the optimizer anew; the weights stay.
   * @throws ArgumentError for wrong options, or a loss or metric that does not fit the last layer.
   */
  compile(options: CompileOptions): void {
    this.#core.compile(readCompile(options, this.#core.spec, 'compile()'))
  }

  /**
   * Trains. Resolves also when the signal or the time limit ended it: `stopReason` tells.
   *
   * Data and options are checked, and the data copied, before fit returns its promise. That holds the event loop: for
   * about 50 ms per 200 MB of typed arrays, and for much longer where rows are arrays of numbers.
   *
   * When an update itself blows up, the model goes back to the last weights that are known to be finite, some steps
   * earlier; the error's message says how many.
   * @param x rows of as many numbers as the model has inputs.
   * @param y one row of targets for each row of x; class numbers for sparseCategoricalCrossentropy.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; the model keeps its last finite weights.
   * @throws MlpError ERR_NOT_COMPILED; ERR_BUSY while another fit runs.
   * @example
   * const { train, test } = datasets.digits()
   * const history = await model.fit(train.x, train.y, { epochs: 3, validationData: [test.x, test.y] })
   * console.log(history.logs.valLoss, history.stopReason)
   */
  fit(x: MatrixLike, y: TargetsLike, options?: FitOptions): Promise<History>
  /**
   * Trains on batches that are read while it trains, from a file, a database or a function: memory stays bounded whatever the rows.
   * Batches may be of any size; steps take `batchSize` rows out of a buffer in which these are shuffled.
   * @param batches an iterable or async iterable of `[x, y]`, `[x, y, sampleWeight]` or `{ x, y, sampleWeight }`; or a function
   * that is called in each epoch for one. What it throws rejects fit, and the model keeps its weights; it is told (by `return`)
   * when fit ends before it does.
   * @throws as above; ArgumentError, from the promise, for a batch that does not fit, with its number.
   * @example
   * async function* batches() {
   *   for (let k = 0; k < 100; k++) yield datasets.makeMoons({ nSamples: 500, noise: 0.1, seed: k })
   * }
   * const net = new Sequential({ layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [2] })] })
   * net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' })
   * await net.fit(batches, { epochs: 2, shuffleBuffer: 10_000 })
   */
  fit(batches: BatchSource, options?: StreamFitOptions): Promise<History>
  async fit(x: MatrixLike | BatchSource, y?: TargetsLike | StreamFitOptions, options?: FitOptions): Promise<History> {
    const run = this.#train(x, y, options, false)
    for (;;) {
      const { done, value } = await run.next()
      if (done) return value
    }
  }

  /**
   * The same run as an async iterator of its events. Leaving the loop ends the run; between two events the model is at
   * rest. Data and options are checked, and the data copied, at once, as in fit.
   * @throws as fit does.
   * @example
   * const { train } = datasets.digits()
   * for await (const event of model.train(train.x, train.y, { epochs: 100 })) {
   *   if (event.type === 'epochEnd' && event.logs.loss < 0.5) break
   * }
   */
  train(x: MatrixLike, y: TargetsLike, options?: FitOptions): AsyncGenerator<TrainEvent, History, void>
  train(batches: BatchSource, options?: StreamFitOptions): AsyncGenerator<TrainEvent, History, void>
  train(
    x: MatrixLike | BatchSource,
    y?: TargetsLike | StreamFitOptions,
    options?: FitOptions,
  ): AsyncGenerator<TrainEvent, History, void> {
    return this.#train(x, y, options, true)
  }

  #train(
    x: MatrixLike | BatchSource,
    y: TargetsLike | StreamFitOptions | undefined,
    options: FitOptions | undefined,
    watched: boolean,
  ): AsyncGenerator<TrainEvent, History, void> {
    const job = isBatchSource(x)
      ? readStreamFit(this.#core, x, checkNoTargets(y, options))
      : readFit(this.#core, x, y as TargetsLike, options ?? {})
    const events = runTraining(this.#core, job, this, watched)
    // A run that is left before it began never reaches its `finally`.
    const leave = events.return.bind(events)
    events.return = (value) => {
      freeJob(job)
      return leave(value)
    }
    return events
  }

  /**
   * The mean loss and metrics over rows, as `{ loss, accuracy }`.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_COMPILED, ERR_BUSY.
   */
  async evaluate(x: MatrixLike, y: TargetsLike, options: EvaluateOptions = {}): Promise<Logs> {
    return evaluate(this.#core, x, y, options)
  }

  /**
   * The outputs for each row, computed off the event loop; also during fit.
   * @throws ArgumentError for wrong data.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    return predict(this.#core, x, options)
  }

  /**
   * The outputs, on the spot: flat for a flat row (or several in one typed array), a Matrix for a table. They are put into
   * `out`, where one is given (as many float32 numbers as there are outputs): then nothing is allocated.
   * @throws ArgumentError for wrong data.
   * @example
   * const { test } = datasets.digits()
   * const probabilities = model.predictSync(test.x.row(0))
   * const digit = probabilities.indexOf(Math.max(...probabilities))
   */
  predictSync(row: readonly number[] | NumberArray, out?: Float32Array): Float32Array
  predictSync(table: Matrix | readonly (readonly number[] | NumberArray)[], out?: Float32Array): Matrix
  predictSync(x: MatrixLike | readonly number[], out?: Float32Array): Float32Array | Matrix
  predictSync(x: MatrixLike | readonly number[], out?: Float32Array): Float32Array | Matrix {
    return predictSync(this.#core, x, out)
  }

  /**
   * What `predictSync` reads for a single row: the weights, or a copy of them in half precision ('float16', IEEE 754
   * binary16), for dense layers of 64 units and more. Reading is what a single row's time goes by in large networks: from halves
   * it was 1.2 to 1.7 times as fast. They add up to half a model to the memory, and change each weight by at most 2^-11 of
   * itself, or 2^-25 where that is more. The copy is made again by the first row after the weights have changed; rows that are asked for
   * in the middle of a slice of training, and networks with a weight there beyond 65,504, are answered from the weights themselves.
   * It says how to serve, and is not saved.
   * @throws ArgumentError for anything else; MlpError ERR_DISPOSED.
   * @example
   * model.rowWeights = 'float16'
   * const probabilities = model.predictSync(datasets.digits().test.x.row(0))
   */
  get rowWeights(): RowWeights {
    return this.#core.rowWeights
  }

  set rowWeights(kind: RowWeights) {
    this.#core.rowWeights = checkOneOf(kind, 'rowWeights', rowWeightKinds)
  }

  /**
   * How each row's output changes with its inputs: the gradient of one output by the inputs, in inference (no dropout,
   * moving statistics), off the event loop. TensorFlow's GradientTape on a model's input.
   * @param options.output which output; that which is largest for the row, when missing.
   * @returns (rows, inputs).
   * @throws ArgumentError for wrong data, or for a network that begins with an embedding.
   * @example
   * const { test } = datasets.digits()
   * const gradients = await model.inputGradients(test.x.data.subarray(0, 64), { output: 3 })
   */
  async inputGradients(x: MatrixLike, options: InputGradientsOptions = {}): Promise<Matrix> {
    checkOptions(options, 'inputGradients()', gradientOptionKeys)
    const { output, ...rest } = options
    return inputGradients(this.#core, x, output, rest)
  }

  /** The layers, their shapes and numbers of weights as a table of text. */
  summary(): string {
    this.#core.checkAlive()
    return summarize(this.#core.spec, this.#core.compiled)
  }

  /**
   * A layer, by its number from 0 on or its name, to look into.
   * @throws ArgumentError for one that there is not.
   * @example
   * const { test } = datasets.digits()
   * const hidden = await model.layer(0).output(test.x) // (rows, units)
   */
  layer(layer: number | string): LayerView {
    return findLayer(this.#core, layer)
  }

  /** How many numbers the model holds, moving statistics and frozen layers included. */
  countParams(): number {
    this.#core.checkAlive()
    return this.#core.tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
  }

  /** Copies of all weights in Keras's order: each layer's kernel (inputs, units), then its bias (one row). */
  getWeights(): Matrix[] {
    this.#core.checkAlive()
    return readWeights(this.#core)
  }

  /**
   * Sets all weights, in the order of getWeights; the optimizer's state stays.
   * @throws ArgumentError that names the tensor with a wrong shape, NaN or infinity; MlpError ERR_BUSY.
   */
  setWeights(weights: readonly WeightLike[]): void {
    this.#core.checkUnread('set weights')
    const flat = flatten(weights, this.#core)
    callNative(() => this.#core.native.setWeights(flat))
  }

  /** The layers and the seed as plain JSON, every default filled in; no weights, no loss. */
  toJSON(): ModelSpec {
    this.#core.checkAlive()
    return structuredClone(this.#core.spec)
  }

  /**
   * A model from what toJSON returned, or from its text, with the weights that its seed gives.
   * @throws ArgumentError for what is no such spec; FormatError for text that is no JSON.
   */
  static fromJSON(json: ModelSpec | string): Sequential {
    return new Sequential(typeof json === 'string' ? parse(json) : json)
  }

  /**
   * Writes weights, layers and, when compiled, loss, metrics and the optimizer's state to a safetensors file; the file is
   * replaced as a whole or not at all. A learning rate that is a function is not saved: see LoadOptions.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_BUSY.
   * @example
   * await model.save('model.safetensors')
   * const again = await Sequential.load('model.safetensors')
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    await saveModel(this.#core, path, options)
  }

  /**
   * Reads a model that `save` wrote; training can go on as if it had never stopped, bit by bit.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static async load(path: string, options: LoadOptions = {}): Promise<Sequential> {
    const file = await readSaved(path, options)
    const model = new Sequential(file.spec)
    restore(model.#core, file, path)
    return model
  }

  /** Frees the model's memory now rather than some time later. A fit under way rejects with ERR_DISPOSED. */
  dispose(): void {
    this.#core.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

function parse(json: string): ModelSpec {
  try {
    return JSON.parse(json) as ModelSpec
  } catch (cause) {
    throw new FormatError(`Expected a model as JSON, but ${(cause as Error).message}.`, { cause })
  }
}
