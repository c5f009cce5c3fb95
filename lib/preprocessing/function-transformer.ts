import type { Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { booleanParameter, type Definition, type OptionsOf, type Parameter } from '../learning/parameters.js'
import { readState } from '../learning/restore.js'
import type { Cells } from './cells.js'
import { functionOf, inverseOf, readFunctionName } from './functions.js'
import { type Features, featuresOf } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { type CellFunction, Scaler } from './scaler.js'
import type { FitContext } from './transformer.js'
import { warn } from './warn.js'

const func: Parameter<string> = {
  default: 'identity',
  description: 'The function that changes each number.',
  takes: 'the name of a built-in or registered function',
  search: { choices: ['identity', 'log1p', 'sqrt'] },
  read: readFunctionName,
}

const inverseFunc: Parameter<string | null> = {
  default: null,
  description: 'The function of inverseTransform; null for the inverse that the registry names.',
  takes: 'the name of a built-in or registered function, or null',
  read: (value, name) => (value === null ? null : readFunctionName(value, name)),
}

const functionTransformerParameters = {
  func,
  inverseFunc,
  checkInverse: booleanParameter(true, {
    description:
      'Whether fit warns if inverseFunc does not give back 100 of the numbers, to within 1e-7 of their size.',
  }),
}
type FunctionTransformerParameters = typeof functionTransformerParameters
const definition: Definition<FunctionTransformerParameters> = {
  name: 'FunctionTransformer',
  parameters: functionTransformerParameters,
}

/** Options of `new FunctionTransformer`. */
export type FunctionTransformerOptions = OptionsOf<typeof FunctionTransformer.parameters>

/** Upper bound on the numbers of a check of the inverse, as scikit-learn's. */
const mostChecked = 100

/**
 * Applies a named function to each number: log1p, sqrt, ..., or one of `registerFunction`. Files hold the name, never code. Missing
 * numbers (NaN) stay missing. It learns nothing but the columns.
 *
 * Source: scikit-learn 1.9's FunctionTransformer, whose functions take whole tables.
 * @example
 * const logs = await new preprocessing.FunctionTransformer({ func: 'log1p' }).fit([[0], [1]])
 * logs.transformSync([Math.E - 1]) // [1]
 */
export class FunctionTransformer extends Scaler<FunctionTransformerParameters, Features> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = functionTransformerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter or function. */
  constructor(options: FunctionTransformerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON, also for a function that is not registered. */
  static fromJSON(json: unknown): FunctionTransformer {
    const read = readTransformerJson(json, definition.name)
    return new FunctionTransformer(read.params).adoptJson(read)
  }

  // biome-ignore lint/correctness/useYield: there is nothing to learn in steps.
  protected *learn(cells: Cells, { before }: FitContext<Features>): Work<Features> {
    if (this.params.checkInverse && this.#inverse() !== undefined) this.#checkInverse(cells)
    return before ?? featuresOf(cells)
  }

  protected forwards(): CellFunction {
    return presentOnly(functionOf(this.params.func))
  }

  /** @throws ArgumentError for a function without an inverse. */
  protected backwards(): CellFunction {
    const inverse = this.#inverse()
    if (inverse !== undefined) return presentOnly(functionOf(inverse))
    throw new ArgumentError(
      `Expected a function with an inverse for inverseTransform, but ${this.params.func} has none. Set inverseFunc.`,
    )
  }

  protected record(features: Features): object {
    return recordFeatures(features)
  }

  protected restore(json: Record<string, unknown>): Features {
    return restoreFeatures(readState(json, featureKeys))
  }

  #inverse(): string | undefined {
    return this.params.inverseFunc ?? inverseOf(this.params.func)
  }

  #checkInverse({ data, columns }: Cells): void {
    const [forwards, backwards] = [this.forwards(), this.backwards()]
    const step = Math.max(1, Math.floor(data.length / mostChecked))
    for (let k = 0; k < data.length; k += step) {
      const value = data[k]!
      const back = backwards(forwards(value, k % columns), k % columns)
      if (Number.isNaN(value) || Math.abs(back - value) <= 1e-7 * Math.max(1, Math.abs(value))) continue
      warn(
        `FunctionTransformer: ${this.#inverse()} is not the inverse of ${this.params.func} for these rows: ${value} becomes ` +
          `${back}. Set checkInverse to false if inverseTransform is not needed.`,
      )
      return
    }
  }
}

/** A function that leaves missing numbers as they are. */
function presentOnly(apply: CellFunction): CellFunction {
  return (value, column) => (Number.isNaN(value) ? value : apply(value, column))
}
