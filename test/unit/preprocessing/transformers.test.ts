import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, Matrix, MlpError, preprocessing, Table, transformerFromJSON } from '../../../lib/index.js'

const p = preprocessing
const numbers = [
  [1, 10, null],
  [2, 10, 5],
  [4, 10, 7],
  [9, 10, 7],
]
const words = [
  ['red', 1],
  ['blue', 2],
  ['blue', null],
  [null, 2],
]
const y = ['yes', 'no', 'yes', 'no']

/** A transformer of each kind, with rows for it. */
const all = [
  ['StandardScaler', () => new p.StandardScaler(), numbers],
  ['MinMaxScaler', () => new p.MinMaxScaler({ clip: true }), numbers],
  ['RobustScaler', () => new p.RobustScaler({ smoothClip: true }), numbers],
  ['QuantileTransformer', () => new p.QuantileTransformer({ outputDistribution: 'normal' }), numbers],
  ['Normalizer', () => new p.Normalizer({ norm: 'l1' }), numbers.map((row) => row.map((value) => value ?? -3))],
  ['SimpleImputer', () => new p.SimpleImputer({ addIndicator: true }), numbers],
  ['OneHotEncoder', () => new p.OneHotEncoder({ handleUnknown: 'ignore', minFrequency: 2 }), words],
  ['OrdinalEncoder', () => new p.OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -1 }), words],
  ['TargetEncoder', () => new p.TargetEncoder({ cv: 2, seed: 1 }), words],
] as const

type Scaler = InstanceType<typeof p.StandardScaler>
type Any = ReturnType<(typeof all)[number][1]>
const fitted = (make: () => Any, rows: readonly unknown[]) => make().fit(rows as never, y) as Promise<Any>

