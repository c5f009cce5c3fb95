// What is a diamond worth? Numbers with intervals, which contain nine of ten new prices.
import { join } from 'node:path'
import { datasets, TabularRegressor } from 'perceptra'
import { main } from '../ports/main.js'

export async function learnPrices(dir: string, { rows = Infinity, timeLimit = 60 } = {}) {
  const all = await datasets.readCsv(join(dir, 'diamonds.csv.gz'))
  // They are in the order of prices: every so many, of which every fifth is for the score.
  const step = Math.max(1, Math.floor(all.rows / rows))
  const chosen = Array.from({ length: Math.floor(all.rows / step) }, (_, i) => i * step)
  const [train, test] = [all.take(chosen.filter((_, k) => k % 5 > 0)), all.take(chosen.filter((_, k) => k % 5 === 0))]
  const model = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(train, { target: 'price', timeLimit })
  const intervals = await model.predictInterval(test, { coverage: 0.9 })
  const prices = [...test].map((row) => row.price as number)
  const inside = intervals.filter(({ lower, upper }, i) => lower <= prices[i]! && prices[i]! <= upper)
  const { rmse, r2 } = await model.evaluate(test)
  return { rmse, r2, coverage: inside.length / prices.length, first: intervals[0]! }
}

await main(import.meta.url, learnPrices)
