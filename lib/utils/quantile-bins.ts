import { checkInteger, checkOptions, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { checkFinite, type MatrixLike, toTable } from '../base/matrix.js'
import { quantileOf } from '../math/percentiles.js'

/** Options of `quantileBins`. */
export interface QuantileBinsOptions {
  /** The most bins of a column, at least 2 and fewer than rows; 48 by default. */
  bins?: number | undefined
}

const keys = optionKeys<QuantileBinsOptions>({ bins: true })

/**
 * The edges of bins that hold about as many rows each, for the part `piecewiseLinearEmbedding` of `layers.columns`:
 * quantiles at equal distances, without those that are equal. Computed on training rows. It is `compute_bins` of the
 * Python package rtdl_num_embeddings.
 * @param x rows of numbers.
 * @returns the edges of each column, increasing: one more than the column has bins.
 * @throws ArgumentError for NaN, for too few rows, or for a column with a single value.
 * @example
 * const trainX = [[0.5, 20], [0.7, 35], [0.1, 35], [0.9, 61]]
 * const edges = utils.quantileBins(trainX, { bins: 2 })
 * layers.columns({
 *   inputShape: [2],
 *   parts: [{ type: 'piecewiseLinearEmbedding', columns: [0, 1], edges }],
 * })
 */
export function quantileBins(x: MatrixLike, options: QuantileBinsOptions = {}): number[][] {
  checkOptions(options, 'quantileBins()', keys)
  const table = toTable(x, 'x')
  checkFinite(table, 'x')
  if (table.rows < 3) throw new ArgumentError(`quantileBins() needs at least 3 rows, but got ${table.rows}.`)
  const bins = checkInteger(options.bins ?? Math.min(48, table.rows - 1), 'bins', { min: 2, max: table.rows - 1 })
  return Array.from({ length: table.columns }, (_, column) => {
    const sorted = Float64Array.from({ length: table.rows }, (_, row) =>
      Math.fround(table.data[row * table.columns + column]!),
    ).sort()
    const quantiles = Array.from({ length: bins + 1 }, (_, k) => Math.fround(quantileOf(sorted, k / bins)))
    const edges = quantiles.filter((edge, k) => k === 0 || edge > quantiles[k - 1]!)
    if (edges.length >= 2) return edges
    throw new ArgumentError(
      `Column ${column} of x has the single value ${edges[0]}, of which there are no bins. Leave the column out.`,
    )
  })
}
