import { rowBlocks, type Work } from '../base/breathing.js'
import { checkOneOf, describe, invalid } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { type Label, readLabels } from '../learning/labels.js'
import {
  booleanParameter,
  choiceParameter,
  type Definition,
  integerParameter,
  type OptionsOf,
  type Parameter,
  seedParameter,
} from '../learning/parameters.js'
import { readState, restoreList, restoreNumbers } from '../learning/restore.js'
import { foldsOfClasses, foldsOfRows } from '../math/folds.js'
import { uniforms } from '../math/random.js'
import { largestOf, smallestOf } from '../math/statistics.js'
import { type CategoricalInput, type Category, type CategoryColumns, categoryAt } from './categories.js'
import { Doubles, type Out } from './doubles.js'
import { CategoryTransformer } from './encoder.js'
import { type EncodedTargets, readTargets, type TargetType, targetTypes } from './encoder-targets.js'
import { fitToDoubles } from './float64.js'
import { type Features, featuresOf } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { codesOf, encodeCategories, encodeRow } from './target-encoding.js'
import type { TransformerFitOptions } from './transform-options.js'
import type { FitContext } from './transformer.js'
import {
  categoriesParameter,
  countCategories,
  recordVocabularies,
  restoreVocabularies,
  type Vocabulary,
  vocabulariesOf,
} from './vocabulary.js'
import { warn } from './warn.js'

const smooth: Parameter<'auto' | number> = {
  default: 'auto',
  description: "Weight of the overall mean in each category's, in rows; 'auto' computes it from the variances.",
  takes: "a finite number of at least 0, or 'auto'",
  read(value, name) {
    if (value === 'auto' || (Number.isFinite(value) && (value as number) >= 0)) return value as 'auto' | number
    throw invalid(name, smooth.takes, value)
  },
}

const targetEncoderParameters = {
  categories: categoriesParameter,
  targetType: choiceParameter('auto', ['auto', ...targetTypes], {
    description: "The type of y; 'auto' is 'continuous' for numbers with fractions, else the number of labels decides.",
  }),
  smooth,
  cv: integerParameter(
    5,
    { min: 2 },
    { description: 'Folds of fitTransform: each fold is encoded by the statistics of the others.' },
  ),
  shuffle: booleanParameter(true, { description: 'Whether rows are shuffled before they are split into folds.' }),
  seed: seedParameter(),
}
type TargetEncoderParameters = typeof targetEncoderParameters
const definition: Definition<TargetEncoderParameters> = { name: 'TargetEncoder', parameters: targetEncoderParameters }

/** Options of `new TargetEncoder`: scikit-learn's parameters, `random_state` as `seed`. */
export type TargetEncoderOptions = OptionsOf<typeof TargetEncoder.parameters>

interface TargetState extends Features {
  readonly vocabularies: readonly Vocabulary[]
  readonly type: TargetType
  /** Sorted; null for a continuous target. */
  readonly classes: readonly Label[] | null
  /** The mean of y, or the share of each class. */
  readonly means: Float64Array
  /** The encodings of each column's categories, by column, then by mean: column 0 and mean 0, column 0 and mean 1, ... */
  readonly encodings: readonly Float64Array[]
}

/**
 * Encodes each category as the mean of y in its rows, shrunk towards the overall mean where rows are few. Categories that are not
 * in fit become the overall mean; missing entries (null, NaN) are a category. With more than two classes there is a column for each.
 *
 * `fitTransform` encodes each of `cv` folds by the statistics of the others, so that the y of a row does not leak into the row:
 * use it for training rows. Its result differs from that of `fit` and `transform`.
 *
 * Source: Micci-Barreca 2001, equations 3 to 6; scikit-learn 1.9's TargetEncoder.
 * @example
 * const encoder = await new preprocessing.TargetEncoder({ smooth: 1 }).fit([['a'], ['a'], ['b']], [1.5, 2, 7.5])
 * encoder.targetMean // 3.67
 * await encoder.transform([['a'], ['new']]) // [[2.39], [3.67]]
 */
