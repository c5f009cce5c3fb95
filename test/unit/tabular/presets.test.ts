import { describe, expect, it } from 'vitest'
import { load } from '../../../lib/load.js'
import { TabularClassifier, type TabularProgress, TabularRegressor } from '../../../lib/tabular/index.js'
import { asked, people } from './people.js'

const options = { target: 'churned', columns: { price: 'ignored' } } as const
const ofPrice = { target: 'price', columns: { churned: 'ignored' } } as const
const [train, test] = [people(600), people(200, 2)]

describe('the presets balanced and best', () => {
  it('train members, and a portfolio, within the time limit', async () => {
    for (const preset of ['balanced', 'best'] as const) {
      const told: TabularProgress[] = []
      const onProgress = (progress: TabularProgress) => told.push(progress)
      const model = await new TabularClassifier({ preset, seed: 1 }).fit(train, {
        ...options,
        timeLimit: 5,
        onProgress,
      })
      const { networks, recipes, score } = model.report.training
      expect(networks).toBeGreaterThan(0) // one alone on a machine that does other things
      expect(recipes).toBeGreaterThan(0)
      expect(score).toBeGreaterThan(0.8)
      expect((await model.evaluate(test)).accuracy).toBeGreaterThan(0.8)
      expect(told.at(-1)!.epoch).toBeGreaterThan(0)
      const again = (await load(model.toBytes())) as unknown as typeof model
      expect(again.predictProbaSync(asked(test[3]!))).toEqual(model.predictProbaSync(asked(test[3]!)))
      expect(again.report).toEqual(model.report)
      const [one] = await model.predictProba([asked(test[3]!)])
      expect(model.predictProbaSync(asked(test[3]!)).no).toBeCloseTo(one!.no!, 5)
    }
  }, 60_000)

  it('learn numbers, whose intervals come from all held-out rows', async () => {
    const model = await new TabularRegressor({ preset: 'balanced', seed: 1 }).fit(train, { ...ofPrice, timeLimit: 5 })
    expect((await model.evaluate(test)).r2).toBeGreaterThan(0.8)
    const rows = people(500, 3)
    const intervals = await model.predictInterval(rows, { coverage: 0.8 })
    const inside = intervals.filter(({ lower, upper }, i) => lower <= rows[i]!.price && rows[i]!.price <= upper)
    expect(Math.abs(inside.length / rows.length - 0.8)).toBeLessThan(0.12)
    expect(model.report.training.validationRows).toBeGreaterThanOrEqual(120)
  }, 60_000)
})
