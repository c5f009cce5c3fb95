import { runNow } from '../base/breathing.js'
import { checkOptions, checkString, keysOf } from '../base/check.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import type { Definition } from '../learning/parameters.js'
import { type FittedModel, relabelled } from '../learning/relabelled.js'
import { readState, restoreList } from '../learning/restore.js'
import {
  type CategoricalRow,
  ColumnTransformer,
  type PartParams,
  type TransformerJson,
} from '../preprocessing/index.js'
import { readTransformerJson } from '../preprocessing/json.js'
import { simpleTransformerFrom } from '../preprocessing/kinds.js'
import type { MissingColumns, UnknownColumns } from '../preprocessing/named-cells.js'
import { paramsOfPart, setPartParams, type TransformerLike } from '../preprocessing/transformer-like.js'
import { CalibratedClassifier } from './calibrated-classifier.js'
import { decodePipeline, encodePipeline, withNames } from './file.js'
import { FixedThresholdClassifier } from './fixed-threshold-classifier.js'
import { offerRestorers } from './nested.js'
import { method, rowsFor, signalOf, throughSync, throughToEstimator } from './run.js'
import { columnParameters, jsonOf, type NamedStep, routeSteps, type Step, type Steps, sortSteps } from './steps.js'
import { TransformedTargetRegressor } from './transformed-target-regressor.js'
import { pipelineParameters as parameters, Transforming } from './transforming.js'
import { TunedThresholdClassifier } from './tuned-threshold-classifier.js'
import type {
  LastOf,
  PipelineFitOptions,
  PipelineInput,
  PropertyOf,
  ResultOf,
  RowResultOf,
  StepsEndingIn,
  TableResultOf,
} from './types.js'

/** How rows may differ from those of fit in their columns. */
export interface ColumnOptions {
  /** What happens to columns that fit did not have: `'error'` (by default), or `'ignore'`. */
  unknownColumns?: UnknownColumns | undefined
  /** What happens to rows that lack a column of fit: `'error'` (by default), or `'impute'`: the column is read as null. */
  missingColumns?: MissingColumns | undefined
}

const definition: Definition<typeof parameters> = { name: 'Pipeline', parameters }

interface PipelineLabels<E> {
  labels: unknown
  model: Pipeline<FittedModel<E, this['labels']>>
}

/**
 * Transformers and an estimator, or transformers alone, as one model with one file. `E` is the type of the last step. fit
 * trains clones of the steps, and replaces what was learned before when all of them are fitted: `namedSteps` are the fitted
 * clones.
 *
 * Source: scikit-learn 1.9's Pipeline.
 */
export class Pipeline<E = unknown> extends Transforming<E> {
  /** Every parameter with its default, its check and its description. */
  static readonly parameters = parameters

  /** @hidden */
  declare readonly [relabelled]?: PipelineLabels<E>

  static {
    offerRestorers({
      kinds: {
        Pipeline,
        TransformedTargetRegressor,
        CalibratedClassifier,
        TunedThresholdClassifier,
        FixedThresholdClassifier,
      },
      transformer: transformerFromJSON,
    })
  }

  /** @throws ArgumentError for no steps, a value that is no step, or an estimator before the last step. */
  constructor(options: { steps: StepsEndingIn<E> } & ColumnOptions)
  constructor(options: { steps: readonly (Step | NamedStep)[] } & ColumnOptions)
  constructor(options: { steps: readonly (Step | NamedStep)[] } & ColumnOptions) {
    checkOptions(
      options,
      'Pipeline',
      keysOf(parameters),
      'Its steps are an option: { steps: [...] }, or call pipeline([...]).',
    )
    super(definition, { ...options, steps: options.steps ?? [] })
  }

