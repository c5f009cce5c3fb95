// Loads models from a folder, trains them for two more epochs and saves them under new names: resume.ts <folder>
// <names>...
import { join } from 'node:path'
import { Sequential } from '../../../lib/index.js'
import { makeData, small } from './model.js'

const [folder, ...names] = process.argv.slice(2)
for (const name of names) {
  const model = await Sequential.load(join(folder!, name))
  await model.fit(...makeData(500, small), { initialEpoch: 2, epochs: 4, threads: 2 })
  await model.save(join(folder!, `${name}.resumed`))
}
