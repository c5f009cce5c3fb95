import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, type NumberArray } from '../base/matrix.js'
import { classesOf, encodeLabels, type Label, type LabelsLike, readLabels, sameClasses } from '../learning/labels.js'
import { Learner } from '../learning/learner.js'
import type { Definition } from '../learning/parameters.js'
import { readState } from '../learning/restore.js'
import { readTransformerJson, type TransformerJson } from './json.js'

const labelEncoderParameters = {}
type LabelEncoderParameters = typeof labelEncoderParameters
const definition: Definition<LabelEncoderParameters> = { name: 'LabelEncoder', parameters: labelEncoderParameters }

interface LabelState {
  readonly classes: readonly Label[]
}

/**
 * Encodes labels as numbers from 0, in the order of the sorted labels. Estimators do not need it: they take labels as they are.
 *
 * Source: scikit-learn 1.9's LabelEncoder, but missing labels are refused.
 * @example
 * const encoder = await new preprocessing.LabelEncoder().fit(['no', 'yes', 'no'])
 * encoder.classes // ['no', 'yes']
 * encoder.transformSync(['yes', 'no']) // Int32Array [1, 0]
 * encoder.inverseTransform([1]) // ['yes']
 */
export class LabelEncoder<C extends Label = Label> extends Learner<LabelEncoderParameters, LabelState> {
  /** It has no parameters. */
  static readonly parameters = labelEncoderParameters

  constructor() {
    super(definition, {})
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): LabelEncoder {
    const { state } = readTransformerJson(json, definition.name)
    const encoder = new LabelEncoder()
    if (!state) return encoder
    const { classes: list } = readState(state, ['classes'])
    const classes = classesOf(readLabels(list, 'classes'))
    if (!sameClasses(classes, list as Label[]))
      throw new ArgumentError('Expected sorted labels that differ for classes.')
    encoder.adopt({ classes })
    return encoder
  }

  /**
   * Learns the labels.
   * @throws ArgumentError for an empty array, labels of several types, or missing labels.
   */
  async fit(y: LabelsLike<C>): Promise<this> {
    this.publish({ classes: classesOf(readLabels(y, 'y')) })
    return this
  }

  /** `fit`, then `transform` of the same labels. */
  async fitTransform(y: LabelsLike<C>): Promise<Int32Array> {
    return (await this.fit(y)).transformSync(y)
  }

  /** The number of each label. */
  async transform(y: LabelsLike<C>): Promise<Int32Array> {
    return this.transformSync(y)
  }

  /**
   * The number of each label, synchronously.
   * @throws ArgumentError for a label that is not in fit; MlpError ERR_NOT_FITTED.
   */
  transformSync(y: LabelsLike<C>): Int32Array {
    const { classes } = this.learned('transform')
    return isEmpty(y) ? new Int32Array(0) : encodeLabels(readLabels(y, 'y'), classes, 'y')
  }

  /**
   * The labels of numbers.
   * @throws ArgumentError for a number without a label; MlpError ERR_NOT_FITTED.
   */
  inverseTransform(numbers: readonly number[] | NumberArray): C[] {
    const { classes } = this.learned('invert the transform')
    if (!Array.isArray(numbers) && !isNumberArray(numbers)) throw invalid('numbers', 'an array of numbers', numbers)
    return Array.from(numbers as readonly number[], (number, i) => {
      if (Number.isInteger(number) && number >= 0 && number < classes.length) return classes[number] as C
      throw invalid(`numbers[${i}]`, `an integer from 0 to ${classes.length - 1}`, number)
    })
  }

  /** The labels, sorted. */
  get classes(): C[] {
    return [...this.learned('read the classes').classes] as C[]
  }

  protected override summary({ classes }: LabelState): Record<string, unknown> {
    return { classes }
  }

  /** The learned state as plain JSON, which `fromJSON` reads. */
  toJSON(): TransformerJson {
    const state = this.learnedSoFar
    return { kind: definition.name, params: {}, state: state ? { classes: [...state.classes] } : null }
  }

  protected override get fitCall(): string {
    return 'fit(y)'
  }
}

function isEmpty(y: unknown): boolean {
  return (Array.isArray(y) || isNumberArray(y)) && y.length === 0
}
