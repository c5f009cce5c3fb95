import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { greedyWeights } from '../../../lib/tabular/greedy.js'
import { numberTask } from '../../../lib/tabular/number-task.js'
import { foldsFor, presets } from '../../../lib/tabular/presets.js'
import { splitRows } from '../../../lib/tabular/split-rows.js'

const column = (values: readonly number[]) => new Matrix(Float32Array.from(values), values.length, 1)
const scale = { mean: 0, deviation: 1, shift: 0, factor: 1, min: -Infinity, max: Infinity }
const task = numberTask('rmse', { form: 'standard', ...scale })

describe('greedyWeights', () => {
  it('finds shares whose average is right', () => {
    const y = Float64Array.from([1, 2, 3, 4])
    const errors = [1, -1, 1, -1]
    const candidates = [3, -1, 5].map((size) => column([...y].map((value, i) => value + size * errors[i]!)))
    expect(runNow(greedyWeights(candidates, y, task))).toEqual([0.25, 0.75, 0])
  })

  it('keeps one candidate where no average is better', () => {
    const y = Float64Array.from([0, 1, 0, 1])
    expect(runNow(greedyWeights([column([0.4, 0.6, 0.4, 0.6]), column([0, 1, 0, 1])], y, task))).toEqual([0, 1])
  })

  it('leaves shares to candidates that other rows would have chosen', () => {
    // The cost is the mean output: in each sample one candidate alone is best. Of all rows it is the second, by a little.
    const cost = ({ data }: Matrix) => data.reduce((sum, own) => sum + own, 0)
    const first = Array.from({ length: 60 }, (_, i) => (i < 31 ? 1 : 0))
    const candidates = [first, first.map((one) => 1 - one), first.map(() => 2)].map(column)
    const weights = runNow(greedyWeights(candidates, new Float64Array(60), { cost }))
    expect(weights[0]).toBeGreaterThan(0)
    expect(weights[1]).toBeGreaterThan(0)
    expect(weights[2]).toBe(0)
    expect(weights[0]! + weights[1]!).toBeCloseTo(1, 12)
    expect(runNow(greedyWeights(candidates, new Float64Array(60), { cost }))).toEqual(weights)
  })

  it('gives no share below a twentieth, and shares it out again', () => {
    const y = new Float64Array(20)
    const errors = Array.from(y, (_, i) => (i % 2 ? 1 : -1))
    const weightsBeside = (size: number) =>
      runNow(greedyWeights([errors, errors.map((error) => -size * error)].map(column), y, task))
    // 1 of 11 and 1 of 31 would be right.
    expect(weightsBeside(10)[1]).toBeCloseTo(1 / 11, 6)
    expect(weightsBeside(30)).toEqual([1, 0])
    const equal = Array.from({ length: 30 }, (_, k) => column(Array.from(y, (_, i) => (i === k % 20 ? 0 : 1))))
    expect(runNow(greedyWeights(equal, y, task)).reduce((sum, own) => sum + own, 0)).toBeCloseTo(1, 12)
  })

  it('draws rows of every class, which auc needs', () => {
    const y = Int32Array.from({ length: 300 }, (_, i) => (i === 17 ? 1 : 0))
    const ofClasses: number[] = []
    const cost = (_: Matrix, classes: ArrayLike<number>) => ofClasses.push(new Set(Array.from(classes)).size)
    const candidates = [0.25, 0.75].map((value) => column(Array<number>(300).fill(value)))
    runNow(greedyWeights(candidates, y, { cost }))
    expect(new Set(ofClasses)).toEqual(new Set([2]))
  })

  it('compares on some of many rows, and begins no round after the deadline but the first', () => {
    const rows = 50_000
    const y = new Float64Array(rows)
    const sizes: number[] = []
    const cost = (outputs: Matrix, targets: ArrayLike<number>) => {
      sizes.push(outputs.rows, targets.length)
      return task.cost(outputs, targets as Float64Array)
    }
    const candidates = [3, -1].map((value) => column(Array<number>(rows).fill(value)))
    expect(runNow(greedyWeights(candidates, y, { cost }))).toEqual([0.25, 0.75])
    expect(new Set(sizes)).toEqual(new Set([4000]))
    expect(runNow(greedyWeights(candidates, y, task, performance.now() - 1))).toEqual([0, 1])
  })
})

describe('splitRows', () => {
  it('holds out a fifth of few rows, and a tenth of many', () => {
    for (const preset of [presets.fast, presets.balanced]) {
      const sizes = [3999, 4000].map((rows) => {
        const dealing = { folds: foldsFor(preset, rows), splits: preset.splits }
        return runNow(splitRows(rows, undefined, dealing, 1))[0]!.validation.length
      })
      expect(sizes).toEqual([800, 400])
    }
    expect(foldsFor(presets.best, 100_000)).toBe(presets.best.splits)
  })

  it('pauses between steps', () => {
    let steps = 0
    const work = splitRows(200_000, undefined, { folds: 5, splits: 1 }, 1)
    let last = work.next()
    for (; !last.done; last = work.next()) steps++
    expect(steps).toBeGreaterThan(40)
    expect(last.value.map(({ validation }) => validation.length)).toEqual([40_000])
  })

  it('holds out each row once in folds, with about the same share of each class', () => {
    const strata = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 97 ? 1 : 2))
    const splits = runNow(splitRows(100, strata, { folds: 6, splits: 6 }, 1))
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
      const splits = runNow(splitRows(rows, strata, { folds: 6, splits: 6 }, 2))
      expect(splits).toHaveLength(Math.min(6, Math.floor(rows / 2)))
      for (const { validation } of splits) expect(validation.length).toBeGreaterThan(0)
    }
  })
})
