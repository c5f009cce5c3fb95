import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { readClassRows } from '../../../lib/estimators/mlp/class-rows.js'
import type { MLPRows } from '../../../lib/estimators/mlp/fit.js'
import type { Validation } from '../../../lib/estimators/mlp/job.js'
import { readValueRows } from '../../../lib/estimators/mlp/value-rows.js'
import { metrics } from '../../../lib/index.js'
import { hashed } from '../../parity/support.js'

const early = { earlyStopping: true, validationFraction: 0.4 }
const counts = [60, 25, 40]

/** A row of one of the ranks; its number is its only column. */
interface Row {
  readonly number: number
  readonly rank: number
  readonly weight: number
}

const rows: Row[] = counts
  .flatMap((count, rank) => Array.from({ length: count }, () => rank))
  .map((rank, number) => ({ number, rank, weight: 0.5 + (number % 3) }))

/** What each rank holds back. */
function heldBack(
  read: (x: { data: Float32Array; rows: number; columns: 1 }, own: Row[], weights: Float64Array) => MLPRows,
) {
  return counts.map((_, rank): { validation: Validation; held: Row[] } => {
    const own = rows.filter((row) => row.rank === rank)
    const x = { data: Float32Array.from(own, ({ number }) => number), rows: own.length, columns: 1 } as const
    const { validation } = read(
      x,
      own,
      Float64Array.from(own, ({ weight }) => weight),
    )
    return { validation: validation!, held: Array.from(validation!.x.data, (number) => rows[number]!) }
  })
}

/** The score of all ranks, by the outputs of rows. */
function scoreOf(ranks: ReturnType<typeof heldBack>, outputs: (row: Row) => readonly number[]): number {
  const parts = ranks.map(({ validation, held }) => runNow(validation.partOf(Float32Array.from(held.flatMap(outputs)))))
  const scores = ranks.map(({ validation }) => validation.score(parts))
  expect(new Set(scores).size).toBe(1)
  return scores[0]!
}

/** How many rows are predicted right differs between ranks. */
const isRight = ({ number, rank }: Row) => number % 7 < 6 - 2 * rank

it.each([
  [2, (k: number) => [k]],
  [3, (k: number) => [0, 1, 2].map((j) => (j === k ? 0.6 : 0.2))],
])('the score of ranks is the accuracy of all rows held back: %i classes', (count, outputs) => {
  const truth = ({ number }: Row) => number % count
  const predicted = (row: Row) => (truth(row) + Number(!isRight(row))) % count
  const ranks = heldBack(
    (x, own, weights) => runNow(readClassRows(x, own.map(truth), weights, { ...early, classWeight: null }, 1)).rows,
  )
  const all = ranks.flatMap(({ held }) => held)
  expect(all).toHaveLength(24 + 10 + 16)
  const expected = metrics.accuracy(all.map(truth), all.map(predicted), {
    sampleWeight: all.map(({ weight }) => weight),
  })
  expect(expected).toBeLessThan(0.9)
  expect(scoreOf(ranks, (row) => outputs(predicted(row)))).toBeCloseTo(expected, 12)
  expect(scoreOf(ranks, (row) => outputs(truth(row)).map((value) => (row.rank === 1 ? Number.NaN : value)))).toBeNaN()
})

it('the score of ranks is R² of all rows held back, the mean over columns', () => {
  const values = hashed(0, rows.length, 2, 2).map(([a, b], number) => [Math.fround(a! + rows[number]!.rank), b!])
  const truth = ({ number }: Row) => values[number]!
  const predicted = (row: Row) =>
    truth(row).map((value, j) => Math.fround(value + 0.2 * (row.rank + j + (row.number % 2))))
  const ranks = heldBack((x, own, weights) =>
    runNow(readValueRows(x, own.map(truth), weights, { ...early, loss: 'squaredError' }, 1)),
  )
  const all = ranks.flatMap(({ held }) => held)
  const expected = metrics.r2(all.map(truth), all.map(predicted), { sampleWeight: all.map(({ weight }) => weight) })
  expect(scoreOf(ranks, predicted)).toBeCloseTo(expected, 12)
})
