import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'
import { people } from './people.js'

/** Four columns, of which every set can be tried. */
const rows = people(400).map(({ age, plan, rooms, city, churned }) => ({ age, plan, rooms, city, churned }))
type Row = (typeof rows)[number]
const names = ['age', 'plan', 'rooms', 'city'] as const
const background = rows.slice(0, 7)
const [row] = people(1, 9).map(({ age, plan, rooms: count, city }) => ({ age, plan, rooms: count, city }))

let classifier: TabularClassifier<'no' | 'yes', Row>
let regressor: TabularRegressor<{ age: number | null; rooms: number; price: number }>

beforeAll(async () => {
  classifier = (await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'churned' })) as never
  const flats = people(300).map(({ age, rooms: count, price }) => ({ age, rooms: count, price }))
  regressor = await new TabularRegressor({ seed: 1 }).fit(flats, { target: 'price' })
}, 60_000)

/** Shapley values by their definition: over all orders of columns, from the predictions of mixed rows. */
async function byDefinition(predict: (mixed: Row[]) => Promise<number[]>): Promise<number[]> {
  const orders = (list: number[]): number[][] =>
    list.length === 0
      ? [[]]
      : list.flatMap((j) => orders(list.filter((other) => other !== j)).map((rest) => [j, ...rest]))
  const sums = [0, 0, 0, 0]
  const all = orders([0, 1, 2, 3])
  for (const order of all) {
    for (let k = 0; k < 4; k++) {
      const mix = (count: number) =>
        background.map((other) => Object.assign({ ...other }, ...order.slice(0, count).map((j) => pick(names[j]!))))
      const [before, after] = [await predict(mix(k)), await predict(mix(k + 1))]
      for (const [i, value] of after.entries())
        sums[order[k]!]! += (value - before[i]!) / background.length / all.length
    }
  }
  return sums
}

const pick = (name: (typeof names)[number]) => ({ [name]: row![name] })

describe('explain of a classifier', () => {
  it('gives Shapley values by their definition', async () => {
    const { base, output, contributions, method, label } = await classifier.explain(row!, { background, label: 'yes' })
    expect([method, label]).toEqual(['exact', 'yes'])
    const expected = await byDefinition(async (mixed) => (await classifier.predictProba(mixed)).map(({ yes }) => yes))
    expect(Object.keys(contributions)).toEqual([...names])
    for (const [j, name] of names.entries()) expect(contributions[name]).toBeCloseTo(expected[j]!, 5)
    expect(output).toBeCloseTo(classifier.predictProbaSync(row!).yes, 6)
    expect(base + Object.values(contributions).reduce((sum, value) => sum + value, 0)).toBeCloseTo(output, 10)
  })

  it('explains the predicted class against rows of fit, also after save and load', async () => {
    const one = await classifier.explain(row!)
    expect(one.label).toBe(classifier.predictSync(row!))
    const again = await TabularClassifier.load(classifier.toBytes())
    expect(await again.explain(row!)).toEqual(one)
    const other = await classifier.explain(row!, { label: one.label === 'no' ? 'yes' : 'no' })
    for (const name of names) expect(other.contributions[name]).toBeCloseTo(-one.contributions[name]!, 5)
  })

  it('explains log-odds', async () => {
    const { base, output, contributions, scale } = await classifier.explain(row!, { scale: 'logOdds', label: 'yes' })
    const { yes } = classifier.predictProbaSync(row!)
    expect(scale).toBe('logOdds')
    expect(output).toBeCloseTo(Math.log(yes / (1 - yes)), 3)
    expect(base + Object.values(contributions).reduce((sum, value) => sum + value, 0)).toBeCloseTo(output, 8)
  })

  it('samples orders where sets are too many: the same with the same seed', async () => {
    const options = { maxEvaluations: 700, label: 'yes' } as const
    const [one, same, other] = [
      await classifier.explain(row!, options),
      await classifier.explain(row!, { ...options, seed: 1 }),
      await classifier.explain(row!, { ...options, seed: 2 }),
    ]
    expect(one).toEqual(same)
    expect(one.method).toBe('sampled')
    expect(one.evaluations).toBeLessThanOrEqual(701)
    expect(other).not.toEqual(one)
    const exact = await classifier.explain(row!, { label: 'yes' })
    expect(exact.method).toBe('exact')
    for (const name of names) expect(other.contributions[name]).toBeCloseTo(exact.contributions[name]!, 1)
  })

  it('explains rows in any form, with turns of the event loop in between', async () => {
    let turns = 0
    let isDone = false
    const counting = (async () => {
      while (!isDone) {
        await setImmediate()
        turns++
      }
    })()
    const explained = await classifier.explain(
      people(5, 4).map(({ age, plan, rooms: count, city }) => ({ age, plan, rooms: count, city })),
    )
    isDone = true
    await counting
    expect(explained).toHaveLength(5)
    expect(turns).toBeGreaterThan(5)
    expect(await classifier.explain(new Set([row!]))).toEqual([await classifier.explain(row!)])
    expect(await classifier.explain([])).toEqual([])
  })

  it('refuses wrong rows and options, and ends when aborted', async () => {
    await expect(classifier.explain({ ...row!, age: 'old' })).rejects.toMatchObject({ row: 0, column: 'age' })
    await expect(classifier.explain(row!, { label: 'maybe' as never })).rejects.toThrow(
      'one of the classes "no", "yes"',
    )
    await expect(classifier.explain(row!, { scale: 'logit' as never })).rejects.toThrow('logOdds')
    await expect(classifier.explain(row!, { background: [] })).rejects.toThrow('at least one row')
    await expect(classifier.explain(row!, { maxEvaluations: 0 })).rejects.toThrow('maxEvaluations')
    await expect(classifier.explain(row!, { labels: 'yes' } as never)).rejects.toThrow('Did you mean label?')
    const controller = new AbortController()
    const explaining = classifier.explain([row!, row!, row!], { signal: controller.signal })
    controller.abort('enough')
    await expect(explaining).rejects.toBe('enough')
  })
})

it('explain of a regressor adds up to the number that it predicts', async () => {
  const asked = { age: 33, rooms: 2 }
  const { base, output, contributions, method } = await regressor.explain(asked)
  expect(method).toBe('exact')
  expect(output).toBeCloseTo(regressor.predictSync(asked), 2)
  expect(base + contributions.age! + contributions.rooms!).toBeCloseTo(output, 6)
  // price = 1000 age + 5000 rooms: two rooms are half a room less than the mean.
  expect(contributions.rooms).toBeLessThan(0)
})