export class TargetEncoder extends CategoryTransformer<TargetEncoderParameters, TargetState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = targetEncoderParameters

  protected readonly streams = false

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: TargetEncoderOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): TargetEncoder {
    const read = readTransformerJson(json, definition.name)
    return new TargetEncoder(read.params).adoptJson(read)
  }

  /** The seed of the shuffle: the parameter `seed`, or a random one if that is null. */
  get seed(): number {
    return this.randomSeed
  }

  /** The categories of each column, in order. */
  get categories(): Category[][] {
    return this.learned('read the categories').vocabularies.map(({ categories }) => [...categories])
  }

  /** The type of y in fit. */
  get targetType(): TargetType {
    return this.learned('read targetType').type
  }

  /** The classes of y, sorted; null for a continuous y. */
  get classes(): Label[] | null {
    const { classes } = this.learned('read the classes')
    return classes && [...classes]
  }

  /** The mean of y, or the share of the second class; with more than two classes an array, the share of each. */
  get targetMean(): number | Float64Array {
    const { means, type } = this.learned('read targetMean')
    return type === 'multiclass' ? means.slice() : means[0]!
  }

  /** The encodings of each column's categories; with more than two classes an array for each column and class. */
  get encodings(): Float64Array[] {
    return this.learned('read the encodings').encodings.map((encoding) => encoding.slice())
  }

  /**
   * Learns from all rows; encodes each row by the folds that do not hold it. Warns if a class of y has fewer rows than `cv`.
   * @throws as fit does; ArgumentError for fewer rows than folds.
   */
  override async fitTransform(x: CategoricalInput, y?: unknown, options: TransformerFitOptions = {}): Promise<Matrix> {
    const signal = this.readOptions(options, 'fitTransform()')
    const result = await this[fitToDoubles](x, y, signal)
    return this.breathe(result.toMatrixInSteps(), signal)
  }

  /** @internal */
  override [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles> {
    return this.exclusively('fit', async () => {
      const rows = await this.breathe(this.read(x, 'x', undefined), signal)
      const [state, out] = await this.breathe(this.#crossFit(rows, y), signal)
      this.publish(state)
      return out
    })
  }

  protected override get fitCall(): string {
    return 'fit(x, y)'
  }

  protected *learn(rows: CategoryColumns, { y }: FitContext<TargetState>): Work<TargetState> {
    const targets = yield* readTargets(y, rows.rows, this.params.targetType)
    return (yield* this.#learnAll(rows, targets))[0]
  }

  protected columnsOut({ encodings }: TargetState): number {
    return encodings.length
  }

  protected transformer(state: TargetState, rows: CategoryColumns, out: Out) {
    const codes = (j: number, i: number) => state.vocabularies[j]!.indices.get(categoryAt(rows.values[j]!, i)) ?? -1
    return (begin: number, end: number) => {
      for (let i = begin; i < end; i++) encodeRow(state, codes, i, out)
    }
  }

  protected override namesOut({ classes, type }: TargetState, names: string[]): string[] {
    return type === 'multiclass' ? names.flatMap((name) => classes!.map((label) => `${name}_${label}`)) : names
  }

  protected record({ vocabularies, type, classes, means, encodings, ...features }: TargetState): object {
    const learned = { vocabularies: recordVocabularies(vocabularies), type, classes, means, encodings }
    return { ...recordFeatures(features), ...learned }
  }

  protected restore(json: Record<string, unknown>): TargetState {
    const state = readState(json, [...featureKeys, 'vocabularies', 'type', 'classes', 'means', 'encodings'])
    const features = restoreFeatures(state)
    const type = checkOneOf(state.type, 'type', targetTypes)
    const classes = type === 'continuous' ? null : readLabels(state.classes, 'classes')
    const count = type === 'multiclass' ? classes!.length : 1
    const means = restoreNumbers(state.means, 'means', { length: count })
    const vocabularies = restoreVocabularies(state.vocabularies, features)
    const lengths = vocabularies.flatMap(({ categories }) => Array<number>(count).fill(categories.length))
    const lists = restoreList(state.encodings, 'encodings', lengths.length, (list) => list)
    const encodings = lists.map((list, k) => restoreNumbers(list, `encodings[${k}]`, { length: lengths[k] }))
    return { ...features, vocabularies, type, classes, means, encodings }
  }

  *#learnAll(rows: CategoryColumns, targets: EncodedTargets): Work<[TargetState, Int32Array[]]> {
    const counts = yield* countCategories(rows, undefined)
    const vocabularies = yield* vocabulariesOf(counts, this.params.categories, false)
    const codes = yield* codesOf(rows, vocabularies)
    const all = new Uint8Array(rows.rows).fill(1)
    const { means, encodings } = yield* encodeCategories(codes, vocabularies, targets, all, this.params.smooth)
    const { type, classes } = targets
    return [{ ...featuresOf(rows), vocabularies, type, classes, means, encodings }, codes]
  }

  *#crossFit(rows: CategoryColumns, y: unknown): Work<[TargetState, Doubles]> {
    const targets = yield* readTargets(y, rows.rows, this.params.targetType)
    const { cv, shuffle, smooth: strength } = this.params
    const random = shuffle ? uniforms(this.randomSeed) : undefined
    yield* warnOfSmallClasses(targets, cv)
    const folds = yield* targets.numbers
      ? foldsOfClasses(targets.numbers, cv, random)
      : foldsOfRows(rows.rows, cv, random)
    const [state, codes] = yield* this.#learnAll(rows, targets)
    const columns = state.encodings.length
    const out = new Doubles(new Float64Array(rows.rows * columns), rows.rows, columns)
    for (let fold = 0; fold < cv; fold++) {
      const training = new Uint8Array(rows.rows)
      yield* rowBlocks(rows.rows, 1, (begin, end) => {
        for (let i = begin; i < end; i++) training[i] = folds[i] === fold ? 0 : 1
      })
      const learned = yield* encodeCategories(codes, state.vocabularies, targets, training, strength)
      yield* rowBlocks(rows.rows, columns, (begin, end) => {
        for (let i = begin; i < end; i++) {
          if (folds[i] === fold) encodeRow(learned, (j, row) => codes[j]![row]!, i, out.data)
        }
      })
    }
    return [state, out]
  }
}

/** Warns of a class that some folds lack. */
function* warnOfSmallClasses({ classes, numbers }: EncodedTargets, cv: number): Work<void> {
  if (!classes || !numbers) return
  const counts = new Int32Array(classes.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) counts[numbers[row]!]!++
  })
  const least = smallestOf(counts)
  if (least >= cv || largestOf(counts) < cv) return
  const label = describe(classes[counts.indexOf(least)])
  warn(
    `TargetEncoder: the class ${label} has only ${least} rows, fewer than the ${cv} folds of cv: some folds lack it.`,
  )
}
