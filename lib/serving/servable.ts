import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { MLPClassifier } from '../estimators/index.js'
import { inside } from '../estimators/inside.js'
import { innermost, wrapped } from '../learning/wrapped.js'
import { argMax } from '../math/arg-max.js'
import { Pipeline } from '../pipeline/index.js'
import { Table } from '../table/table.js'
import { TabularClassifier } from '../tabular/tabular-classifier.js'
import { InputWatch } from './input-watch.js'

/** A model that a server can serve: whatever `load` returns, or an object with these methods. */
export interface ServableModel {
  predict(rows: never, options?: never): Promise<unknown>
  predictSync(rows: never): unknown
}

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** The answer for a row. */
export interface Scored {
  /** A label, a number, or the outputs of a network. */
  readonly prediction: Json
  /** By class. */
  readonly probabilities?: Readonly<Record<string, number>>
}

/** Answers for rows, by column. */
export interface ScoredRows {
  readonly predictions: readonly unknown[] | Matrix
  /** (rows, classes) */
  readonly probabilities?: Matrix
}

/** What models may tell of themselves. */
export interface ModelFacts {
  readonly classes?: Json[]
  readonly featureNamesIn?: string[]
  readonly nFeaturesIn?: number
  /** Of a table model. */
  readonly schema?: { readonly columns: readonly { name: string; kind: string }[]; toJSON(): object }
  toJSON?(): unknown
}

/** Any of the methods that models have. */
type Method = (rows: unknown, options?: { signal?: AbortSignal }) => unknown

/** One model of the server. */
export class Servable {
  /** The name of its class. */
  readonly kind: string
  /** The labels of a classifier. */
  readonly classes: readonly Json[] | undefined
  /** The names of the columns, if the model knows them. */
  readonly columns: readonly string[] | undefined
  /** The number of inputs, if the model knows it. */
  readonly inputs: number | undefined
  readonly hasProbabilities: boolean
  /** Counts the rows that are asked, where drift is watched and the model has a schema. */
  readonly watch: InputWatch | undefined
  /** Whether the label is that of the highest probability: then one pass gives both. */
  readonly #labelsFollow: () => boolean
  readonly #classNames: readonly string[]
  readonly #methods: Readonly<Record<string, Method | undefined>>

  /**
   * @param version what answers call it.
   * @throws ArgumentError for a value that is no model; MlpError ERR_NOT_FITTED.
   */
  constructor(
    readonly model: ServableModel,
    readonly version: string,
    name = 'model',
    watchesDrift = false,
  ) {
    const methods = Object(model) as Record<string, Method | undefined>
    if (typeof methods.predict !== 'function' || typeof methods.predictSync !== 'function') {
      throw invalid(name, 'a model with predict and predictSync', model)
    }
    const facts = model as ModelFacts
    this.kind = model.constructor.name
    this.classes = facts.classes
    this.#classNames = (facts.classes ?? []).map(String)
    this.columns = facts.featureNamesIn ?? facts.schema?.columns.map((column) => column.name)
    this.inputs = facts.nFeaturesIn ?? inputsOfNetwork(facts)
    this.hasProbabilities = typeof (innermost(model) as typeof methods).predictProbaSync === 'function'
    this.watch = watchesDrift ? InputWatch.of(model) : undefined
    const follow = labelsFollow(model)
    // A fit may choose other labels.
    this.#labelsFollow = model instanceof TabularClassifier ? () => labelsFollow(model) : () => follow
    this.#methods = methods
  }

