import { checkOptions, checkString } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import type { Definition } from '../learning/parameters.js'
import { readState, restoreList } from '../learning/restore.js'
import { toFloat32 } from '../preprocessing/doubles.js'
import {
  type CategoricalRow,
  ColumnTransformer,
  type PartParams,
  type TransformerJson,
} from '../preprocessing/index.js'
import { readTransformerJson } from '../preprocessing/json.js'
import { simpleTransformerFrom } from '../preprocessing/kinds.js'
import { paramsOfPart, type TransformerLike } from '../preprocessing/transformer-like.js'
import { decodePipeline, encodePipeline } from './file.js'
import { method, signalOf, through, throughSync } from './run.js'
import { type NamedStep, routeSteps, type Step, type Steps, sortSteps, stepsParameter } from './steps.js'
import { Transforming } from './transforming.js'
import type { LastOf, PipelineInput, PropertyOf, ResultOf, RowResultOf, TableResultOf } from './types.js'

const parameters = { steps: stepsParameter }
const definition: Definition<typeof parameters> = { name: 'Pipeline', parameters }

/**
 * Steps one after the other: transformers, then perhaps an estimator, with one fit, one predict and one file. `E` is the type of the
 * last step. It learns with clones of its steps, and what was learned before goes only when all have learned: `namedSteps`
 * has those that have.
 *
 * Source: scikit-learn 1.9's Pipeline.
 */
