// Run in a process of its own: loads a model, trains it on for two epochs, saves it again.
import { Sequential } from '../../lib/index.js'
import { classes } from './models.js'

const [from, to] = process.argv.slice(2) as [string, string]
const { x, y } = classes(300)
const model = await Sequential.load(from)
await model.fit(x, y, { epochs: 2 })
await model.save(to)
