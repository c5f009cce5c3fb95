import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { normalQuantile } from '../../../lib/math/normal.js'
import { encodeRows, joined } from '../../../lib/tabular/encode-rows.js'
import { Encoder } from '../../../lib/tabular/encoder.js'
import { schemaOf } from '../../../lib/tabular/infer-schema.js'
import { encodeAll, learnPlan } from '../../../lib/tabular/learn-plan.js'
import { readRows } from '../../../lib/tabular/read-rows.js'
import { people } from './people.js'

const policy = { unknownColumns: 'error', missingColumns: 'error' } as const

async function prepared(rows: readonly object[], columns: object = {}, bins = 0, hasLevels = false) {
  const cells = await readRows(rows, policy, undefined)
  const schema = runNow(schemaOf<object>(cells, undefined, columns, policy))
  const all = Uint32Array.from(rows, (_, i) => i)
  const plan = runNow(learnPlan(cells, schema, all, { bins, hasLevels }))
  const data = runNow(encodeAll(cells, schema, plan))
  return {
    plan,
    schema,
    data,
    encoder: new Encoder(plan, schema),
    row: (i: number) => [...data.subarray(i * plan.width, (i + 1) * plan.width)],
  }
}

const clipped = (z: number) => Math.fround(z / Math.sqrt(1 + (z / 3) ** 2))

describe('the preparation of RealMLP', () => {
  it('gives places to more than 128 categories where eight rows have each', async () => {
    const word = (i: number) => `w${i}`
    const often = Array.from({ length: 8 * 200 }, (_, i) => ({ town: word(i % 200) }))
    const seldom = Array.from({ length: 7 * 50 }, (_, i) => ({ town: word(200 + (i % 50)) }))
    const { plan } = await prepared([...often, ...seldom])
    expect(plan.columns[0]!.values).toHaveLength(200)
    expect(plan.columns[0]!.values).toContain('w199')
    const many = await prepared(Array.from({ length: 8 * 1100 }, (_, i) => ({ town: word(i % 1100) })))
    expect(many.plan.width).toBe(1024)
    const few = await prepared(Array.from({ length: 4 * 150 }, (_, i) => ({ town: word(i % 150) })))
    expect(few.plan.width).toBe(128)
  })

  it('scales numbers by median and quartiles, clips them smoothly, and marks missing ones', async () => {
    const { plan, row } = await prepared([1, 2, 3, 4.5, 1000, null].map((x) => ({ x })))
    const mean = 1010.5 / 5
    // Of 1, 2, 3, 4.5, 202.1, 1000: the mean stands for the missing one.
    const [q25, median, q75] = [2.25, 3.75, 4.5 + 0.75 * (mean - 4.5)]
    expect(plan.width).toBe(2)
    expect(row(0)).toEqual([clipped((1 - median) / (q75 - q25)), 0])
    expect(row(5)).toEqual([clipped((mean - median) / (q75 - q25)), clipped(2)])
    expect(row(4)[0]).toBeLessThan(3)
  })

  it('has one place a value of up to many, one place of 1 and -1 for two, zeros for missing and unseen ones', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ few: i % 2 ? 'a' : 'b', many: i === 11 ? null : `v${i % 3}` }))
    const { plan, encoder, row } = await prepared(rows)
    expect(plan.columns.map(({ isSign, values }) => [isSign, values])).toEqual([
      [true, ['a', 'b']],
      [false, ['v0', 'v1', 'v2']],
    ])
    expect(row(0).slice(1)).toEqual([clipped(1), 0, 0])
    const out = new Float32Array(plan.width)
    encoder.encode({ few: null, many: 'never seen' }, 0, out, 0)
    expect([...out.subarray(1)]).toEqual([0, 0, 0])
    expect(out[0]).toBe(clipped((0 - plan.center[0]!) * plan.factor[0]!))
  })

  it('puts numbers into bins, half of them by different values', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ x: i < 95 ? 0 : i * 1.5 }))
    const { plan, encoder } = await prepared(rows, {}, 8)
    const [{ edges, binsAt }] = plan.columns as [(typeof plan.columns)[0]]
    expect(edges.length).toBeGreaterThan(4)
    const out = new Float32Array(plan.width)
    encoder.encode({ x: (edges[1]! + edges[2]!) / 2 }, 0, out, 0)
    expect([...out.subarray(binsAt, binsAt + 3)]).toEqual([clipped(1), 0, clipped(-1)])
  })

  it('reads dates as parts, cycles and days since the newest', async () => {
    const rows = ['2026-01-01', '2026-02-15', '2026-03-31', '2025-12-24'].map((day) => ({ day }))
    const { plan } = await prepared(rows)
    expect(plan.width).toBe(8)
    expect(plan.columns[0]).toMatchObject({ newest: Date.UTC(2026, 2, 31), hasTime: false })
    expect(plan.center[1]).toBe(2026)
    const withTime = await prepared(rows.map(({ day }, i) => ({ day: `${day} 0${i}:00` })))
    expect(withTime.plan.width).toBe(11)
  })

  it('counts words in bins', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({ text: `${i % 2 ? 'red' : 'blue'} thing ${i}` }))
    const { row } = await prepared(rows)
    const different = row(0).flatMap((value, j) => (value === row(1)[j] ? [] : [j]))
    expect(different.length).toBeGreaterThan(1)
    expect(row(0)).not.toEqual(row(2))
  })

  it('gives the same numbers one by one, in batches and in training', async () => {
    const { data, encoder, plan } = await prepared(people(300), {}, 16)
    const parts = joined((await encodeRows(people(300), encoder, undefined)).parts, plan.width)
    expect(parts.data).toEqual(data)
    const out = new Float32Array(plan.width)
    for (const [i, row] of people(300).entries()) {
      encoder.encode(row, i, out, 0)
      expect(out).toEqual(data.subarray(i * plan.width, (i + 1) * plan.width))
    }
  })
})

