import { runSoon } from './base/breathing.js'
import { checkBoolean, checkOneOf } from './base/check.js'
import type { History, Logs } from './base/history.js'
import { type InspectArguments, inspectAs, inspected } from './base/inspected.js'
import type { Matrix, MatrixLike, NumberArray } from './base/matrix.js'
import { randomSeed } from './base/random-seed.js'
import { checkSource } from './files/source.js'
import { Core, type RowWeights, rowWeightKinds } from './network/core.js'
import { type DataStartOptions, startFromData } from './network/data-start.js'
import {
  type EvaluateOptions,
  evaluate,
  type InputGradientsOptions,
  inputGradients,
  predict,
  predictMembers,
  predictSync,
  type RunOptions,
} from './network/inference.js'
import { findLayer, type LayerView } from './network/layer-view.js'
import { cutMembers } from './network/member-cut.js'
import {
  encodeModel,
  type LoadOptions,
  parseModelJson,
  readSaved,
  restore,
  type SaveOptions,
  saveModel,
} from './network/saving.js'
import { describeModel, summarize } from './network/summary.js'
import type { TargetsLike } from './network/targets.js'
import {
  countWeights,
  readWeights,
  readWeightsInSteps,
  type WeightLike,
  weightsInSteps,
  writeWeights,
} from './network/weights.js'
import { type CompileOptions, checkHasRate, type Precision, readCompile, withRate } from './spec/compile.js'
import type { LayerSpec } from './spec/layer-spec.js'
import { type ModelSpec, readModel } from './spec/model.js'
import { checkRateKnown, type LearningRateLike, readRate } from './spec/rate.js'
import { type BatchSource, isBatchSource } from './training/batch-source.js'
import { finishTraining, startTraining, type TrainEvent } from './training/fit.js'
import type { FitOptions, StreamFitOptions } from './training/fit-options.js'
import { evaluateBatches, type InputBatches, isInputBatches, predictBatches } from './training/over-batches.js'
import { rateOf } from './training/rates.js'

/** Options of the constructor of `Sequential`. */
export interface SequentialOptions {
  /** The layers, from first to last; the first one needs an `inputShape`. */
  layers: readonly LayerSpec[]
  /** The seed of the initial weights and of shuffles: an integer of at least 0, random by default. */
  seed?: number | undefined
  /** `'sequential'` by default. */
  name?: string | undefined
  /**
   * The number of members, up to 1,024: networks that are trained at once and share the weights of most layers; 1 by
   * default. They differ in the layers `memberScale`, `memberDense` and `denseBatchEnsemble`, of which there must be one
   * (Gorishniy et al. 2024, "TabM: advancing tabular deep learning with parameter-efficient ensembling"). A step of
   * `batchSize` rows takes as many for each member, each from a shuffle of its own; the loss is the mean of the members'
   * losses. Predictions, evaluations and validation are of the average of their outputs.
   */
  members?: number | undefined
}