  /**
   * Reads a pipeline that `save` wrote. The type parameter `E`, the last step, is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static async load<E = unknown>(source: string | Uint8Array): Promise<Pipeline<E>> {
    const { steps, featureNamesIn, columns } = await decodePipeline(source, transformerFromJSON)
    const unfitted = steps.map(([name, step]): NamedStep => [name, step.clone()])
    const loaded = new Pipeline<E>({ steps: unfitted, ...columns })
    loaded.adopt({ ...sortSteps(steps), featureNamesIn })
    return loaded
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): Pipeline {
    const { params, state } = readTransformerJson(json, definition.name)
    const restore = (steps: unknown) =>
      restoreList(steps, 'steps', undefined, (pair, label): NamedStep => {
        const [name, step] = restoreList(pair, label, 2, (entry) => entry)
        return [checkString(name, `the name of ${label}`), transformerFromJSON(step)]
      })
    const { steps, ...columns } = readState(params, keysOf(parameters), 'params')
    const restored = new Pipeline({ steps: restore(steps), ...columns })
    if (state) {
      const learned = readState(state, ['steps', 'featureNamesIn'])
      restored.adopt(withNames(sortSteps(restore(learned.steps)), learned.featureNamesIn))
    }
    return restored
  }

  /**
   * Fits the steps in order, each to the rows as the steps before transform them.
   * @param options those of the estimator's fit. If `timeLimit` ends the estimator's training before a whole epoch, a fitted
   * pipeline keeps what it had learned.
   * @throws as fit of a step does, and the signal's reason; the pipeline keeps what it had learned before. MlpError ERR_BUSY
   * while another fit runs.
   */
  fit<const Y = undefined>(
    x: PipelineInput,
    y?: Y,
    options?: PipelineFitOptions<E>,
  ): Promise<Pipeline<FittedModel<E, Y>>> {
    const fitted = this.exclusively('fit', async () => {
      const { estimator } = sortSteps(this.params.steps)
      await this.run(x, y, options ?? {}, estimator === undefined)
      return this
    })
    return fitted as never
  }

  /** All parameters: `steps`, each step by its name, and the parameters of steps, such as `scaler.withMean`. */
  override getParams(): ReturnType<Transforming<E>['getParams']> & PartParams {
    const params = super.getParams()
    return Object.assign({}, ...params.steps.map(([name, step]) => paramsOfPart(name, step)), params)
  }

  /**
   * Changes parameters of steps, `{ 'scaler.withMean': false }`, or whole steps, `{ scaler: new MinMaxScaler() }`. The next fit
   * uses them.
   * @throws ArgumentError for steps and parameters that do not exist, and as setParams of a step; then nothing has changed.
   * MlpError ERR_BUSY during fit.
   */
  override setParams(params: PartParams): this {
    const before = super.getParams()
    const { params: changed, partParams } = routeSteps(before.steps, params)
    super.setParams(changed)
    setPartParams(new Map(super.getParams().steps), partParams, () => super.setParams(before))
    return this
  }

  override clone(): this {
    const { steps, ...columns } = this.params
    return new Pipeline<E>({ steps: steps.map(([name, step]): NamedStep => [name, step.clone()]), ...columns }) as this
  }

  /**
   * The estimator's prediction for each row.
   * @param options those of the estimator's predict.
   * @throws ArgumentError for wrong data, or without an estimator; MlpError ERR_NOT_FITTED.
   */
  predict(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predict'>>> {
    return this.#call('predict', x, options)
  }

  /** The probability of each class, if the estimator has predictProba. */
  predictProba(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predictProba'>>> {
    return this.#call('predictProba', x, options)
  }

  /** The weighted sums of rows, if the estimator has decisionFunction. */
  decisionFunction(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'decisionFunction'>>> {
    return this.#call('decisionFunction', x, options)
  }

  /** The weighted sums of one row (flat, or a plain object), or those of a table, on the spot. */
  decisionFunctionSync(row: CategoricalRow): RowResultOf<E, 'decisionFunctionSync'>
  decisionFunctionSync(table: PipelineInput): TableResultOf<E, 'decisionFunctionSync'>
  decisionFunctionSync(
    x: PipelineInput | CategoricalRow,
  ): RowResultOf<E, 'decisionFunctionSync'> | TableResultOf<E, 'decisionFunctionSync'> {
    return this.#callSync('decisionFunctionSync', x)
  }

  /**
   * The estimator's prediction for one row (flat, or a plain object), or for a table, on the spot.
   * @throws ArgumentError for wrong data, or without an estimator; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: CategoricalRow): RowResultOf<E>
  predictSync(table: PipelineInput): TableResultOf<E>
  predictSync(x: PipelineInput | CategoricalRow): RowResultOf<E> | TableResultOf<E> {
    return this.#callSync('predictSync', x)
  }

  /**
   * The probability of each class for one row (flat, or a plain object), in the order of `classes`, or those of a table, on
   * the spot.
   * @throws ArgumentError for wrong data, or without an estimator that has predictProbaSync; MlpError ERR_NOT_FITTED.
   */
  predictProbaSync(row: CategoricalRow): RowResultOf<E, 'predictProbaSync'>
  predictProbaSync(table: PipelineInput): TableResultOf<E, 'predictProbaSync'>
  predictProbaSync(
    x: PipelineInput | CategoricalRow,
  ): RowResultOf<E, 'predictProbaSync'> | TableResultOf<E, 'predictProbaSync'> {
    return this.#callSync('predictProbaSync', x)
  }

  /**
   * The estimator's score: accuracy or R².
   * @param options those of the estimator's score: sampleWeight, signal.
   */
  async score(x: PipelineInput, y: unknown, options: object = {}): Promise<number> {
    const steps = this.learned('score')
    const score = method(steps, 'score')
    return (await score(await throughToEstimator(steps, x, this.params, signalOf(options)), y, options)) as number
  }

  /**
   * Writes all fitted steps to one safetensors file, which is replaced as a whole or not at all. The names of the estimator's
   * tensors begin with its name.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_NOT_FITTED.
   */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await writeFileAtomic(path, this.toBytes())
  }

