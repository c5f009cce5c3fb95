import { rowBlocks, runBreathing, runNow } from '../base/breathing.js'
import { checkOptions, describe, keysOf, mismatch } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { calibrationFromJSON, calibrationMethods } from '../calibration/by-method.js'
import { labelsFrom, restoreClasses } from '../estimators/classes.js'
import { checkTensorNames, restoreFrom } from '../estimators/file.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../files/safetensors.js'
import { type Label, type LabelsLike, sameClasses } from '../learning/labels.js'
import {
  booleanParameter,
  choiceParameter,
  type Definition,
  type ParametersOf,
  seedParameter,
} from '../learning/parameters.js'
import { type FittedModel, relabelled } from '../learning/relabelled.js'
import { readState, restoreList } from '../learning/restore.js'
import { hasEpochs, wrapped } from '../learning/wrapped.js'
import type { CrossFitOptions } from '../model-selection/cross-fit.js'
import type { CrossValidation } from '../model-selection/cv.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import type { PartParams } from '../preprocessing/transformer-like.js'
import { type CalibratedMember, fitMembers, probabilitiesOf, responseOf } from './calibrated-members.js'
import { ClassifierWrapper, type RowLabels } from './classifier-wrapper.js'
import { encodeNested, readNested } from './nested.js'
import { calibrationCvParameter, classifierParameter, respond, respondSync } from './response.js'
import { signalOf } from './run.js'
import type { ClassifierLike, EstimatorLike } from './steps.js'
import type { PipelineInput } from './types.js'

const parameters = {
  estimator: classifierParameter,
  method: choiceParameter('sigmoid', calibrationMethods, {
    description:
      'The function that makes probabilities: a sigmoid (Platt), a non-decreasing step function, or a softmax with a temperature.',
    search: { choices: calibrationMethods },
  }),
  cv: calibrationCvParameter,
  ensemble: booleanParameter(true, {
    description:
      'Whether each split has a classifier and a calibration of its own, whose probabilities are averaged; false: one classifier ' +
      'learns all rows, and one calibration the predictions of all splits.',
    search: { choices: [true, false] },
  }),
  seed: seedParameter(),
}
const definition: Definition<typeof parameters> = { name: 'CalibratedClassifier', parameters }

/** Options of `new CalibratedClassifier`. */
export interface CalibratedClassifierOptions<E extends ClassifierLike = ClassifierLike> {
  /** The classifier, or a pipeline with one. */
  estimator: E
  /**
   * The function that makes probabilities: `'sigmoid'` (Platt's, the default) needs few rows, `'isotonic'` about 1,000,
   * `'temperature'` keeps the order of classes.
   */
  method?: 'sigmoid' | 'isotonic' | 'temperature' | undefined
  /**
   * How to split the rows: 5 stratified folds of neighbouring rows by default. `'prefit'`: `estimator` is fitted already, on other
   * rows, and all rows calibrate it; then it is used as it is, without a clone.
   */
  cv?: CrossValidation | 'prefit' | null | undefined
  /** Whether each split keeps its classifier and its calibration, whose probabilities are averaged; true by default. */
  ensemble?: boolean | undefined
  /** The seed of classifiers that have none; null, the default, draws one. */
  seed?: number | null | undefined
}

/** What training leaves in a CalibratedClassifier. */
interface LearnedCalibration {
  readonly classes: readonly Label[]
  readonly members: readonly CalibratedMember[]
  /** One that the time limit ended before a whole epoch. */
  readonly untrained: CalibratedMember | undefined
}

interface CalibratedLabels<E> {
  labels: unknown
  model: CalibratedClassifier<Extract<FittedModel<E, this['labels']>, ClassifierLike>>
}

/**
 * A classifier with calibrated probabilities: fit trains clones of a classifier on splits of the rows, and learns from the other
 * rows how far their probabilities, or weighted sums, can be trusted. It can be the last step of a pipeline, or hold one. `E` is
 * the type of the classifier.
 *
 * Source: scikit-learn 1.9's CalibratedClassifierCV; Platt 1999 for sigmoids, Zadrozny and Elkan 2002 for isotonic regression, Guo
 * et al. 2017 for temperatures.
 * @example
 * const { x, y } = datasets.digits().train
 * const network = new MLPClassifier({ hiddenLayerSizes: [20], maxIter: 10, seed: 1 })
 * const model = new CalibratedClassifier({ estimator: network, method: 'temperature', cv: 3 })
 * await model.fit(x, y)
 * model.predictProbaSync(x.row(0)) // Float32Array, in the order of model.classes
 */
export class CalibratedClassifier<E extends ClassifierLike = ClassifierLike> extends ClassifierWrapper<
  E,
  typeof parameters,
  LearnedCalibration