describe.each(all)('%s', (kind, make, rows) => {
  it('transforms a single row as it transforms that row of a table', async () => {
    const model = await fitted(make, rows)
    const whole = await model.transform(rows as never)
    expect(model.transformSync(rows as never)).toEqual(whole)
    for (const [i, row] of rows.entries()) expect(model.transformSync(row as never)).toEqual(whole.row(i))
    expect(whole.cols).toBe(model.featureNamesOut().length)
  })

  it('takes the columns of tables and plain objects by name', async () => {
    const names = rows[0]!.map((_, j) => `c${j}`)
    const objects = rows.map((row) => Object.fromEntries(row.map((value, j) => [names[j]!, value])))
    const model = make()
    await model.fit(Table.fromRows(objects), y)
    const plain = await (await fitted(make, rows)).transform(rows as never)
    expect(model.featureNamesIn).toEqual(names)
    expect(model.nFeaturesIn).toBe(names.length)
    // Other columns and the order of columns do not matter.
    const reordered = objects.map((row) => ({ more: 'x', ...Object.fromEntries(Object.entries(row).reverse()) }))
    expect(await model.transform(reordered)).toEqual(plain)
    expect(model.transformSync(reordered[1]! as never)).toEqual(plain.row(1))
    expect(model.featureNamesOut()[0]).toMatch(/^c0/)
    expect(model.featureNamesOut(names)).toEqual(model.featureNamesOut())
    expect(() => model.featureNamesOut([...names].reverse())).toThrow('"c0" for inputFeatures[0] (as in fit)')
    expect((await fitted(make, rows)).featureNamesOut(names)[0]).toMatch(/^c0/)
    await expect(model.transform([{ c0: 1 }] as never)).rejects.toThrow('no column "c1"')
    expect(() => model.featureNamesOut(['one'])).toThrow('names for inputFeatures')
  })

  it('fromJSON restores what toJSON wrote', async () => {
    const model = await fitted(make, rows)
    const json: unknown = JSON.parse(JSON.stringify(model))
    const again = (p[kind] as { fromJSON(json: unknown): Any }).fromJSON(json)
    expect(again.transformSync(rows as never)).toEqual(model.transformSync(rows as never))
    expect(again.getParams()).toEqual(model.getParams())
    expect(again.featureNamesOut()).toEqual(model.featureNamesOut())
    expect(transformerFromJSON(json)).toBeInstanceOf(p[kind])
    const unfitted = JSON.parse(JSON.stringify(make())) as { state: unknown }
    expect(unfitted.state).toBeNull()
    expect((p[kind] as { fromJSON(json: unknown): Any }).fromJSON(unfitted).isFitted).toBe(false)
  })

  it('reads corrupt JSON as a transformer or refuses it with an ArgumentError', async () => {
    const json = JSON.parse(JSON.stringify(await fitted(make, rows))) as object
    const paths = pathsOf(json)
    const junk = fc.constantFrom<unknown>(null, -1, 1.5, 'x', [], {}, [[]], true, { number: 'NaN' }, 1e300)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), junk, async (path, value) => {
        const changed = replaceAt(json, path, value)
        let read: Any
        try {
          read = (p[kind] as { fromJSON(json: unknown): Any }).fromJSON(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError)
          return
        }
        try {
          if (read.isFitted) await read.transform(rows as never)
        } catch (error) {
          expect(error).toBeInstanceOf(MlpError)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('refuses wrong rows, wrong options and use before fit', async () => {
    const unfitted = make()
    expect(unfitted.isFitted).toBe(false)
    for (const use of [
      () => unfitted.transformSync(rows as never),
      () => unfitted.featureNamesOut(),
      () => unfitted.nFeaturesIn,
      () => unfitted.featureNamesIn,
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }))
    }
    await expect(unfitted.transform(rows as never)).rejects.toThrow(/Could not transform: call fit\(x(, y)?\) of this/)
    const model = await fitted(make, rows)
    await expect(model.transform([[1]])).rejects.toThrow(/rows of \d columns/)
    await expect(model.transform([])).rejects.toThrow('at least one row')
    const infinite = rows.map((row) => row.map(() => Number.POSITIVE_INFINITY))
    await expect(unfitted.fit(infinite, y)).rejects.toThrow(/row 0, column 0.* Infinity/)
    await expect(model.fit([[1, 2], [3]], y)).rejects.toThrow('row 1 of x')
    await expect(model.fit('text' as never, y)).rejects.toThrow('for x, but got "text"')
    await expect(model.fit(rows as never, y, { signals: 1 } as never)).rejects.toThrow('Unknown option "signals"')
    await expect(model.transform(rows as never, { signal: 1 as never })).rejects.toThrow('an AbortSignal for signal')
    expect(() => model.transformSync([1] as never)).toThrow('a row of')
    expect(() => new (p[kind] as never as new (o: object) => object)({ withMeans: 1 })).toThrow('Unknown option')
    expect(() => model.setParams({ nothing: 1 } as never)).toThrow('Unknown option')
  })

  it('keeps its state when a fit fails or is aborted', async () => {
    const model = await fitted(make, rows)
    const before = model.transformSync(rows as never)
    const reason = new Error('enough')
    await expect(model.fit(rows.slice(1) as never, y.slice(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    await expect(model.transform(rows as never, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(model.fit([[new Date() as never]], y)).rejects.toThrow(ArgumentError)
    expect(model.transformSync(rows as never)).toEqual(before)
    const first = model.fit(rows as never, y)
    expect(() => model.setParams({})).toThrow('is being fitted')
    await expect(model.fit(rows as never, y)).rejects.toThrow(expect.objectContaining({ code: 'ERR_BUSY' }))
    await first
  })

  it('has clones with its parameters, which are not fitted', async () => {
    const model = await fitted(make, rows)
    const clone = model.clone()
    expect(clone).toBeInstanceOf(p[kind])
    expect(clone.isFitted).toBe(false)
    expect(clone.getParams()).toEqual(model.getParams())
  })

  it('has a valid default and a description of one line for each parameter', () => {
    const { parameters } = p[kind] as { parameters: Record<string, import('../../../lib/index.js').Parameter> }
    for (const [key, parameter] of Object.entries(parameters)) {
      expect(parameter.read(parameter.default, key)).toEqual(parameter.default)
      expect(parameter.description).toMatch(/^[^\n]+\.$/)
      expect(() => parameter.read(Symbol.iterator, key)).toThrow(/^Expected .* for /)
    }
  })
})

/** The paths of all values in JSON. */
function pathsOf(json: unknown, path: string[] = []): string[][] {
  if (json === null || typeof json !== 'object') return [path]
  return [path, ...Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...path, key]))].slice(0, 200)
}

function replaceAt(json: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value
  const copy = structuredClone(json) as Record<string, unknown>
  copy[key] = replaceAt(copy[key], rest, value)
  return copy
}

/** Columns of ordinary, tied, constant, huge and missing numbers. */
const cell = fc.oneof(
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.integer({ min: -2, max: 2 }),
  fc.constant(Number.NaN),
  fc.constant(7),
)
const table = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 25 }))
  .chain(([columns, rows]) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
  )

