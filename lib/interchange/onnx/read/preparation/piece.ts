/** A transformer of one column, as the JSON of its class has it. */
export interface Step {
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
  /** What its state has of each column. */
  readonly own: Readonly<Record<string, unknown>>
  /** What its state has of all columns together. */
  readonly shared: Readonly<Record<string, unknown>>
}

/** How some columns of the prepared table come from a column of the inputs. */
export interface Piece {
  readonly column: number
  /** Columns of the prepared table. */
  readonly width: number
  /** None where the numbers pass as they are. */
  readonly steps: readonly Step[]
}

/** Numbers in the place of missing ones, and words. */
export function imputer(fill: number | string, missingValues = Number.NaN): Step {
  const strategy = typeof fill === 'string' ? 'mostFrequent' : 'mean'
  const rest = { fillValue: null, addIndicator: false, keepEmptyFeatures: false }
  return {
    kind: 'SimpleImputer',
    params: { missingValues, strategy, ...rest },
    own: { statistics: fill, missing: false },
    shared: {},
  }
}

/** (x - mean) / scale, of a positive scale. */
export function scaler(mean: number, scale: number): Step {
  const own = { counts: 1, means: mean, squares: scale * scale }
  return { kind: 'StandardScaler', params: { withMean: true, withStd: true }, own, shared: {} }
}

/** A named function. */
export function namedFunction(func: string): Step {
  const params = { func, inverseFunc: null, checkInverse: false }
  return { kind: 'FunctionTransformer', params, own: {}, shared: {} }
}
