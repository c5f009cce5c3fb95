import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preprocessing } from '../../../lib/index.js'
import { quantileOf } from '../../../lib/math/percentiles.js'
import { uniforms } from '../../../lib/math/random.js'

const { QuantileSketch } = preprocessing
type Sketch = InstanceType<typeof QuantileSketch>

const shares = [0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1]

/** Sequences of several shapes. */
const shapes: Record<string, (i: number, random: () => number) => number> = {
  rising: (i) => i,
  falling: (i) => 5 - i,
  random: (_, random) => random(),
  tied: (_, random) => Math.floor(random() * 5),
  'far out': (_, random) => Math.tan(3 * (random() - 0.5)),
}

function fill(count: number, shape: keyof typeof shapes, seed = 1): { sketch: Sketch; values: Float64Array } {
  const random = uniforms(seed)
  const values = Float64Array.from({ length: count }, (_, i) => shapes[shape]!(i, random))
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return { sketch, values }
}

/** The distance of a number's ranks among sorted numbers from a rank. */
function rankError(sorted: Float64Array, value: number, rank: number): number {
  const below = sorted.findIndex((number) => number >= value)
  const upTo = sorted.findLastIndex((number) => number <= value)
  return Math.max(below - rank, rank - upTo, 0)
}

/** Checks shares of whole ranks, whose quantiles are numbers of the stream. */
function checkBound(sketch: Sketch, values: Float64Array): void {
  const sorted = values.slice().sort()
  const last = sorted.length - 1
  const ranks = shares.map((share) => Math.round(share * last))
  const answers = sketch.quantiles(ranks.map((rank) => rank / last))
  for (const [k, rank] of ranks.entries()) {
    // Rounding of a share can move its rank between two neighbours: one more.
    expect(rankError(sorted, answers[k]!, rank)).toBeLessThanOrEqual(sketch.rankError + 1)
  }
  expect(answers[0]).toBe(sorted[0])
  expect(answers.at(-1)).toBe(sorted[last])
}

describe('QuantileSketch', () => {
  it('is exact up to 8,192 numbers', () => {
    const { sketch, values } = fill(8192, 'random')
    const sorted = values.slice().sort()
    expect(sketch.rankError).toBe(0)
    expect([...sketch.quantiles(shares)]).toEqual(shares.map((share) => quantileOf(sorted, share)))
    sketch.add(0.5)
    expect(sketch.rankError).toBe(1)
    expect(sketch.count).toBe(8193)
  })

  it.each(Object.keys(shapes))('keeps its error within rankError: %s', (shape) => {
    for (const count of [8193, 20_000, 100_001]) {
      const { sketch, values } = fill(count, shape)
      expect(sketch.rankError).toBeGreaterThan(0)
      expect(sketch.rankError).toBeLessThanOrEqual((count / 8192) * Math.ceil(Math.log2(count / 8192)))
      checkBound(sketch, values)
    }
  })

  it('keeps its error within rankError when sketches of any sizes are merged', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 5 })
    const shape = fc.constantFrom(...Object.keys(shapes))
    fc.assert(
      fc.property(sizes, shape, (counts, name) => {
        const whole = new QuantileSketch()
        const parts = counts.map((count, k) => fill(count, name, k))
        for (const { sketch } of parts) whole.merge(sketch)
        const values = Float64Array.from(parts.flatMap((part) => [...part.values]))
        expect(whole.count).toBe(values.length)
        if (values.length > 1) checkBound(whole, values)
        if (values.length <= 8192) expect(whole.rankError).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it('can be merged with itself and with an empty sketch', () => {
    const { sketch, values } = fill(5000, 'random')
    sketch.merge(new QuantileSketch())
    sketch.merge(sketch)
    checkBound(sketch, Float64Array.from([...values, ...values]))
    expect(sketch.count).toBe(10_000)
    expect([...new QuantileSketch().quantiles([0, 1])]).toEqual([Number.NaN, Number.NaN])
  })

  it('continues after fromJSON with the same results', () => {
    const { sketch } = fill(30_000, 'random')
    const again = QuantileSketch.fromJSON(JSON.parse(JSON.stringify(sketch)), 'sketch')
    const random = uniforms(9)
    for (let i = 0; i < 20_000; i++) {
      const value = random()
      sketch.add(value)
      again.add(value)
    }
    expect(again.quantiles(shares)).toEqual(sketch.quantiles(shares))
    expect(again.rankError).toBe(sketch.rankError)
  })

  it('refuses JSON that is not of a sketch', () => {
    const good = JSON.parse(JSON.stringify(fill(10, 'rising').sketch)) as Record<string, unknown>
    const bad: [object, string][] = [
      [{ count: 11 }, 'to stand for 11 numbers, but got 10'],
      [{ count: -1 }, 's.count'],
      [{ min: 3 }, 'from 3 to 9 for s.levels[0].items[0], but got 0'],
      [{ max: -1 }, 's.max'],
      [{ levels: 3 }, 'an array for s.levels'],
      [{ levels: [{ items: [Number.NaN], odd: false }] }, 'a finite number'],
      [
        { levels: [{ items: new Array(9000).fill(1), odd: false }] },
        'Expected at most 8192 numbers for s.levels[0].items, but got 9000',
      ],
      [{ levels: new Array(54).fill({ items: [], odd: false }) }, 'Expected at most 53 levels for s.levels'],
    ]
    for (const [change, message] of bad) {
      expect(() => QuantileSketch.fromJSON({ ...good, ...change }, 's')).toThrow(message)
    }
    expect(() => QuantileSketch.fromJSON(null, 's')).toThrow('Expected an object')
  })
})