const streaming = [
  ['StandardScaler', () => new p.StandardScaler()],
  ['MinMaxScaler', () => new p.MinMaxScaler({ featureRange: [-1, 1] })],
  ['RobustScaler', () => new p.RobustScaler()],
  ['QuantileTransformer', () => new p.QuantileTransformer({ nQuantiles: 9 })],
] as const

function expectClose(actual: Matrix, expected: Matrix): void {
  for (const [k, value] of expected.data.entries()) {
    if (Number.isNaN(value)) expect(actual.data[k]).toBeNaN()
    else expect(Math.abs(actual.data[k]! - value)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)))
  }
}

/** Rows in batches that begin at `cuts`, modulo the number of rows. */
function cut(rows: number[][], cuts: number[]): number[][][] {
  const at = [...new Set(cuts.map((row) => row % rows.length))].filter((row) => row > 0).sort((a, b) => a - b)
  return [0, ...at].map((begin, k) => rows.slice(begin, at[k] ?? rows.length))
}

/** Numbers that are almost equal. */
const almostEqual = [
  [0, 0],
  [7, -1.112536929253601e-308],
  [0, 5e-324],
  [Number.NaN, 0],
]

describe.each(streaming)('%s of random numbers', (_, make) => {
  it('inverseTransform restores the rows', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const model = await make().fit(rows)
        const back = await model.inverseTransform(await model.transform(rows))
        const expected = Matrix.from(rows.map((row) => row.map((value) => (Number.isNaN(value) ? 0 : value))))
        for (const [k, value] of back.data.entries()) {
          const cellOf = rows[Math.floor(k / rows[0]!.length)]![k % rows[0]!.length]!
          if (Number.isNaN(cellOf)) expect(value).toBeNaN()
          // Numbers of one quantile have the same result.
          else if (model instanceof p.QuantileTransformer) expect(Math.abs(value)).toBeLessThanOrEqual(1e3)
          else expect(Math.abs(value - expected.data[k]!)).toBeLessThanOrEqual(1e-3)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('learns the same from batches as from all rows at once', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.array(fc.nat()), async (rows, cuts) => {
        const whole = await (await make().fit(rows)).transform(rows)
        const batches = cut(rows, cuts)
        const partial = make()
        for (const batch of batches) await partial.partialFit(batch)
        expectClose(await partial.transform(rows), whole)
        const streamed = await make().fit(
          (async function* () {
            for (const batch of batches) yield batch
          })(),
        )
        expectClose(await streamed.transform(rows), whole)
        const again = transformerFromJSON(JSON.parse(JSON.stringify(partial))) as Scaler
        expectClose(again.transformSync(rows), whole)
      }),
      // The last bit of a share decides between two numbers that are almost equal.
      { numRuns: 60, examples: [[almostEqual, []]] },
    )
  })
})

