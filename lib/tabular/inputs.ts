import type { Work } from '../base/breathing.js'
import type { Matrix } from '../base/matrix.js'
import { quantileOf } from '../math/percentiles.js'
import { sortedColumn } from '../preprocessing/sorted-column.js'
import { binEdges, differentOf } from './bin-edges.js'
import { type Plan, type PlanColumn, placesOf } from './plan.js'

/** The places of a row that networks read. */
export interface Inputs {
  readonly width: number
  /** Places of numbers, scaled; and as normal numbers of their ranks, where there is such a place. */
  readonly scaled: readonly number[]
  readonly levels: readonly number[]
  /** All other places: categories, indicators, parts of dates, counts of words. */
  readonly others: readonly number[]
  /** Of each place of `levels`, in the training rows: where bins may begin and end. */
  readonly edges: readonly PlaceEdges[]
}

/** Quantiles of the numbers at a place, at equal distances: of the rows', and of the different ones. */
export interface PlaceEdges {
  readonly rows: readonly number[]
  readonly different: readonly number[]
}

const noEdges: PlaceEdges = { rows: [], different: [] }

/** Rows whose quantiles make the edges. */
const mostRows = 20_000
/** Edges of the finest bins that a recipe may ask for, of which others take some. */
export const mostBins = 96

/**
 * @param training numbers of those rows of `x` that are trained with.
 * @param hasEdges whether networks have bins of their own: quantiles of 100,000 columns are many.
 */
export function* inputsOfPlan(plan: Plan, x: Matrix, training: Uint32Array, hasEdges = true): Work<Inputs> {
  const scaled: number[] = []
  const levels: number[] = []
  const others: number[] = []
  for (const column of plan.columns) {
    const places = new Set(Array.from({ length: placesOf(column) }, (_, k) => column.at + k))
    if (isNumber(column)) {
      for (let bin = 0; bin < column.edges.length - 1; bin++) places.delete(column.binsAt + bin)
      scaled.push(column.at)
      places.delete(column.at)
      levels.push(column.levelAt < 0 ? column.at : column.levelAt)
      places.delete(column.levelAt)
    }
    others.push(...places)
  }
  if (!hasEdges) return { width: plan.width, scaled, levels, others, edges: levels.map(() => noEdges) }
  const step = Math.max(1, Math.floor(training.length / mostRows))
  const sample = Uint32Array.from({ length: Math.floor(training.length / step) }, (_, k) => training[k * step]!)
  const edges: PlaceEdges[] = []
  for (const at of levels) {
    const sorted = yield* sortedColumn({ data: x.data, rows: x.rows, columns: x.cols, names: undefined }, at, sample)
    edges.push({ rows: quantilesOf(sorted), different: quantilesOf(differentOf(sorted)) })
  }
  return { width: plan.width, scaled, levels, others, edges }
}

function isNumber({ kind }: PlanColumn): boolean {
  return kind === 'number' || kind === 'code' || kind === 'date'
}

function quantilesOf(sorted: Float64Array): number[] {
  return Array.from({ length: mostBins + 1 }, (_, k) => Math.fround(quantileOf(sorted, k / mostBins)))
}

/** Edges of at most so many bins (see binEdges), from finer ones. */
export function edgesOfBins({ rows, different }: PlaceEdges, bins: number): number[] {
  const at = (edges: readonly number[]) => (share: number) => edges[Math.round(share * mostBins)]!
  return binEdges(at(rows), at(different), bins)
}