/**
 * A feed-forward network: a stack of layers, with the interface of Keras's Sequential.
 *
 * One fit runs at a time, off the event loop, in slices of about 100 ms. During a slice `predict`, `predictSync` and
 * `getWeights` use the weights of a finished step; `evaluate`, `setWeights` and `save` with the optimizer throw
 * ERR_BUSY. Between slices, which includes callbacks and the body of a loop over `train`, all of them work. `compile`
 * throws ERR_BUSY until fit ends. All methods throw ERR_DISPOSED after `dispose`.
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

  /** @throws ArgumentError for wrong options, or layers whose shapes do not match. */
  constructor(options: SequentialOptions) {
    this.#core = new Core(readModel(options, 'Sequential', randomSeed))
  }

  get name(): string {
    return this.#core.spec.name
  }

  /** The seed of the initial weights and of shuffles. */
  get seed(): number {
    return this.#core.spec.seed
  }

  /** The number of members; 1 for a network without. */
  get members(): number {
    return this.#core.members
  }

  /** Setting it to true ends fit after the current epoch. Each fit sets it to false first. */
  get stopTraining(): boolean {
    return this.#core.stopTraining
  }

  set stopTraining(stop: boolean) {
    this.#core.stopTraining = checkBoolean(stop, 'stopTraining')
  }

  /**
   * The learning rate of the next optimizer step. It can be set to a number, a schedule or a function of the step,
   * which applies from the next slice of training on and is saved with the model (a function is not); `compile`
   * replaces it. Schedules and functions receive the number of steps since `compile`, not since they were set.
   * @throws ArgumentError for a value that is not a rate, and with lbfgs, which has none; MlpError ERR_NOT_COMPILED,
   * also for a loaded model whose rate was a function.
   */
  get learningRate(): number {
    checkHasRate(this.#core.checkCompiled('read the learning rate'))
    checkRateKnown(this.#core.learningRate)
    return rateOf(this.#core.learningRate!, this.#core.steps)
  }

  set learningRate(rate: LearningRateLike) {
    checkHasRate(this.#core.checkCompiled('set the learning rate'))
    this.#core.learningRate = readRate(rate, 'learningRate')
  }

  /**
   * The number of epochs ever begun, including those before the model was saved: the `initialEpoch` of a fit that
   * resumes from a checkpoint.
   */
  get epochs(): number {
    return this.#core.epochs
  }

  /**
   * The precision of matrix products since `compile`: what `precision: 'auto'` or `'float32-fast'` chose, and 'float32'
   * for a model from a file with `precision: 'bfloat16'` on a machine that cannot.
   */
  get precision(): Precision {
    return this.#core.precision
  }

  /**
   * Sets loss, optimizer, metrics and precision, and resets the optimizer's state; the weights stay.
   * @throws ArgumentError for wrong options, or a loss or metric that does not match the last layer; MlpError ERR_BUSY;
   * ERR_PRECISION where `precision: 'bfloat16'` is not possible, with the reason.
   */
  compile(options: CompileOptions): void {
    this.#core.compile(readCompile(options, this.#core.spec, 'compile()'))
  }

  /**
   * Trains. Also resolves when the time limit or a callback ends training; `stopReason` of the history has the reason.
   * Rejects with the reason of an aborted signal: the model then has the weights of the last finished step.
   *
   * fit checks options, and copies the data before training starts: do not change x, y or weights before
   * `onTrainBegin`. Large arrays are copied in steps of a few milliseconds, between which the event loop runs.
   *
   * When an update makes weights NaN or infinite, the model returns to the last weights that are known to be finite;
   * the error's message says how many steps are lost.
   * @param x rows of as many numbers as the model has inputs.
   * @param y one row of targets for each row of x; class numbers for sparseCategoricalCrossentropy.
   * @throws ArgumentError for wrong data or options, before the model changes.
   * @throws TrainingError when the loss becomes NaN or infinite; the model keeps its last finite weights.
   * @throws MlpError ERR_NOT_COMPILED; ERR_BUSY while another fit runs.
   * @example
   * const { train, test } = datasets.digits()
   * const history = await model.fit(train.x, train.y, { epochs: 3, validationData: [test.x, test.y] })
   * console.log(history.logs.valLoss, history.stopReason)
   */
  fit(x: MatrixLike, y: TargetsLike, options?: FitOptions): Promise<History>
  /**
   * Trains on batches that are read during training, from a file, a database or a function: memory is bounded for any
   * number of rows. Batches may have any size; a step takes `batchSize` rows from a buffer in which the rows are
   * shuffled.
   * @param batches an iterable or async iterable of `[x, y]`, `[x, y, sampleWeight]` or `{ x, y, sampleWeight }`; or a
   * function that returns one and is called in each epoch. An error that it throws rejects fit; the model keeps its
   * weights. fit calls the iterator's `return` if it ends first.
   * @throws as above; ArgumentError for a wrong batch, with its number.
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
    return finishTraining(startTraining(this.#core, this, false, x, y, options))
  }

  /**
   * Trains as fit does, and returns an async iterator of events. Leaving the loop ends training. Between two events the
   * model can be evaluated and changed. Checks options and begins to copy the data at once; do
   * not change x, y or weights before the first event.
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
    return startTraining(this.#core, this, true, x, y, options)
  }

  /**
   * The mean loss and metrics over the rows, as `{ loss, accuracy }`; metrics over all rows too. Do not change x, y or
   * weights before the promise settles.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_COMPILED, ERR_BUSY.
   */
  evaluate(x: MatrixLike, y: TargetsLike, options?: EvaluateOptions): Promise<Logs>
  /**
   * The same over the rows of batches, as fit takes them; one batch is in memory at a time. Metrics over all rows keep
   * targets and outputs.
   * @throws ArgumentError for a wrong batch, with its number, or for none.
   */
  evaluate(batches: BatchSource, options?: RunOptions): Promise<Logs>
  async evaluate(x: MatrixLike | BatchSource, y?: TargetsLike | RunOptions, options?: EvaluateOptions): Promise<Logs> {
    if (isBatchSource(x)) return evaluateBatches(this.#core, x, y, options)
    return evaluate(this.#core, x, y as TargetsLike, options ?? {})
  }

  /**
   * The outputs for each row, computed off the event loop. Works during fit. Do not change x before the promise settles.
   * @param x rows; or an iterable or async iterable of batches of them, which are read one by one.
   * @throws ArgumentError for wrong data.
   */
  async predict(x: MatrixLike | InputBatches, options: RunOptions = {}): Promise<Matrix> {
    return isInputBatches(x) ? predictBatches(this.#core, x, options) : predict(this.#core, x, options)
  }

  /**
   * The outputs of each member for each row of x, computed off the event loop; predict gives their average.
   * @returns one table (rows, outputs) for each member.
   * @throws ArgumentError for wrong data.
   * @example
   * const { train, test } = datasets.digits()
   * const ensemble = new Sequential({
   *   layers: [
   *     layers.memberScale({ inputShape: [64] }),
   *     layers.dense({ units: 64, activation: 'relu' }),
   *     layers.memberDense({ units: 10, activation: 'softmax' }),
   *   ],
   *   members: 8,
   * })
   * ensemble.compile({ optimizer: 'adamw', loss: 'sparseCategoricalCrossentropy' })
   * await ensemble.fit(train.x, train.y, { epochs: 2 })
   * const scores = (await ensemble.predictMembers(test.x)).map((own) => metrics.logLoss(test.y, own))
   */
  async predictMembers(x: MatrixLike, options: RunOptions = {}): Promise<Matrix[]> {
    return predictMembers(this.#core, x, options)
  }

  /**
   * A network of some of the members, with copies of their weights and of those that all members share. It is compiled
   * as this one is, with a new optimizer. A few members that fit together well are often as good as all of them, and
   * predict faster.
   * @param members their numbers, from 0, in the order that they shall have.
   * @throws ArgumentError for none, for one twice, or for a number that no member has; MlpError ERR_BUSY.
   * @example
   * const ensemble = new Sequential({ layers: [layers.memberDense({ units: 2, inputShape: [3] })], members: 8 })
   * const few = ensemble.selectMembers([0, 3, 5])
   */
  selectMembers(members: readonly number[]): Sequential {
    const { spec, weights } = cutMembers(this.#core, members)
    const model = new Sequential(spec)
    model.#core.native.setWeights(weights)
    const { compiled, learningRate } = this.#core
    if (compiled) model.#core.compile(withRate(compiled, learningRate), true)
    return model
  }

  /**
   * The outputs, computed synchronously: a flat array for a flat row (or several rows in one typed array), a Matrix for
   * a table.
   * @param out receives the outputs, one float32 number each, so that nothing is allocated.
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
   * The numbers in which `predictSync` reads the weights of dense layers of 64 units and more, for up to 16 rows at
   * once: 'float32', the default, or a copy in fewer bits. In large networks the time depends on the bytes that are read.
   *
   * - 'float16' (IEEE 754 binary16): each weight changes by at most 2^-11 of itself, or by 2^-25 if that is more;
   * - 'bfloat16': by at most 2^-8 of itself, whatever its size;
   * - 'int8': by at most 1/254 of the largest weight of its output, since each output has a scale.
   *
   * Inputs, sums and biases stay float32. The copy takes up to half the memory of the model (int8: a quarter). The first
   * row after a change of the weights makes the copy again. Rows during a slice of training, and networks with a weight
   * in these layers that is too large ('float16': beyond 65,504) or not finite, use the float32 weights. Measure what it
   * costs on rows of your own before you use it. The setting is not saved.
   * @throws ArgumentError for any other value; MlpError ERR_DISPOSED.
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
   * The gradient of one output of each row by the inputs, in inference mode (no dropout, moving statistics), computed
   * off the event loop. As TensorFlow's GradientTape on the input of a model.
   * @param options.output the index of the output; by default the largest output of each row.
   * @returns (rows, inputs).
   * @throws ArgumentError for wrong data, or for a network that begins with an embedding.
   * @example
   * const { test } = datasets.digits()
   * const gradients = await model.inputGradients(test.x.data.subarray(0, 64), { output: 3 })
   */
  async inputGradients(x: MatrixLike, options: InputGradientsOptions = {}): Promise<Matrix> {
    return inputGradients(this.#core, x, options)
  }

  /**
   * Starts every dense layer anew from rows of data, layer by layer, before the first epoch: kernels of N(0, 1), each
   * column divided by the standard deviation of its pre-activation on the rows; each bias minus a random convex mix
   * (normalized Exp(1) weights) of the pre-activations of 5 random rows. It is the start of RealMLP (Holzmueller et al.
   * 2024, "Better by default"), made for layers with `parametrization: 'ntk'`. Other layers and the optimizer's state stay.
   * @param x training rows, or some of them.
   * @throws ArgumentError for wrong data; the signal's reason; MlpError ERR_BUSY, ERR_DISPOSED.
   * @example
   * const { train } = datasets.digits()
   * await model.startFromData(train.x)
   * await model.fit(train.x, train.y, { epochs: 5 })
   */
  async startFromData(x: MatrixLike, options: DataStartOptions = {}): Promise<void> {
    return startFromData(this.#core, x, options)
  }

  /** A text table of the layers with their output shapes and parameter counts. */
  summary(): string {
    this.#core.checkAlive()
    return summarize(this.#core.spec, this.#core.compiled)
  }

  /**
   * A view of one layer.
   * @param layer its index, counted from 0, or its name.
   * @throws ArgumentError for an index or a name that no layer has.
   * @example
   * const { test } = datasets.digits()
   * const hidden = await model.layer(0).output(test.x) // (rows, units)
   */
  layer(layer: number | string): LayerView {
    return findLayer(this.#core, layer)
  }

  /** The number of parameters, including moving statistics and frozen layers. */
  countParams(): number {
    this.#core.checkAlive()
    return countWeights(this.#core)
  }

  /** Copies of all weights in Keras's order: each layer's kernel (inputs, units), then its bias (one row). */
  getWeights(): Matrix[] {
    this.#core.checkAlive()
    return readWeights(this.#core)
  }

  /** @internal */
  [weightsInSteps](): Promise<Matrix[]> {
    return this.#core.reading(readWeightsInSteps(this.#core))
  }

  /**
   * Sets all weights, in the order of getWeights; the optimizer's state stays.
   * @throws ArgumentError that names the tensor with a wrong shape, NaN or infinity; MlpError ERR_BUSY.
   */
  setWeights(weights: readonly WeightLike[]): void {
    writeWeights(this.#core, weights)
  }

  /** @internal What console.log shows. */
  [inspected](...how: InspectArguments): string {
    return inspectAs('Sequential', describeModel(this.#core), how)
  }

  /** The layers and the seed as plain JSON, with all defaults; without weights and loss. */
  toJSON(): ModelSpec {
    this.#core.checkAlive()
    return structuredClone(this.#core.spec)
  }

  /**
   * A model from the result of toJSON, or from its text, with initial weights.
   * @throws ArgumentError for a wrong spec; FormatError for text that is not JSON.
   */
  static fromJSON(json: ModelSpec | string): Sequential {
    return new Sequential(typeof json === 'string' ? parseModelJson(json) : json)
  }

  /**
   * Writes layers and weights and, if the model is compiled, loss, metrics and the optimizer's state to a safetensors
   * file. An existing file is replaced as a whole or not at all. A learning rate that is a function is not saved: see
   * LoadOptions.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_BUSY.
   * @example
   * await model.save('model.safetensors')
   * const again = await Sequential.load('model.safetensors')
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    await saveModel(this.#core, path, options)
  }

  /**
   * The bytes of the file that `save` writes, for a database, a cache or another thread; `load` reads them.
   * @throws ArgumentError for wrong options; MlpError ERR_BUSY.
   * @example
   * const again = await Sequential.load(model.toBytes())
   */
  toBytes(options: SaveOptions = {}): Uint8Array {
    return encodeModel(this.#core, options, 'toBytes()')
  }

  /**
   * Reads a file that `save` wrote, or the bytes of `toBytes`. Training continues with the same bits as if it had not been
   * interrupted.
   * @param source the file's path, or its bytes, which must not change before the promise settles.
   * @throws FormatError that names the file and the problem; ArgumentError when it cannot be opened.
   */
  static async load(source: string | Uint8Array, options: LoadOptions = {}): Promise<Sequential> {
    const name = checkSource(source)
    const file = await readSaved(source, name, options)
    const model = new Sequential(file.spec)
    await runSoon(restore(model.#core, file, name), {})
    return model
  }

  /**
   * Frees the model's memory at once, without waiting for garbage collection. A running fit rejects with ERR_DISPOSED.
   */
  dispose(): void {
    this.#core.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