  /**
   * The bytes of the file that `save` writes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toBytes(): Uint8Array {
    const { unknownColumns, missingColumns } = this.params
    return encodePipeline(this.learned('save'), { unknownColumns, missingColumns })
  }

  /**
   * The steps as plain JSON. `fromJSON` reads that of transformers alone; of an estimator it has the parameters and a few facts,
   * for logs: `save` writes it whole.
   */
  toJSON(): TransformerJson {
    const list = ({ transformers, estimator }: Steps) =>
      [...transformers, ...(estimator ? [estimator] : [])].map(([name, step]) => [name, jsonOf(step)])
    const learned = this.learnedSoFar
    const unfitted = this.params.steps.map(([name, step]): NamedStep => [name, step.clone()])
    return {
      kind: definition.name,
      params: { ...this.params, steps: list(sortSteps(unfitted)) },
      state: learned ? { steps: list(learned), featureNamesIn: learned.featureNamesIn ?? null } : null,
    }
  }

  /** The classes of a fitted classifier. */
  get classes(): PropertyOf<E, 'classes'> {
    const { estimator } = this.learned('read the classes')
    return (estimator?.[1] as { classes?: unknown } | undefined)?.classes as PropertyOf<E, 'classes'>
  }

  #callSync<R>(name: string, x: PipelineInput | CategoricalRow): R {
    const steps = this.learned('predict')
    return method(steps, name)(runNow(rowsFor(steps, throughSync(steps, x, this.params)))) as R
  }

  async #call<R>(name: string, x: PipelineInput, options: object | undefined): Promise<R> {
    const steps = this.learned('predict')
    const call = method(steps, name)
    return (await call(
      await throughToEstimator(steps, x, this.params, signalOf(options)),
      ...(options ? [options] : []),
    )) as R
  }
}

/**
 * Makes a pipeline of transformers, with or without an estimator at the end. The name of a step is that of its class in lower
 * case, such as `standardscaler`, unless it has one.
 * @param steps steps, or pairs of a name and a step.
 * @param options what happens to rows with other columns than those of fit: `unknownColumns` 'ignore' lets them have columns
 * that fit did not have, `missingColumns` 'impute' reads columns that they lack as null. Both are 'error' by default.
 * @throws ArgumentError for no steps, a value that is no step, or an estimator before the last step.
 * @example
 * const model = pipeline([new preprocessing.StandardScaler(), new MLPClassifier({ solver: 'lbfgs', seed: 1 })])
 * await model.fit([[100, 1], [120, 1], [300, 2], [310, 2]], ['small', 'small', 'large', 'large'])
 * model.predictSync([305, 2]) // 'large'
 */
export function pipeline<const S extends readonly (Step | NamedStep)[]>(
  steps: S,
  options: ColumnOptions = {},
): Pipeline<LastOf<S>> {
  checkOptions(options, 'pipeline()', keysOf(columnParameters))
  return new Pipeline<LastOf<S>>({ ...options, steps })
}

/**
 * Makes a transformer, with all that it learned, from the JSON of its toJSON. The JSON is untrusted: all of it is checked.
 * @throws ArgumentError that says what is wrong with the JSON.
 */
export function transformerFromJSON(json: unknown): TransformerLike {
  const { kind } = Object(json) as { kind?: unknown }
  if (kind === definition.name) return Pipeline.fromJSON(json)
  if (kind === 'ColumnTransformer') return ColumnTransformer.fromJSON(json, transformerFromJSON)
  return simpleTransformerFrom(json)
}