export class Pipeline<E = unknown> extends Transforming<E> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = parameters

  /** @throws ArgumentError for no steps, for what is no step, or for an estimator before the last one. */
  constructor(options: { steps: readonly (Step | NamedStep)[] }) {
    checkOptions(options, 'Pipeline', ['steps'])
    super(definition, { steps: options.steps ?? [] })
  }

  /**
   * Reads a pipeline that `save` wrote. The type parameter is the last step's, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static async load<E = unknown>(source: string | Uint8Array): Promise<Pipeline<E>> {
    const steps = await decodePipeline(source, transformerFromJSON)
    const made = new Pipeline<E>({ steps: steps.map(([name, step]): NamedStep => [name, step.clone()]) })
    made.adopt(sortSteps(steps))
    return made
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): Pipeline {
    const { params, state } = readTransformerJson(json, definition.name)
    const restore = (given: unknown) =>
      restoreList(given, 'steps', undefined, (each, name): NamedStep => {
        const [own, step] = restoreList(each, name, 2, (one) => one)
        return [checkString(own, `the name of ${name}`), transformerFromJSON(step)]
      })
    const made = new Pipeline({ steps: restore(readState(params, ['steps'], 'params').steps) })
    if (state) made.adopt(sortSteps(restore(readState(state, ['steps']).steps)))
    return made
  }

  /** Every parameter: `steps`, each step by its name, and theirs, such as `scaler.withMean`. */
  override getParams(): { steps: readonly NamedStep[] } & PartParams {
    const { steps } = super.getParams()
    return Object.assign({}, ...steps.map(([name, step]) => paramsOfPart(name, step)), { steps })
  }

  /**
   * Changes parameters of steps, `{ 'scaler.withMean': false }`, or whole steps, `{ scaler: new MinMaxScaler() }`. It counts
   * from the next fit on.
   * @throws ArgumentError for steps and parameters that are not there; MlpError ERR_BUSY during fit.
   */
  override setParams(params: PartParams): this {
    const { steps, partParams } = routeSteps(super.getParams().steps, params)
    super.setParams({ steps })
    const now = new Map(super.getParams().steps)
    for (const [name, own] of partParams) now.get(name)!.setParams(own as never)
    return this
  }

  override clone(): this {
    return new Pipeline<E>({ steps: this.params.steps.map(([name, step]): NamedStep => [name, step.clone()]) }) as this
  }

  /**
   * What the estimator predicts for each row.
   * @param options what the estimator's predict takes.
   * @throws ArgumentError for wrong data, or without an estimator; MlpError ERR_NOT_FITTED.
   */
  predict(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predict'>>> {
    return this.#ask('predict', x, options)
  }

  /** The probability of each class, of an estimator that has predictProba. */
  predictProba(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'predictProba'>>> {
    return this.#ask('predictProba', x, options)
  }

  /** The weighted sums of the rows, of an estimator that has decisionFunction. */
  decisionFunction(x: PipelineInput, options?: object): Promise<Awaited<ResultOf<E, 'decisionFunction'>>> {
    return this.#ask('decisionFunction', x, options)
  }

  /**
   * What the estimator predicts for one row (flat or as a plain object), or for a table, on the spot.
   * @throws ArgumentError for wrong data, or without an estimator; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: CategoricalRow): RowResultOf<E>
  predictSync(table: PipelineInput): TableResultOf<E>
  predictSync(x: PipelineInput | CategoricalRow): RowResultOf<E> | TableResultOf<E> {
    const steps = this.learned('predict')
    return method(steps, 'predictSync')(toFloat32(throughSync(steps, x))) as RowResultOf<E> | TableResultOf<E>
  }

  /**
   * The estimator's score: the share of right labels, or R².
   * @param options what the estimator's score takes: sampleWeight, signal.
   */
  async score(x: PipelineInput, y: unknown, options: object = {}): Promise<number> {
    const steps = this.learned('score')
    const score = method(steps, 'score')
    return (await score(toFloat32(await through(steps, x, signalOf(options))), y, options)) as number
  }

  /**
   * Writes all steps and what they learned to one safetensors file, which is replaced as a whole or not at all. The estimator's
   * tensors are in it under its name.
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
    return encodePipeline(this.learned('save'))
  }

  /**
   * The steps as plain JSON, for a pipeline of transformers alone; with an estimator there is `save`.
   * @throws ArgumentError with an estimator.
   */
  toJSON(): TransformerJson {
    const { transformers, estimator } = sortSteps(this.params.steps)
    if (estimator) throw new ArgumentError('Expected transformers alone for toJSON: save writes an estimator, too.')
    const learned = this.learnedSoFar
    const list = (steps: Steps['transformers']) => steps.map(([name, step]) => [name, step.toJSON()])
    const unfitted = transformers.map(([name, step]) => [name, step.clone()] as const)
    return {
      kind: definition.name,
      params: { steps: list(unfitted) },
      state: learned ? { steps: list(learned.transformers) } : null,
    }
  }

  /** The labels there are, of a classifier that has learned. */
  get classes(): PropertyOf<E, 'classes'> {
    const { estimator } = this.learned('tell the classes')
    return (estimator?.[1] as { classes?: unknown } | undefined)?.classes as PropertyOf<E, 'classes'>
  }

  async #ask<R>(name: string, x: PipelineInput, options: object | undefined): Promise<R> {
    const steps = this.learned('predict')
    const ask = method(steps, name)
    return (await ask(toFloat32(await through(steps, x, signalOf(options))), ...(options ? [options] : []))) as R
  }
}

/**
 * Steps one after the other: transformers, then perhaps an estimator. Steps without a name are called as their class in small
 * letters: `standardscaler`.
 * @param steps transformers and estimators, or pairs of a name and one.
 * @throws ArgumentError for no steps, for what is no step, or for an estimator before the last one.
 * @example
 * const model = pipeline([new preprocessing.StandardScaler(), new MLPClassifier({ solver: 'lbfgs', seed: 1 })])
 * await model.fit([[100, 1], [120, 1], [300, 2], [310, 2]], ['small', 'small', 'large', 'large'])
 * model.predictSync([305, 2]) // 'large'
 */
export function pipeline<const S extends readonly (Step | NamedStep)[]>(steps: S): Pipeline<LastOf<S>> {
  return new Pipeline<LastOf<S>>({ steps })
}

/**
 * Any transformer with all that it learned, out of the JSON that its toJSON gave. The JSON may come from anywhere: every part of it is
 * checked.
 * @throws ArgumentError that says what is wrong with it.
 */
export function transformerFromJSON(json: unknown): TransformerLike {
  const { kind } = Object(json) as { kind?: unknown }
  if (kind === definition.name) return Pipeline.fromJSON(json)
  if (kind === 'ColumnTransformer') return ColumnTransformer.fromJSON(json, transformerFromJSON)
  return simpleTransformerFrom(json)
}
