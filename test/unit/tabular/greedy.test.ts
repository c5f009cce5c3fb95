import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { greedyWeights } from '../../../lib/tabular/greedy.js'
import { numberTask } from '../../../lib/tabular/number-task.js'
import { splitRows } from '../../../lib/tabular/split-rows.js'

const column = (values: readonly number[]) => new Matrix(Float32Array.from(values), values.length, 1)
const task = numberTask('rmse', 1)

describe('greedyWeights', () => {
  it('finds shares whose average is right', () => {
    const y = Float32Array.from([1, 2, 3, 4])
    const errors = [1, -1, 1, -1]
    const candidates = [3, -1, 5].map((size) => column([...y].map((value, i) => value + size * errors[i]!)))
    expect(runNow(greedyWeights(candidates, y, task))).toEqual([0.25, 0.75, 0])
  })

  it('keeps one candidate where no average is better', () => {
    const y = Float32Array.from([0, 1, 0, 1])
    expect(runNow(greedyWeights([column([0.4, 1, 0, 1]), column([0, 1, 0, 1])], y, task))).toEqual([0, 1])
  })
})

describe('splitRows', () => {
  it('holds out each row once in folds, with about the same share of each class', () => {
    const strata = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 97 ? 1 : 2))
    const splits = splitRows(100, strata, { folds: 6, splits: 6 }, 1)
    expect(splits.flatMap(({ validation }) => [...validation]).sort((a, b) => a - b)).toEqual([...Array(100).keys()])
    for (const { training, validation } of splits) {
      expect(training.length + validation.length).toBe(100)
      const rare = [...validation].filter((row) => strata[row] === 1).length
      expect(rare).toBeGreaterThanOrEqual(4)
      expect(rare).toBeLessThanOrEqual(5)
    }
  })

  it('has fewer folds for few rows, and none that is empty', () => {
    for (const rows of [5, 6, 7, 12, 13]) {
      const strata = Int32Array.from({ length: rows }, (_, i) => i % 2)
      const splits = splitRows(rows, strata, { folds: 6, splits: 6 }, 2)
      expect(splits).toHaveLength(Math.min(6, Math.floor(rows / 2)))
      for (const { validation } of splits) expect(validation.length).toBeGreaterThan(0)
    }
  })
})