  /** The answer for one row, on the spot. @throws ArgumentError for several rows, where the model's rows are known. */
  one(row: unknown, withProbabilities: boolean): Scored {
    if (isTable(row) && (this.inputs !== undefined || this.columns)) {
      throw new ArgumentError('Expected one row, but got a table: ask for each of its rows.')
    }
    if (withProbabilities && this.#labelsFollow()) {
      const answer = this.#call('predictProbaSync', row) as ArrayLike<number> | Record<string, number>
      this.watch?.add([row])
      // By name: keys that look like whole numbers come first in an object.
      const shares = ArrayBuffer.isView(answer)
        ? (answer as Float32Array)
        : this.classes!.map((label) => (answer as Record<string, number>)[String(label)]!)
      return { prediction: this.classes![argMax(shares)]!, probabilities: this.#byClass(answer) }
    }
    const prediction = toJson(this.#call('predictSync', row))
    if (withProbabilities) this.checkProbabilities()
    this.watch?.add([row])
    if (!withProbabilities) return { prediction }
    return { prediction, probabilities: this.#byClass(this.#call('predictProbaSync', row) as ArrayLike<number>) }
  }

  /** Computes a row that is not counted. @throws what the model says of it. */
  check(row: unknown): void {
    this.#call('predictSync', row)
  }

  /** The answers for several rows, off the event loop. */
  async many(rows: unknown, withProbabilities: boolean, signal?: AbortSignal): Promise<ScoredRows> {
    if (withProbabilities) this.checkProbabilities()
    const options = signal ? { signal } : {}
    if (withProbabilities && this.#labelsFollow()) {
      const probabilities = this.#table(await this.#call('predictProba', rows, options))
      if (Array.isArray(rows)) this.watch?.add(rows)
      const labelOf = (_: unknown, i: number) => this.classes![argMax(probabilities.row(i))]
      return { predictions: Array.from({ length: probabilities.rows }, labelOf), probabilities }
    }
    const [predictions, probabilities] = await Promise.all([
      this.#call('predict', rows, options) as Promise<readonly unknown[] | Matrix>,
      withProbabilities ? (this.#call('predictProba', rows, options) as Promise<unknown>) : undefined,
    ])
    if (Array.isArray(rows)) this.watch?.add(rows)
    return { predictions, ...(withProbabilities && { probabilities: this.#table(probabilities) }) }
  }

  /** Row `i` of `many`. */
  row({ predictions, probabilities }: ScoredRows, i: number): Scored {
    const prediction = toJson(predictions instanceof Matrix ? predictions.row(i) : predictions[i])
    return probabilities ? { prediction, probabilities: this.#byClass(probabilities.row(i)) } : { prediction }
  }

  /** @throws ArgumentError if the model has no probabilities. */
  checkProbabilities(): void {
    if (!this.hasProbabilities) throw new ArgumentError(`This model, a ${this.kind}, has no probabilities.`)
  }

  #call(name: string, rows: unknown, options?: object): unknown {
    return (this.#methods[name] as Method).call(this.model, rows, ...(options ? [options] : []))
  }

  /** Probabilities as a table, in the order of the classes. */
  #table(values: unknown): Matrix {
    if (values instanceof Matrix) return values
    const names = this.classes!.map(String)
    return Matrix.from((values as Record<string, number>[]).map((row) => names.map((name) => row[name]!)))
  }

  #byClass(values: ArrayLike<number> | Readonly<Record<string, number>>): Record<string, number> {
    if (!ArrayBuffer.isView(values)) return values as Record<string, number>
    const shares: Record<string, number> = {}
    for (const [k, name] of this.#classNames.entries()) {
      // Assigned, it would not become a key.
      const value = (values as Float32Array)[k]!
      if (name === '__proto__') Object.defineProperty(shares, name, { value, ...isPlainKey })
      else shares[name] = value
    }
    return shares
  }
}

/**
 * Of an MLPClassifier, also behind transformers, and of a TabularClassifier without factors of labels; thresholds and rows of several
 * labels are otherwise.
 */
function labelsFollow(model: object): boolean {
  if (model.constructor === TabularClassifier)
    return (model as TabularClassifier)[inside]().targets.factors === undefined
  let inner: object | undefined = model
  while (inner instanceof Pipeline) inner = inner[wrapped]
  if (inner?.constructor !== MLPClassifier) return false
  const { outActivation, nOutputs } = inner as MLPClassifier
  return outActivation === 'softmax' || nOutputs === 1
}

const isPlainKey = { enumerable: true, configurable: true, writable: true }

/** As requests have it: a list of lists or objects is a list of rows. */
function isTable(row: unknown): boolean {
  if (row instanceof Matrix || row instanceof Table) return true
  return Array.isArray(row) && row[0] !== null && typeof row[0] === 'object' && !(row[0] instanceof Date)
}

function inputsOfNetwork(model: { toJSON?(): unknown }): number | undefined {
  const { layers } = Object(model.toJSON?.()) as { layers?: { inputShape?: [number] }[] }
  return layers?.[0]?.inputShape?.[0]
}

function toJson(value: unknown): Json {
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : (value as Json)
}
