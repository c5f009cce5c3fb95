import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { epochsWithin } from '../../../lib/tabular/epochs-within.js'
import { backgroundOf } from '../../../lib/tabular/explain.js'
import { rowsInTime } from '../../../lib/tabular/fewer-rows.js'
import { inSteps } from '../../../lib/tabular/in-steps.js'
import { inferSchema, TabularClassifier } from '../../../lib/tabular/index.js'
import { inferColumn } from '../../../lib/tabular/infer-column.js'
import { allRows } from '../../../lib/tabular/known-rows.js'
import { readRows } from '../../../lib/tabular/read-rows.js'

const policy = { missingColumns: 'error' } as const
const rows = Array.from({ length: 60 }, (_, i) => ({ a: i % 7, b: `w${i % 3}`, y: i % 2 ? 'odd' : 'even' }))

function spin(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** Some rows, and then none until it is closed. */
async function* stuck<R>(given: readonly R[]) {
  yield* given
  await new Promise(() => {})
}

describe('with a time limit', () => {
  it('reading ends while an async iterable is late, with the rows before', async () => {
    const { rows: count, isWhole } = await readRows(stuck(rows), policy, undefined, performance.now() + 100)
    expect([count, isWhole]).toEqual([60, false])
    const whole = await readRows(rows, policy, undefined, performance.now() + 1e6)
    expect([whole.rows, whole.isWhole]).toEqual([60, true])
  })

  it('reading passes on what an iterable throws, and closes it after an error', async () => {
    let isClosed = false
    async function* closing() {
      try {
        yield { a: 1 }
        yield { b: 1 }
      } finally {
        isClosed = true
      }
    }
    await expect(readRows(closing(), policy, undefined, performance.now() + 1e6)).rejects.toThrow('row 1')
    expect(isClosed).toBe(true)
    async function* broken() {
      yield { a: 1 }
      throw new RangeError('lost connection')
    }
    await expect(readRows(broken(), policy, undefined, performance.now() + 1e6)).rejects.toThrow(RangeError)
  })

  it('reading closes an async iterable that is late, whatever that throws', async () => {
    let closed = 0
    const late = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return() {
          closed++
          throw new Error('cannot close')
        },
      }),
    }
    await expect(readRows(late, policy, undefined, performance.now() + 50)).rejects.toThrow('within the time limit')
    expect(closed).toBe(1)
  })

  it('some of each value are read and prepared of rows with a period', async () => {
    const slow = Array.from({ length: 60_000 }, (_, i) => ({
      get month() {
        spin(0.02)
        return i % 12
      },
    }))
    const { columns, rows: count } = await readRows(slow, policy, undefined, performance.now() + 200)
    expect(count).toBeLessThan(60_000)
    const later = columns.get('month')!
    const months = Array.from({ length: count - 4096 }, (_, k) => later.valueAt(4096 + k))
    expect(new Set(months).size).toBe(12)
    for (const step of [2, 12]) {
      const chosen = inSteps(12_000, 12_000 / step)
      for (const [k, row] of chosen.entries()) expect(Math.floor(row / step)).toBe(k)
      expect(new Set(chosen.map((row) => row % 12)).size).toBe(12)
    }
    expect(inSteps(5, 5)).toEqual(Uint32Array.of(0, 1, 2, 3, 4))
  })

  it('rows of an array are read in equal steps, with their numbers in messages', async () => {
    const slow = (i: number) => ({
      get a() {
        spin(0.02)
        return i % 5000 === 4999 ? '?' : i
      },
    })
    const given = Array.from({ length: 60_000 }, (_, i) => slow(i))
    const { rows: count, columns, isWhole } = await readRows(given, policy, undefined, performance.now() + 200)
    expect(isWhole).toBe(false)
    expect(count).toBeLessThan(60_000)
    const column = columns.get('a')!
    for (let i = 0; i < count; i++) {
      if (column.valueAt(i) !== '?') expect(column.valueAt(i)).toBe(column.rowAt(i))
    }
    // Rows up to the end are read.
    expect(column.rowAt(count - 1)).toBeGreaterThan(50_000)
  })

  it('fewer rows are prepared, some of each class', async () => {
    const given = Array.from({ length: 60_000 }, (_, i) => ({
      ...Object.fromEntries(Array.from({ length: 9 }, (_, j) => [`c${j}`, (i * (j + 3)) % 1009])),
      word: i === 30_001 ? 'odd' : i,
    }))
    const cells = await readRows(given, policy, undefined)
    const strata = new Int32Array(60_000)
    strata.set([1, 1, 1], 59_990)
    strata[17] = 2
    // biome-ignore lint/correctness/useYield: work of one step
    function* preparing() {
      spin(5)
    }
    const some = await rowsInTime(cells, strata, performance.now() + 30, preparing, undefined)
    expect(some.rows).toBeLessThan(60_000)
    const rowNumbers = Array.from({ length: some.rows }, (_, i) => some.columns.get('c0')!.rowAt(i))
    expect(rowNumbers.filter((row) => strata[row] === 1).length).toBeGreaterThanOrEqual(2)
    expect(rowNumbers).toContain(17)
    for (const [i, row] of rowNumbers.entries()) expect(some.columns.get('c1')!.valueAt(i)).toBe((row * 4) % 1009)
    const { columns } = await readRows(given.slice(30_000, 30_002), policy, undefined)
    const word = columns.get('word')!
    word.numberRows(Uint32Array.of(30_000, 30_001))
    expect(() => runNow(inferColumn(word, 'number'))).toThrow('row 30001')
    expect(await rowsInTime(cells, strata, Infinity, preparing, undefined)).toBe(cells)
  })

  it('a model is fitted to the rows that were read, and tells it', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(stuck(rows), { target: 'y', timeLimit: 2 })
    expect(model.report.warnings[0]).toContain('60 were read')
    expect(model.schema.report.rows).toBe(60)
    const held = await new TabularClassifier({ seed: 1 }).fit(rows, {
      ...{ target: 'y', timeLimit: 2, validation: stuck(rows.slice(0, 20)) },
    })
    expect(held.report.warnings[0]).toContain('rows of validation out: 20 were read')
    const late = new TabularClassifier({ seed: 1 }).fit(rows, { target: 'y', timeLimit: 0.5, validation: stuck([]) })
    await expect(late).rejects.toThrow('The option validation: Expected a row within the time limit')
    const none = new TabularClassifier({ seed: 1 }).fit(stuck([] as typeof rows), { target: 'y', timeLimit: 0.5 })
    await expect(none).rejects.toThrow('a row within the time limit')
  })

  it('all rows of an array are used with the option resume', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'limit-')), 'fit.ndjson')
    const given = Array.from({ length: 9000 }, (_, i) => ({
      get a() {
        spin(0.01)
        return i % 17
      },
      y: i % 17 > 8 ? 'high' : 'low',
    }))
    const model = new TabularClassifier({ seed: 1 })
    await model.fit(given, { target: 'y', timeLimit: 0.05, resume: path })
    expect(model.schema.report.rows).toBe(9000)
    const again = new TabularClassifier({ seed: 1 })
    const other = again.fit(given, { target: 'y', timeLimit: 1, resume: path, validation: given.slice(0, 500) })
    await expect(other).rejects.toThrow('the same fit')
    await again.fit(given, { target: 'y', timeLimit: 1, resume: path })
    expect(again.schema.report.rows).toBe(9000)
    const cut = new TabularClassifier({ seed: 1 })
    await cut.fit(given, { target: 'y', timeLimit: 0.05 })
    expect(cut.schema.report.rows).toBeLessThan(9000)
  })

  it('epochs are whole, of fewer rows where few of them fit', () => {
    expect(epochsWithin(7.9, 10_000)).toEqual({ epochs: 7, rows: 10_000 })
    expect(epochsWithin(1.9, 10_000)).toEqual({ epochs: 2, rows: 9500 })
    expect(epochsWithin(0.5, 10_000)).toEqual({ epochs: 1, rows: 4250 })
    expect(epochsWithin(-1, 10_000)).toEqual({ epochs: 1, rows: 1000 })
    expect(epochsWithin(0, 300)).toEqual({ epochs: 1, rows: 300 })
  })
})

describe('some of many rows with a period', () => {
  it('are of all its places, in reports, drift and the background of explanations', async () => {
    const given = Array.from({ length: 40_000 }, (_, i) => ({ a: i % 2 ? i : -i, y: i % 2 ? 'odd' : 'even' }))
    const { report, columns } = await inferSchema(given, { target: 'y' })
    expect(report.leaky.map(({ column }) => column)).toEqual(['a'])
    const { counts } = columns.find(({ name }) => name === 'a')!.histogram!
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(200)
    const { data } = backgroundOf(
      Float32Array.from(given, ({ a }) => a),
      1,
      allRows(40_000),
    )
    expect(data.filter((a) => a > 0).length).toBeGreaterThan(30)
    expect(data.filter((a) => a < 0).length).toBeGreaterThan(30)
  })
})