> {
  /** Every parameter with its default, its check and its description. */
  static readonly parameters = parameters

  /** @hidden */
  declare readonly [relabelled]?: CalibratedLabels<E>

  /** @throws ArgumentError for an unknown parameter, a wrong value, or no classifier. */
  constructor(options: CalibratedClassifierOptions<E>) {
    checkOptions(options, definition.name, keysOf(parameters))
    super(definition, { ...options, estimator: options.estimator ?? null })
  }

  /**
   * Reads a classifier that `save` wrote. The type parameter `E`, the classifier inside, is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<E extends ClassifierLike = ClassifierLike>(
    source: string | Uint8Array,
  ): Promise<CalibratedClassifier<E>> {
    return restoreFrom(source, definition.name, async ({ tensors, metadata }) => {
      const saved = decodeMetadata(metadata, definition.name, ['params', 'classes', 'members'])
      const params = readState(saved.params, ['method', 'cv', 'ensemble', 'seed'], 'params')
      const classes = restoreClasses(saved.classes)
      const members = await readMembers(saved.members, classes, tensors)
      if (params.cv === 'prefit' && members.length > 1)
        throw new FormatError(`Expected one classifier with cv 'prefit', but it has ${members.length}.`)
      const { estimator: first } = members[0]!
      const estimator = (params.cv === 'prefit' ? first : first.clone()) as E
      const loaded = new CalibratedClassifier<E>({ ...params, estimator })
      loaded.adopt({ classes, members, untrained: undefined })
      return loaded
    })
  }

  /** All parameters, and those of the classifier, such as `estimator.alpha`, unless cv is `'prefit'`: it is fitted already. */
  override getParams(): ParametersOf<typeof parameters> & PartParams {
    const params = super.getParams()
    if (params.cv === 'prefit') for (const key of Object.keys(params)) if (isInner(key)) delete params[key]
    return params
  }

  /**
   * Changes parameters, also those of the classifier, such as `estimator.alpha`, unless cv is `'prefit'`. The next fit uses them.
   * @throws ArgumentError for parameters that do not exist, wrong values, and parameters of a classifier that is fitted already;
   * then nothing has changed. MlpError ERR_BUSY during fit.
   */
  override setParams(params: PartParams): this {
    const given: PartParams = Object(params)
    const { cv = this.params.cv } = given
    const key = Object.keys(given).find(isInner)
    if (cv === 'prefit' && key !== undefined) {
      const hint = 'Set them before its fit, or set cv to a number of folds.'
      throw mismatch(
        key,
        "no parameter of the estimator, which is fitted already with cv 'prefit'",
        describe(given[key]),
        hint,
      )
    }
    const before = this.params
    if (before.cv !== 'prefit' || cv === 'prefit' || given.estimator !== undefined) return super.setParams(params)
    // Other models may hold the fitted one.
    return super.setParams({ ...params, estimator: before.estimator.clone() })
  }

  override clone(): this {
    const { estimator, ...params } = this.params
    if (params.cv !== 'prefit') return super.clone()
    return new CalibratedClassifier({ ...params, estimator: estimator as ClassifierLike }) as unknown as this
  }

  /**
   * Fits clones of the classifier to the training rows of the splits, and calibrations to their other rows. With cv `'prefit'`
   * it fits no classifier, so that only the options `sampleWeight` and `signal` have an effect.
   * @param y one label a row, of at least two classes; each split must train with rows of all of them.
   * @throws ArgumentError for wrong data, options or splits; as fit of the classifier does, and the signal's reason: then the model
   * keeps what it had learned before. MlpError ERR_BUSY while another fit runs.
   */
  fit<const Y extends LabelsLike>(
    x: PipelineInput,
    y: Y,
    options: CrossFitOptions = {},
  ): Promise<CalibratedClassifier<Extract<FittedModel<E, Y>, ClassifierLike>>> {
    const fitted = this.exclusively('fit', async () => {
      const learned = await fitMembers({ ...this.params, seed: this.randomSeed }, x, y, options)
      const untrained = learned.members.find(({ estimator }) => !hasEpochs(estimator))
      if (this.learnedSoFar === undefined || !untrained) this.publish({ ...learned, untrained })
      return this
    })
    return fitted as never
  }

  /**
   * The calibrated probability of each class for each row, in the order of `classes`, off the event loop.
   * @param options those of the classifier's predict.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predictProba(x: PipelineInput, options: object = {}): Promise<Matrix> {
    return this.#probabilities(this.learned('predict'), x, options)
  }

  /**
   * The probability of each class for one row, as an array in the order of `classes`, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictProbaSync(row: CategoricalRow): Float32Array
  predictProbaSync(table: PipelineInput): Matrix
  predictProbaSync(x: PipelineInput | CategoricalRow): Float32Array | Matrix {
    const { probabilities, isRow } = this.#probabilitiesSync(this.learned('predict'), x)
    return isRow ? probabilities.data : probabilities
  }

  /**
   * The fitted classifiers, each with its calibration: one a split, or a single one without `ensemble`.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get calibratedClassifiers(): CalibratedMember<E>[] {
    return [...this.learned('read calibratedClassifiers').members] as CalibratedMember<E>[]
  }

  toBytes(): Uint8Array {
    const { classes, members } = this.learned('save')
    const { method, cv, ensemble, seed } = this.params
    const tensors = new Map<string, Tensor>()
    const saved = members.map(({ estimator, calibration }, k) => {
      return { estimator: encodeNested(`members.${k}`, estimator, tensors), calibration }
    })
    const params = { method, cv: typeof cv === 'number' || cv === 'prefit' ? cv : null, ensemble, seed }
    return encodeSafetensors(tensors, encodeMetadata(definition.name, { params, classes, members: saved }))
  }

  /** @internal The classifier inside; one without a whole epoch, if there is one. */
  get [wrapped](): EstimatorLike {
    const learned = this.learnedSoFar
    if (!learned) return this.params.estimator
    return (learned.untrained ?? learned.members[0]!).estimator
  }

  protected override summary({ classes, members }: LearnedCalibration): Record<string, unknown> {
    return { classes, calibratedClassifiers: members.length }
  }

  protected override facts(learned: LearnedCalibration): object {
    return this.summary(learned)
  }

  protected override inner({ members }: LearnedCalibration): EstimatorLike {
    return members[0]!.estimator
  }

  protected override async label(learned: LearnedCalibration, x: unknown, options: object): Promise<Label[]> {
    const { data, cols } = await this.#probabilities(learned, x, options)
    return runBreathing(labelsFrom({ data, columns: cols }, learned.classes, 0), signalOf(options))
  }

  protected override labelSync(learned: LearnedCalibration, x: unknown): RowLabels {
    const { probabilities, isRow } = this.#probabilitiesSync(learned, x)
    const outputs = { data: probabilities.data, columns: probabilities.cols }
    return { labels: runNow(labelsFrom(outputs, learned.classes, 0)), isRow }
  }

  async #probabilities({ members, classes }: LearnedCalibration, x: unknown, options: object): Promise<Matrix> {
    let sum: Matrix | undefined
    for (const { estimator, calibration } of members) {
      const scores = await respond(estimator, responseOf(estimator), x, options)
      sum ??= new Matrix(new Float32Array(scores.rows * classes.length), scores.rows, classes.length)
      const { data } = sum
      const add = rowBlocks(scores.rows, 4 * classes.length, (begin, end) => {
        const block = scores.data.subarray(begin * scores.cols, end * scores.cols)
        const part = probabilitiesOf(calibration, new Matrix(block, end - begin, scores.cols))
        const from = begin * classes.length
        for (let k = 0; k < part.data.length; k++) data[from + k]! += part.data[k]! / members.length
      })
      await runBreathing(add, signalOf(options))
    }
    return sum!
  }

  #probabilitiesSync({ members, classes }: LearnedCalibration, x: unknown) {
    let sum: Matrix | undefined
    let isOne = false
    for (const { estimator, calibration } of members) {
      const { scores, isRow } = respondSync(estimator, responseOf(estimator), x)
      const { data } = probabilitiesOf(calibration, scores)
      sum ??= new Matrix(new Float32Array(data.length), scores.rows, classes.length)
      for (let k = 0; k < data.length; k++) sum.data[k]! += data[k]! / members.length
      isOne = isRow
    }
    return { probabilities: sum!, isRow: isOne }
  }
}

function isInner(key: string): boolean {
  return key.startsWith('estimator.')
}

async function readMembers(
  json: unknown,
  classes: readonly Label[],
  tensors: Map<string, Tensor>,
): Promise<CalibratedMember[]> {
  const list = restoreList(json, 'members', undefined, (member) => member)
  if (list.length === 0) throw new FormatError('It has no classifier.')
  const prefixes = list.map((_, k) => `members.${k}.`)
  checkTensorNames(
    tensors,
    [...tensors.keys()].filter((key) => prefixes.some((prefix) => key.startsWith(prefix))),
  )
  const members: CalibratedMember[] = []
  for (const [k, member] of list.entries()) {
    const saved = readState(member, ['estimator', 'calibration'], `members[${k}]`)
    const estimator = await readNested(saved.estimator, `members.${k}`, tensors)
    responseOf(estimator)
    const calibration = calibrationFromJSON(saved.calibration)
    const own = (estimator as unknown as { classes?: Label[] }).classes ?? []
    for (const found of [own, calibration.labels])
      if (!sameClasses(found, classes))
        throw mismatch(`the classes of members[${k}]`, describe(classes), describe(found))
    members.push({ estimator, calibration })
  }
  return members
}