describe('batches', () => {
  it('partialFit continues after fromJSON', async () => {
    for (const [, make] of streaming) {
      const rows = numbers as number[][]
      const whole = await (await make().fit(rows)).transform(rows)
      const first = await make().partialFit(rows.slice(0, 2))
      const again = transformerFromJSON(JSON.parse(JSON.stringify(first))) as Scaler
      expectClose(await (await again.partialFit(rows.slice(2))).transform(rows), whole)
    }
  })

  it.each([
    ['SimpleImputer of means', () => new p.SimpleImputer({ addIndicator: true }), numbers],
    ['SimpleImputer of medians', () => new p.SimpleImputer({ strategy: 'median' }), numbers],
    ['SimpleImputer of modes', () => new p.SimpleImputer({ strategy: 'mostFrequent' }), numbers],
    ['SimpleImputer of a constant', () => new p.SimpleImputer({ strategy: 'constant', fillValue: 3 }), numbers],
    ['OneHotEncoder', () => new p.OneHotEncoder({ maxCategories: 2 }), words],
    ['OrdinalEncoder', () => new p.OrdinalEncoder({ minFrequency: 2 }), words],
  ] as const)('%s learns the same from a stream of batches', async (_, make, rows) => {
    const whole = await (await (make() as Any).fit(rows as never)).transform(rows as never)
    const batches = [rows.slice(0, 1), rows.slice(1)]
    const streamed = await (make() as Any).fit(new Set(batches) as never)
    expect(await streamed.transform(rows as never)).toEqual(whole)
    // Counts and sums of the batches are not kept.
    expect(JSON.stringify(streamed)).toBe(JSON.stringify(await (make() as Any).fit(rows as never)))
  })

  it('batches are rejected where a transformer cannot learn from them', async () => {
    const stream = () => [numbers][Symbol.iterator]()
    await expect(new p.TargetEncoder().fit(stream() as never, y)).rejects.toThrow('cannot learn from batches')
    await expect(new p.StandardScaler().fit(stream() as never, y)).rejects.toThrow('no y and no sampleWeight')
    await expect(new p.StandardScaler().fit(new Set() as never)).rejects.toThrow('at least one batch')
    const robust = await new p.RobustScaler().fit(numbers)
    await expect(robust.partialFit(numbers)).rejects.toThrow('Expected a RobustScaler that learned from batches')
    const mixed = new Set([[['red']], [[1]]])
    await expect(new p.OneHotEncoder().fit(mixed as never)).rejects.toThrow('categories of one kind')
    const wide = new Set([[[1]], [[1, 2]]])
    await expect(new p.StandardScaler().fit(wide as never)).rejects.toThrow('rows of 1 columns for x (as in fit)')
  })

  it('batches that end in an error do not change the state', async () => {
    const scaler = await new p.StandardScaler().fit([[1], [3]])
    const gone = new Error('the cursor is gone')
    async function* cursor() {
      yield [[100]]
      throw gone
    }
    await expect(scaler.fit(cursor())).rejects.toBe(gone)
    expect(scaler.mean).toEqual(Float64Array.of(2))
    await expect(scaler.partialFit([[Number.POSITIVE_INFINITY]])).rejects.toThrow('finite numbers')
    expect([scaler.nSamplesSeen, scaler.mean![0]]).toEqual([2, 2])
  })

  it('partialFit of StandardScaler takes weights of rows', async () => {
    const scaler = await new p.StandardScaler().partialFit([[1], [5]], { sampleWeight: [3, 1] })
    await scaler.partialFit([[9]], { sampleWeight: [4] })
    expect(scaler.mean![0]).toBeCloseTo(5.5)
    expect(scaler.nSamplesSeen).toBe(8)
    await expect(scaler.fit([[1]], undefined, { sampleWeight: [1, 2] })).rejects.toThrow('1 numbers for sampleWeight')
    await expect(scaler.fit([[1]], undefined, { sampleWeight: [-1] })).rejects.toThrow('from 0 to')
    await expect(new p.MinMaxScaler().fit([[1]], undefined, { sampleWeight: [1] })).rejects.toThrow('"sampleWeight"')
  })
})

describe('transformers of many rows', () => {
  it('RobustScaler lets the event loop run, and can be aborted', async () => {
    const rows = new Matrix(
      new Float32Array(4_000_000).map((_, i) => (i * 7919) % 1009),
      1_000_000,
      4,
    )
    let turns = 0
    let running = true
    const watch = (async () => {
      while (running) {
        await setImmediate()
        turns++
      }
    })()
    const scaler = await new p.RobustScaler().fit(rows)
    expect(turns).toBeGreaterThan(10)
    const controller = new AbortController()
    const aborted = scaler.transform(rows, { signal: controller.signal })
    await setImmediate()
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    running = false
    await watch
    // Sorting in blocks that are merged gives the same as sorting at once.
    const sorted = Float64Array.from({ length: 1_000_000 }, (_, i) => rows.data[i * 4]!).sort()
    expect(scaler.center![0]).toBe((sorted[499_999]! + sorted[500_000]!) / 2)
  })

  it.each([
    ['OneHotEncoder', () => new p.OneHotEncoder()],
    ['OrdinalEncoder', () => new p.OrdinalEncoder()],
  ] as const)('%s finds an unknown category in the last of many rows, and can be aborted before', async (_, make) => {
    const job = new Array<string>(2_000_000).fill('cook')
    job[1_999_999] = 'pilot'
    const rows = Table.from({ job })
    const encoder = await make().fit([{ job: 'cook' }])
    await expect(encoder.transform(rows)).rejects.toThrow('row 1999999, column "job" of x')
    const controller = new AbortController()
    const aborted = encoder.transform(rows, { signal: controller.signal })
    await setImmediate()
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  })
})
