// Labels of rare classes: a factor for the probability of each class, where the metric asks for it.

import type { Work } from '../base/breathing.js'
import type { Matrix } from '../base/matrix.js'
import { ClassCounts, type CountMetric, classOf } from './class-counts.js'

/** How labels are chosen from probabilities, and what that gives on held-out rows. */
export interface FactorChoice {
  /** By class number; undefined where the most probable class is as good. */
  readonly factors: readonly number[] | undefined
  /** The metric of the most probable classes. */
  readonly plain: number
  /** The metric with factors, each half of the rows with those that the other half chose; undefined where they cannot be compared. */
  readonly crossed: number | undefined
}

/** Rows to choose by: so many, or fewer of many classes. */
const mostRows = 20_000
const mostCells = 1_000_000
/** How often the factor of each class is chosen anew. */
const rounds = 3

/**
 * Chooses a factor for each class, so that the metric of the labels is largest on held-out rows: one class after the other, as its
 * factor passes the rows at which their label changes. They are taken only if they are better on rows that did not choose them.
 */
export function* chooseFactors(outputs: Matrix, truth: Int32Array, metric: CountMetric): Work<FactorChoice> {
  const { rows, cols } = outputs
  const step = Math.max(1, Math.ceil(rows / Math.min(mostRows, Math.floor(mostCells / cols))))
  const all = Array.from({ length: Math.ceil(rows / step) }, (_, i) => i * step)
  const plain = scoreOf(outputs, truth, all, metric, undefined)
  const halves = [0, 1].map((half) => all.filter((i) => halfOf(i) === half))
  // Without a row of the class on both sides there is nothing to compare.
  if (halves.some((own) => new Set(own.map((i) => truth[i])).size < 2))
    return { factors: undefined, plain, crossed: undefined }
  const counts = new ClassCounts(cols)
  for (const [k, own] of halves.entries()) {
    const factors = yield* bestFactors(outputs, truth, halves[1 - k]!, metric)
    for (const i of own) counts.add(truth[i]!, classOf(outputs.row(i), factors))
  }
  const crossed = counts.score(metric)
  const factors = crossed > plain ? yield* bestFactors(outputs, truth, all, metric) : undefined
  return { factors, plain, crossed }
}

/** 0 or 1, without the periods that rows may have. */
function halfOf(row: number): number {
  return Math.imul(row + 1, 0x9e3779b1) >>> 31
}

function scoreOf(
  outputs: Matrix,
  truth: Int32Array,
  rows: readonly number[],
  metric: CountMetric,
  factors: readonly number[] | undefined,
): number {
  const counts = new ClassCounts(outputs.cols)
  for (const i of rows) counts.add(truth[i]!, classOf(outputs.row(i), factors))
  return counts.score(metric)
}

function* bestFactors(
  outputs: Matrix,
  truth: Int32Array,
  rows: readonly number[],
  metric: CountMetric,
): Work<readonly number[]> {
  const factors = startOf(truth, rows, outputs.cols, metric)
  let best = scoreOf(outputs, truth, rows, metric, factors)
  for (let round = 0; round < rounds; round++) {
    const before = best
    for (let k = 0; k < factors.length; k++) {
      const found = bestOf(k, factors, outputs, truth, rows, metric)
      if (found.score > best) {
        factors[k] = found.factor
        best = found.score
      }
      yield
    }
    if (best === before) break
  }
  const largest = Math.max(...factors)
  return factors.map((factor) => factor / largest)
}

/** Of true probabilities, one over the share of the class makes recalls' mean largest. */
function startOf(truth: Int32Array, rows: readonly number[], classes: number, metric: CountMetric): number[] {
  const counts = new Array<number>(classes).fill(0)
  if (metric === 'f1') return counts.fill(1)
  for (const i of rows) counts[truth[i]!]!++
  return counts.map((count) => 1 / Math.max(count, 1))
}

/** The best factor of the class k, others being as they are: between two factors at which a row's label changes. */
function bestOf(
  k: number,
  factors: readonly number[],
  outputs: Matrix,
  truth: Int32Array,
  rows: readonly number[],
  metric: CountMetric,
): { factor: number; score: number } {
  const without = factors.map((factor, j) => (j === k ? 0 : factor))
  const counts = new ClassCounts(outputs.cols)
  const changes: { row: number; from: number; at: number }[] = []
  for (const row of rows) {
    const probabilities = outputs.row(row)
    const from = classOf(probabilities, without)
    counts.add(truth[row]!, from)
    const at = (probabilities[from]! * factors[from]!) / probabilities[k]!
    if (from !== k && Number.isFinite(at)) changes.push({ row, from, at })
  }
  changes.sort((a, b) => a.at - b.at)
  let best = { factor: factors[k]!, score: -1 }
  for (const [i, { row, from, at }] of changes.entries()) {
    counts.move(truth[row]!, from, k)
    const next = changes[i + 1]?.at ?? 2 * at
    // Equal ones change together.
    if (next === at) continue
    const score = counts.score(metric)
    if (score > best.score) best = { factor: Math.sqrt(at * next) || next / 2, score }
  }
  return best
}
