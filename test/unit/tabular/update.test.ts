import { beforeAll, describe, expect, it, vi } from 'vitest'
import { runBreathing } from '../../../lib/base/breathing.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { metadataKey } from '../../../lib/files/metadata.js'
import { decodeSafetensors } from '../../../lib/files/safetensors.js'
import { layers, Sequential } from '../../../lib/index.js'
import { CellColumn } from '../../../lib/tabular/cell-column.js'
import { Ensemble } from '../../../lib/tabular/ensemble.js'
import { grownNetwork } from '../../../lib/tabular/grow-network.js'
import { growSchema } from '../../../lib/tabular/grow-plan.js'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'
import { asked, type Person, people } from './people.js'

const options = { target: 'churned', columns: { price: 'ignored' } } as const
/** Later customers: a plan that fit did not see, whose customers all leave. */
const later = people(400, 7).map((row, i): Person => (i % 3 ? row : { ...row, plan: 'student', churned: 'yes' }))
const test = people(300, 8).map((row): Person => ({ ...row, plan: 'student', churned: 'yes' }))

let bytes: Uint8Array
const fitted = () => TabularClassifier.load<string, Person>(bytes)

beforeAll(async () => {
  const model = await new TabularClassifier({ seed: 1 }).fit(people(500), options)
  bytes = model.toBytes()
}, 60_000)

describe('update', () => {
  it('learns new categories, keeps what was learned, and tells drift and scores', async () => {
    const model = await fitted()
    const [old, before] = [await model.evaluate(people(300, 2)), await model.evaluate(test)]
    const report = await model.update(later, { epochs: 30, rate: 0.3 })
    expect(report).toMatchObject({
      rows: 320,
      validationRows: 80,
      added: { plan: ['student'] },
      stopReason: 'completed',
    })
    expect(report.drift.columns.find(({ column }) => column === 'plan')).toMatchObject({
      isDrifted: true,
      unknown: 134,
    })
    expect(report.after).toBeGreaterThan(report.before)
    expect((await model.evaluate(test)).accuracy).toBeGreaterThan(before.accuracy + 0.1)
    expect((await model.evaluate(people(300, 2))).accuracy).toBeGreaterThan(old.accuracy - 0.05)
    expect(model.schema.column('plan').values).toContain('student')
    expect(model.report.training.rows).toBe(400 + 320)
    expect((await model.drift(later)).columns.find(({ column }) => column === 'plan')!.unknown).toBe(0)
    const again = await TabularClassifier.load<string, Person>(model.toBytes())
    const rows = test.map(asked)
    expect(await again.predictProba(rows)).toEqual(await model.predictProba(rows))
    // A second update finds the place of the first.
    expect((await again.update(later)).added).toEqual({})
  })

  it('gives categories of a column of two values places of their own', async () => {
    const rows = people(300).map(({ isNew, age, churned }) => ({ age, kind: isNew ? 'a' : 'b', churned }))
    const model = await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'churned', timeLimit: 1 })
    const [one] = rows
    const probability = model.predictProbaSync(one!)
    const fresh = rows.slice(0, 60).map((row) => ({ ...row, kind: 'c' }))
    await model.update([...fresh, ...rows], { epochs: 1, rate: 1e-9 })
    expect(model.predictProbaSync(one!).yes).toBeCloseTo(probability.yes!, 4)
    const again = await TabularClassifier.load(model.toBytes())
    expect(again.predictProbaSync({ ...one!, kind: 'c' } as never)).toEqual(
      model.predictProbaSync({ ...one!, kind: 'c' }),
    )
  })

  it('of numbers extends their range', async () => {
    const flats = people(400).map(({ age, rooms, price }) => ({ age, rooms, price }))
    const model = await new TabularRegressor({ seed: 1 }).fit(flats, { target: 'price' })
    const dear = flats.map((flat) => ({ ...flat, rooms: 6, price: flat.price + 40_000 }))
    const report = await model.update([...flats, ...dear], { epochs: 20, rate: 0.5 })
    expect(report.after).toBeLessThan(report.before)
    const most = Math.max(...flats.map(({ price }) => price))
    expect(model.predictSync({ age: 79, rooms: 6 })).toBeGreaterThan(most)
    const [interval] = await model.predictInterval([{ age: 50, rooms: 2 }])
    expect(interval!.upper).toBeGreaterThan(interval!.lower)
  })

  it('leaves the model as it was when it is aborted or refuses rows', async () => {
    const model = await fitted()
    const before = model.toBytes()
    const controller = new AbortController()
    const updating = model.update(later, { epochs: 10_000, signal: controller.signal })
    await expect(model.update(later)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    setTimeout(() => controller.abort('enough'), 30)
    await expect(updating).rejects.toBe('enough')
    await expect(model.update([...later, { ...later[0]!, churned: 'maybe' as never }])).rejects.toMatchObject({
      row: 400,
      column: 'churned',
    })
    await expect(model.update([{ ...later[0]!, age: 'old' }])).rejects.toMatchObject({ row: 0, column: 'age' })
    await expect(model.update(later.slice(0, 9))).rejects.toThrow('at least 10 rows')
    await expect(model.update(later, { rate: 2 })).rejects.toThrow('rate')
    await expect(model.update(later, { epoch: 2 } as never)).rejects.toThrow('Did you mean epochs?')
    await expect(new TabularClassifier().update(later as never)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
    expect(model.toBytes()).toEqual(before)
  })

  it('begins at the same share of the rate of fit each time, after a file too', async () => {
    let model = await fitted()
    const rates: unknown[] = []
    for (let k = 0; k < 3; k++) {
      await model.update(later, { epochs: 1 })
      const { metadata } = decodeSafetensors(model.toBytes(), 'file')
      const { learned } = JSON.parse(metadata[metadataKey]!)
      rates.push(learned.ensemble.parts[0].network.compile.optimizer.learningRate.initial)
      if (k === 1) model = await TabularClassifier.load<string, Person>(model.toBytes())
    }
    expect(rates[0]).toBeGreaterThan(0)
    expect(rates).toEqual([rates[0], rates[0], rates[0]])
  })

  it('frees its networks when it is aborted after training', async () => {
    const model = await fitted()
    const controller = new AbortController()
    const [predict, dispose] = [vi.spyOn(Ensemble.prototype, 'predict'), vi.spyOn(Ensemble.prototype, 'dispose')]
    predict.mockImplementationOnce(async function (this: Ensemble, x, given) {
      const outputs = await this.predict(x, given)
      controller.abort('enough')
      return outputs
    })
    await expect(model.update(later, { epochs: 1, signal: controller.signal })).rejects.toBe('enough')
    expect(dispose).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
    expect(model.predictSync(asked(test[0]!))).toBeDefined()
  })

  it('counts rows of classes, keeps shares of columns that are left out, and at most 10,000 values', async () => {
    const rows = people(200).map(({ age, churned }, i) => ({
      age,
      churned,
      city: `c${i % 5}`,
      unused: i % 2 ? i : null,
    }))
    const settings = { target: 'churned', columns: { city: 'category', unused: 'ignored' }, timeLimit: 1 } as const
    const model = await new TabularClassifier({ seed: 1 }).fit(rows, settings)
    const before = model.report
    await model.update(
      rows.map((row) => ({ ...row, churned: 'yes' as const })),
      { epochs: 1 },
    )
    const { classes, missing, rows: count } = model.report
    expect(count).toBe(400)
    const yes = 200 + before.classes!.find(({ label }) => label === 'yes')!.count
    expect(classes).toEqual([
      { label: 'yes', count: yes, share: yes / 400 },
      { label: 'no', count: 400 - yes, share: (400 - yes) / 400 },
    ])
    const unused = before.missing.find(({ column }) => column === 'unused')
    expect(unused?.share).toBe(0.5)
    expect(missing.find(({ column }) => column === 'unused')).toEqual(unused)
    const city = new CellColumn('city')
    for (let i = 0; i < 10_100; i++) city.push(`n${i}`)
    const [age, churned] = ['age', 'churned'].map((name) => new CellColumn(name))
    for (let i = 0; i < 10_100; i++) {
      age!.push(30)
      churned!.push('no')
    }
    const columns = new Map([age!, churned!, city].map((column) => [column.name, column]))
    const grown = await runBreathing(growSchema(model.schema, { rows: 10_100, columns }), undefined)
    const { values, counts } = grown.column('city')
    expect([values!.length, counts!.length]).toEqual([10_000, 10_000])
    expect(values).toContain('c0')
  })

  it('ends with the time limit', async () => {
    const model = await fitted()
    const { stopReason } = await model.update(later, { epochs: 1_000_000, timeLimit: 0.2 })
    expect(stopReason).toBe('timeLimit')
  })
})