describe('any rows', () => {
  const value = fc.oneof(
    ...[fc.double({ noDefaultInfinity: true }), fc.integer(), fc.constantFrom('a', 'b', '3', '', null), fc.boolean()],
    fc.date({ noInvalidDate: true }),
  )
  const kinds = ['number', 'code', 'boolean', 'category', 'date', 'text'] as const
  const table = fc.tuple(
    fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 30 }),
    fc.constantFrom(...kinds),
    fc.constantFrom(...kinds),
  )

  it('become finite numbers within -3 and 3, the same in training and afterwards, or are refused', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ([pairs, a, b]) => {
        const rows = pairs.map(([x, y]) => ({ x, y }))
        const made = await prepared(rows, { x: a, y: b }, 4).catch((error: unknown) => error)
        if (made instanceof Error) {
          expect(made).toMatchObject({ code: 'ERR_ARGUMENT', column: expect.stringMatching(/[xy]/) })
          return
        }
        const { data, encoder, plan } = made as Awaited<ReturnType<typeof prepared>>
        expect(data.every((number) => Math.abs(number) <= 3)).toBe(true)
        const { parts: again } = await encodeRows(rows, encoder, undefined)
        expect(joined(again, plan.width).data).toEqual(data)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the preparation of TabM', () => {
  it('gives each number the normal number of its rank', async () => {
    const { plan, row } = await prepared(
      Array.from({ length: 600 }, (_, i) => ({ x: Math.exp(i / 100), y: i % 2 ? 0 : i })),
      {},
      0,
      true,
    )
    const [x, y] = plan.columns
    expect(x!.knots).toHaveLength(20)
    const levels = Array.from({ length: 600 }, (_, i) => row(i)[x!.levelAt]!)
    expect(levels).toEqual([...levels].sort((a, b) => a - b))
    expect(levels[300]!).toBeCloseTo(0, 1)
    expect(levels[599]!).toBeCloseTo(normalQuantile(0.975), 5)
    // Half of the numbers are 0: they share the mean rank of that half.
    expect(row(1)[y!.levelAt]!).toBeCloseTo(normalQuantile(0.25), 1)
  })
})
