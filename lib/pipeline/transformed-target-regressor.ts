import { runBreathing, runNow, runSoon } from '../base/breathing.js'
import { checkOptions, invalid, keysOf, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { floatRange, readSampleWeightInSteps } from '../base/sample-weight.js'
import type { ScoreOptions } from '../estimators/classifier.js'
import { checkTensorNames, restoreFrom } from '../estimators/file.js'
import { scoreNumbers } from '../estimators/numbers.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../files/safetensors.js'
import type { Definition, Parameter } from '../learning/parameters.js'
import { restoreCount } from '../learning/restore.js'
import { hasEpochs, innermost, wrapped } from '../learning/wrapped.js'
import type { Doubles } from '../preprocessing/doubles.js'
import { fitTransformDoubles, inverseDoubles, inverseDoublesSync } from '../preprocessing/float64.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import { type InvertibleTransformer, isInvertible, isTransformer } from '../preprocessing/transformer-like.js'
import { encodeNested, readNested, readNestedTransformer } from './nested.js'
import { asDoubles, callOf, signalOf } from './run.js'
import { type EstimatorLike, isEstimator } from './steps.js'
import { type RegressionTargets, readPredictions, readRegressionTargets, targetsFor } from './targets.js'
import type { PipelineFitOptions, PipelineInput, ResultOf, RowResultOf, TableResultOf } from './types.js'
import { Wrapper } from './wrapper.js'

export type { RegressionTargets } from './targets.js'

const regressor: Parameter<EstimatorLike> = {
  // There is no default: the constructor requires it.
  default: undefined as never,
  description: 'The regressor, or a pipeline with one, that learns the transformed y.',
  takes: 'a regressor, or a pipeline that ends with one',
  read(value, name) {
    const inner = isEstimator(value) ? innermost(value) : undefined
    if (inner && !isTransformer(inner) && !('classes' in inner)) return value as EstimatorLike
    throw invalid(name, regressor.takes, value)
  },
}

const transformer: Parameter<InvertibleTransformer | null> = {
  default: null,
  description: 'The transformer of y, which predictions are put through backwards; null leaves y as it is.',
  takes: 'a transformer with inverseTransform and inverseTransformSync, or null',
  read(value, name) {
    if (value === null) return null
    const isPipelineToPredict = wrapped in Object(value) && (value as { [wrapped]?: unknown })[wrapped] !== undefined
    if (isInvertible(value) && !isPipelineToPredict) return value
    throw invalid(name, transformer.takes, value)
  },
}

const parameters = { regressor, transformer }
const definition: Definition<typeof parameters> = { name: 'TransformedTargetRegressor', parameters }

/** Options of `new TransformedTargetRegressor`. */
export interface TransformedTargetRegressorOptions<E extends EstimatorLike = EstimatorLike> {
  /** The regressor, or a pipeline with one. */
  regressor: E
  /** The transformer of y; null, the default, leaves y as it is. */
  transformer?: InvertibleTransformer | null | undefined
}

interface LearnedTarget {
  readonly regressor: EstimatorLike
  readonly transformer: InvertibleTransformer | null
  /** Columns of the transformed y. */
  readonly outputs: number
}

/**
 * A regressor that learns a transformed y: fit transforms y, predict undoes it. `transformer` is any transformer with an
 * inverse, such as StandardScaler, or FunctionTransformer for the logarithm. fit trains clones of both; `E` is the type of
 * the regressor. It can be the last step of a pipeline, or hold one.
 *
 * Source: scikit-learn 1.9's TransformedTargetRegressor; its func, inverse_func and check_inverse are those of FunctionTransformer.
 * @example
 * const model = new TransformedTargetRegressor({
 *   regressor: new MLPRegressor({ hiddenLayerSizes: [8], solver: 'lbfgs', seed: 1 }),
 *   transformer: new preprocessing.StandardScaler(),
 * })
 * await model.fit([[0], [1], [2], [3]], [100_000, 200_000, 300_000, 400_000])
 * model.predictSync([1]) // about 200,000
 */
export class TransformedTargetRegressor<E extends EstimatorLike = EstimatorLike> extends Wrapper<
  typeof parameters,
  LearnedTarget
> {
  /** Every parameter with its default, its check and its description. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, no regressor, or a transformer without an inverse. */
  constructor(options: TransformedTargetRegressorOptions<E>) {
    checkOptions(options, definition.name, keysOf(parameters))
    super(definition, { ...options, regressor: options.regressor ?? null })
  }

  /**
   * Reads a regressor that `save` wrote. The type parameter `E`, the regressor inside, is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<E extends EstimatorLike = EstimatorLike>(
    source: string | Uint8Array,
  ): Promise<TransformedTargetRegressor<E>> {
    return restoreFrom(source, definition.name, async ({ tensors, metadata }) => {
      const saved = decodeMetadata(metadata, definition.name, ['regressor', 'transformer', 'outputs'])
      checkTensorNames(
        tensors,
        [...tensors.keys()].filter((name) => name.startsWith('regressor.')),
      )
      const regressor = (await readNested(saved.regressor, 'regressor', tensors)) as E
      const transformer =
        saved.transformer === null
          ? null
          : (readNestedTransformer(saved.transformer, 'transformer') as InvertibleTransformer)
      const loaded = new TransformedTargetRegressor<E>({
        regressor: regressor.clone() as E,
        transformer: transformer && (transformer.clone() as InvertibleTransformer),
      })
      loaded.adopt({ regressor, transformer, outputs: restoreCount(saved.outputs, 'outputs', { min: 1 }) })
      return loaded
    })
  }

  /**
   * Fits a clone of the transformer to y, and a clone of the regressor to x and the transformed y.
   * @param y one finite number a row, or a table of several.
   * @param options those of the regressor's fit: sampleWeight, signal, timeLimit. If `timeLimit` ends it before a whole epoch, a
   * fitted model keeps what it had learned.
   * @throws as fit of the regressor and of the transformer does, and the signal's reason; the model keeps what it had learned
   * before. MlpError ERR_BUSY while another fit runs.
   */
  fit(x: PipelineInput, y: RegressionTargets, options?: PipelineFitOptions<E>): Promise<this> {
    return this.exclusively('fit', async () => {
      const fitOptions: object = options ?? {}
      const signal = signalOf(fitOptions)
      signal?.throwIfAborted()
      const regressor = this.params.regressor.clone()
      const transformer = this.params.transformer && (this.params.transformer.clone() as InvertibleTransformer)
      const targets = await runSoon(readRegressionTargets(y), { signal })
      const transformed = transformer
        ? asDoubles(await fitTransformDoubles(transformer, targets, undefined, signal), 'the transformed y')
        : targets
      const changed = await runBreathing(targetsFor(transformed, targets), signal)
      // Fails for a transformer without an inverse before the training.
      if (transformer) await inverseDoubles(transformer, transformed, signal)
      await regressor.fit(x as never, changed as never, fitOptions as never)
      signal?.throwIfAborted()
      if (this.learnedSoFar === undefined || hasEpochs(regressor))
        this.publish({ regressor, transformer, outputs: transformed.cols })
      return this
    })
  }

  /**
   * The number of each row, or a row of them, on the scale of y; off the event loop.
   * @param options those of the regressor's predict.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predict'>>> {
    return resultOf(await this.#infer(this.learned('predict'), x, options)) as Awaited<ResultOf<E, 'predict'>>
  }

  /**
   * The number of one row (or its numbers), or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: CategoricalRow): RowResultOf<E>
  predictSync(table: PipelineInput): TableResultOf<E>
  predictSync(x: PipelineInput | CategoricalRow): RowResultOf<E> | TableResultOf<E> {
    const { regressor, transformer, outputs } = this.learned('predict')
    const predicted = runNow(readPredictions(callOf(regressor, 'predictSync')(x), outputs))
    return resultOf(transformer ? inverseDoublesSync(transformer, predicted) : predicted) as RowResultOf<E>
  }

  /**
   * R² of the predictions on the scale of y; of several numbers a row, the mean of their R².
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(
    x: PipelineInput,
    y: RegressionTargets,
    { sampleWeight, ...options }: ScoreOptions = {},
  ): Promise<number> {
    const learned = this.learned('score')
    const signal = signalOf(options)
    function* read() {
      const numbers = yield* readRegressionTargets(y)
      return { truth: numbers, weights: yield* readSampleWeightInSteps(sampleWeight, numbers.rows, floatRange) }
    }
    const { truth, weights } = await runSoon(read(), { signal })
    const predicted = await this.#infer(learned, x, options)
    const shapeOf = ({ rows, cols }: Doubles) => `${rows} rows of ${cols} numbers`
    if (shapeOf(truth) !== shapeOf(predicted)) throw mismatch('y', shapeOf(predicted), shapeOf(truth))
    return runBreathing(scoreNumbers({ data: truth.data, columns: truth.cols }, predicted.data, weights), signal)
  }

  /**
   * The fitted clone of the regressor: its predictions are on the scale of the transformed y.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get regressor(): E {
    return this.learned('read the regressor').regressor as E
  }

  /**
   * The fitted clone of the transformer; null without one.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get transformer(): InvertibleTransformer | null {
    return this.learned('read the transformer').transformer
  }

  /**
   * The number of columns of the training rows.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return (this.regressor as unknown as { nFeaturesIn: number }).nFeaturesIn
  }

  toBytes(): Uint8Array {
    const { regressor, transformer, outputs } = this.learned('save')
    const tensors = new Map<string, Tensor>()
    const body = { regressor: encodeNested('regressor', regressor, tensors), transformer, outputs }
    return encodeSafetensors(tensors, encodeMetadata(definition.name, body))
  }

  /** @internal */
  get [wrapped](): EstimatorLike {
    return this.learnedSoFar?.regressor ?? this.params.regressor
  }

  protected override shownParams(): object {
    const { regressor, transformer } = this.learnedSoFar ?? this.params
    return { regressor, transformer }
  }

  protected override summary({ outputs }: LearnedTarget): Record<string, unknown> {
    return { outputs }
  }

  async #infer({ regressor, transformer, outputs }: LearnedTarget, x: unknown, options: object | undefined) {
    const result = await callOf(regressor, 'predict')(x, ...(options ? [options] : []))
    const signal = signalOf(options)
    const predicted = await runBreathing(readPredictions(result, outputs), signal)
    return transformer ? inverseDoubles(transformer, predicted, signal) : predicted
  }
}

/** One number a row as a Float64Array, several as a Matrix; a number, or a Float32Array, of a single row. */
function resultOf(numbers: Doubles): number | Float64Array | Float32Array | Matrix {
  if (numbers.cols > 1) return numbers.toResult()
  return numbers.isRow ? numbers.data[0]! : numbers.data
}
