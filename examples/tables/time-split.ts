// Rows in the order of time: the model is tried on later rows than it learned from, as it will be used.
import { TabularRegressor } from 'perceptra'

export interface Sale {
  day: string
  store: string
  promotion: boolean
  sold: number
}

/** The last tenth of the rows is for the score, the tenth before it chooses the epoch, all before that are learned. */
export async function learnSales(sales: readonly Sale[]) {
  const ordered = [...sales].sort((a, b) => (a.day < b.day ? -1 : 1))
  const [first, second] = [0.8, 0.9].map((share) => Math.floor(share * ordered.length)) as [number, number]
  const model = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(ordered.slice(0, first), {
    target: 'sold',
    metric: 'mae',
    validation: ordered.slice(first, second),
  })
  const last = ordered.slice(second)
  const drift = await model.drift(last)
  return { model, scores: await model.evaluate(last), drift: drift.columns.filter(({ isDrifted }) => isDrifted) }
}