it.each([
  ['dense', [layers.dense({ units: 5, activation: 'tanh', inputShape: [4] })]],
  [
    'columns, scales and the NTK form',
    [
      layers.columns({
        inputShape: [4],
        parts: [
          { type: 'piecewiseLinearEmbedding', columns: [1], edges: [[-1, 0, 1]], outputDim: 3 },
          { type: 'passthrough', columns: [0, 2, 3] },
        ],
      }),
      layers.memberScale({ chunks: [3, 1, 1, 1] }),
      layers.scale({}),
      layers.dense({ units: 5, activation: 'tanh', parametrization: 'ntk' }),
    ],
  ],
  [
    'columns without any that pass',
    [
      layers.columns({ inputShape: [4], parts: [{ type: 'periodicEmbedding', columns: [0, 1, 2, 3] }] }),
      layers.dense({ units: 5, activation: 'tanh' }),
    ],
  ],
] as const)('a network of %s grows without a change of its outputs', async (name, first) => {
  const hasMembers = name.includes('scales')
  const network = new Sequential({
    layers: [...first, hasMembers ? layers.memberDense({ units: 2 }) : layers.dense({ units: 2 })],
    ...(hasMembers && { members: 3 }),
    seed: 1,
  })
  network.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  const moved = Uint32Array.of(0, 1, 3, 4)
  const growth = { moved, added: [2, 5], plan: { width: 6 } as never }
  const grown = (await grownNetwork({ network }, growth, 0.1, 10))!.network
  const old = Matrix.from([[0.3, -0.4, 1, 2]])
  const outputs = await network.predict(old)
  const same = await grown.predict(Matrix.from([[0.3, -0.4, 0, 1, 2, 0]]))
  for (let k = 0; k < 2; k++) expect(same.data[k]).toBeCloseTo(outputs.data[k]!, 5)
  expect(grown.learningRate).toBeCloseTo(1e-4, 9)
  // The new places are read: training moves outputs that depend on them.
  const x = Matrix.from([[0.3, -0.4, 1, 1, 2, 1]])
  await grown.fit(x, [[5, 5]], { epochs: 5 })
  const [on, off] = [await grown.predict(x), await grown.predict(Matrix.from([[0.3, -0.4, 0, 1, 2, 0]]))]
  expect(on.data[0]).not.toBeCloseTo(off.data[0]!, 6)
})
