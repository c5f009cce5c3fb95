import { invalid } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { isNumberArray, type MatrixLike, type NumberArray, type Table, toTable } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { type Label, type LabelsLike, readClasses, readLabels, sameClasses } from '../learning/labels.js'
import type { ParameterTable } from '../learning/parameters.js'
import type { RunOptions } from '../network/inference.js'
import { Estimator, type Learned } from './estimator.js'
import { readWeights } from './sample-weights.js'

/** What every classifier learns. */
export interface LearnedClasses extends Learned {
  /** Sorted. */
  readonly classes: readonly Label[]
}

/** A number for each row and class, or for two classes one a row, which stands for the second. */
export interface Outputs {
  readonly data: Float64Array | Float32Array
  readonly columns: number
}

/** What `score` takes. */
export interface ScoreOptions extends RunOptions {
  /** One number of at least 0 a row: how much the row counts. */
  sampleWeight?: SampleWeight | undefined
}

/** Labels from outputs: what all classifiers have in common. `C` is the type of the labels. */
export abstract class Classifier<
  T extends ParameterTable,
  L extends LearnedClasses,
  C extends Label = Label,
> extends Estimator<T, L> {
  /**
   * The labels there are, sorted: the order of the columns of all that has one a class.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get classes(): C[] {
    return [...this.learned('tell the classes').classes] as C[]
  }

  /**
   * The label of each row, of the type that was given to fit; off the event loop.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<C[]> {
    // One state for both, whatever training does meanwhile.
    const learned = this.learned('predict')
    return this.#labels(learned, await this.outputs(learned, this.rows(x), options))
  }

  /**
   * The label of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): C
  predictSync(table: Exclude<MatrixLike, NumberArray>): C[]
  predictSync(x: MatrixLike | readonly number[]): C | C[] {
    const learned = this.learned('predict')
    const row = asRow(x, learned.nFeaturesIn)
    const labels = this.#labels(
      learned,
      this.outputsSync(learned, row ?? toTable(x as MatrixLike, 'x', learned.nFeaturesIn)),
    )
    return row ? labels[0]! : labels
  }

  /**
   * The share of rows whose label is predicted right (accuracy), by weight where weights are given.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: LabelsLike<C>, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const { rows } = this.rows(x)
    const labels = readLabels(y, 'y', rows)
    const weights = readWeights(sampleWeight, rows)
    const predicted = await this.predict(x, options)
    let [right, all] = [0, 0]
    for (const [i, label] of labels.entries()) {
      const weight = weights?.[i] ?? 1
      if (predicted[i] === label) right += weight
      all += weight
    }
    return right / all
  }

  /** What decides between two classes: an output above it means the second. */
  protected abstract readonly threshold: number

  protected abstract outputs(learned: L, x: Table, options: RunOptions): Promise<Outputs>

  protected abstract outputsSync(learned: L, x: Table): Outputs

  /**
   * The classes of a partialFit: those of the fit before, or those given, which the first one needs.
   * @throws ArgumentError where there are none, or other ones than before.
   */
  protected partialClasses(given: unknown, before: L | undefined): readonly Label[] {
    return readPartialClasses(given, before?.classes)
  }

  #labels({ classes }: L, { data, columns }: Outputs): C[] {
    const rows = data.length / columns
    return Array.from({ length: rows }, (_, i) => classes[this.#choose(data, columns, i)] as C)
  }

  #choose(data: Float64Array | Float32Array, columns: number, row: number): number {
    if (columns === 1) return data[row]! > this.threshold ? 1 : 0
    let best = 0
    for (let k = 1; k < columns; k++) if (data[row * columns + k]! > data[row * columns + best]!) best = k
    return best
  }
}

/**
 * The classes of a partialFit: those of the fit before, or those given, which the first one needs.
 * @throws ArgumentError where there are none, or other ones than before.
 */
export function readPartialClasses(given: unknown, before: readonly Label[] | undefined): readonly Label[] {
  const classes = given === undefined ? undefined : readClasses(given, 'classes')
  if (!before) return classes ?? readMissingClasses()
  if (!classes || sameClasses(classes, before)) return before
  throw invalid('classes', 'the classes of the fit before', given)
}

function readMissingClasses(): never {
  throw invalid('classes', 'an array of all labels that will ever come, as the first partialFit needs it', undefined)
}

/** One flat row as a table; undefined for what is a table. */
export function asRow(x: unknown, columns: number): Table | undefined {
  const isFlat = isNumberArray(x) || (Array.isArray(x) && !Array.isArray(x[0]) && !isNumberArray(x[0]))
  if (!isFlat) return undefined
  const row = x as readonly number[] | NumberArray
  if (row.length !== columns) throw invalid('x', `a row of ${columns} numbers`, x, 'For several rows give a table.')
  const wrong = Array.isArray(row) ? row.findIndex((value) => typeof value !== 'number') : -1
  if (wrong >= 0) throw invalid(`column ${wrong} of x`, 'a number', row[wrong])
  return toTable(isNumberArray(row) ? row : Float64Array.from(row), 'x', columns)
}

/**
 * The classes out of a file: of one type, sorted, at least two.
 * @throws FormatError, ArgumentError.
 */
export function restoreClasses(value: unknown): readonly Label[] {
  const classes = readClasses(value, 'classes')
  if (sameClasses(classes, value as Label[])) return classes
  throw new FormatError('Its classes are not sorted, or not all different.')
}
