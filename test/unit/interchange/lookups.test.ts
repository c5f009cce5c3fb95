import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { pieceOfLookup } from '../../../lib/interchange/onnx/read/preparation/categories.js'

/** A table of numbers: a row for each entry that is looked up, then one of unknown entries, and one of missing ones. */
function readTable(rows: readonly (readonly number[])[]) {
  const known = rows.slice(0, -2).map((_, k) => `word ${k}`)
  return runNow(pieceOfLookup({ column: 0, known, width: rows[0]!.length, numberOf: (i, k) => rows[i]![k]! }))
}

const kindOf = (rows: readonly (readonly number[])[]) => {
  const piece = readTable(rows)
  const step = piece?.steps.at(-1)
  return (
    step && { kind: step.kind, width: piece!.width, unknown: step.params.handleUnknown, steps: piece!.steps.length }
  )
}

describe('the columns that entries are looked up in', () => {
  it('are a OneHotEncoder as far as there is a 1 for each entry', () => {
    const ignored = [0, 0, 0]
    expect(kindOf([[1, 0, 0], [0, 1, 0], [0, 0, 1], ignored, ignored])).toEqual({
      ...{ kind: 'OneHotEncoder', width: 3, unknown: 'ignore', steps: 1 },
    })
    const refused = [Number.NaN, Number.NaN]
    expect(kindOf([[0, 0], [1, 0], [0, 1], refused, refused])).toEqual({
      ...{ kind: 'OneHotEncoder', width: 2, unknown: 'error', steps: 1 },
    })
  })

  it('are a block that ends before numbers of another encoder', () => {
    // One-hot, then ordinal codes; then two blocks of the same entries.
    expect(
      kindOf([
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, -1],
        [0, 0, -1],
      ]),
    ).toMatchObject({ kind: 'OneHotEncoder', width: 2 })
    expect(
      kindOf([
        [1, 0, 1, 0],
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    ).toMatchObject({
      ...{ kind: 'OneHotEncoder', width: 2 },
    })
    expect(
      kindOf([
        [0, 1, 0],
        [1, 0, 1],
        [2, 0, 0],
        [-1, 0, 0],
        [-1, 0, 0],
      ]),
    ).toMatchObject({
      ...{ kind: 'OrdinalEncoder', width: 1 },
    })
  })

  it('have missing entries as a category of their own, or as another one', () => {
    expect(
      kindOf([
        [1, 0],
        [0, 0],
        [0, 1],
      ]),
    ).toMatchObject({ kind: 'OneHotEncoder', width: 2, steps: 1 })
    expect(
      kindOf([
        [1, 0],
        [0, 1],
        [0, 0],
        [0, 1],
      ]),
    ).toMatchObject({ kind: 'OneHotEncoder', width: 2, steps: 2 })
    // The category of missing entries is the last of a block.
    expect(
      kindOf([
        [0, 1],
        [0, 0],
        [1, 0],
      ]),
    ).toMatchObject({ kind: 'OneHotEncoder', width: 1 })
  })

  it('have unknown entries as rare ones', () => {
    expect(
      kindOf([
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ]),
    ).toMatchObject({
      ...{ kind: 'OneHotEncoder', width: 2, unknown: 'infrequentIfExist' },
    })
  })

  it('are none where numbers are as those of unknown entries, or fit no encoder', () => {
    expect(kindOf([[0], [0], [0]])).toBeUndefined()
    expect(kindOf([[0.5], [Number.NaN], [Number.NaN]])).toBeUndefined()
  })

  it.each([
    ['a wide block', (i: number, k: number) => Number(i === k)],
    ['columns that are 0', () => 0],
    ['a block whose last row is none', (i: number, k: number) => (i === 999 ? 0.5 : Number(i === k))],
    ['unknown entries in the first column', (i: number, k: number) => Number(i === k || (i === 1000 && k === 0))],
  ])('are read once for each entry at most: %s', (_, numberOf) => {
    let read = 0
    const count = (i: number, k: number) => {
      read++
      return numberOf(i, k)
    }
    const known = Array.from({ length: 1000 }, (_, k) => k)
    const work = pieceOfLookup({ column: 0, known, width: 1000, numberOf: count })
    let steps = 0
    for (let last = work.next(); !last.done; last = work.next()) steps++
    expect(read).toBeLessThanOrEqual(1002 * 1001 + 2)
    expect(steps).toBeGreaterThanOrEqual(Math.floor(read / 2 ** 15))
  })
})
