// A rank of a group, or a process alone, that trains a table model and prints its predictions.
import { type Group, join } from '../../../lib/distributed/index.js'
import { TabularRegressor } from '../../../lib/index.js'

const rows = Array.from({ length: 60 }, (_, i) => ({ size: (i * 37) % 100, age: (i * 7) % 11, price: (i * 74) % 200 }))
const group: Group | undefined = process.env.WORLD_SIZE ? await join({ timeout: 60 }) : undefined
const model = new TabularRegressor({ preset: 'balanced', seed: 1 })
await model.fit(rows, { target: 'price', ...(group ? { group } : { concurrency: 2 }) })
const { networks } = model.report.training
process.stdout.write(JSON.stringify({ networks, predictions: [...(await model.predict(rows))] }))
await group?.close()
