import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Matrix, Sequential } from 'perceptra'
import { largest } from './confusion.js'
import { percent } from './misread.js'

/** Rows to predict, and the predictions of the saved model. */
export interface Check {
  x: Matrix
  labels: ArrayLike<number>
  probabilities: Matrix
  classNames: readonly string[]
}

/** Saves a model, loads it as another program would, and compares the predictions. */
export async function saveAndLoad(model: Sequential, path: string | undefined, check: Check): Promise<void> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), 'perceptra-demo-')) : undefined
  const file = path ?? join(folder!, 'model.safetensors')
  try {
    await model.save(file)
    console.log(`Saved to ${file}${folder ? ', for as long as the demo runs; --save path keeps it' : ''}`)
    using loaded = await Sequential.load(file)
    await compare(loaded, check)
  } finally {
    if (folder) await rm(folder, { recursive: true })
  }
}

async function compare(loaded: Sequential, { x, labels, probabilities, classNames }: Check): Promise<void> {
  const again = await loaded.predict(x)
  const same = again.data.every((value, i) => value === probabilities.data[i])
  if (!same) throw new Error('The loaded model does not predict what the saved one did.')
  console.log(`Loaded it again: the same ${x.rows.toLocaleString('en-US')} predictions, bit by bit`)
  const row = loaded.predictSync(x.row(0))
  const best = largest(row)
  console.log(`The first test image: ${classNames[best]} (${percent(row[best]!)}); it is ${classNames[labels[0]!]}`)
}
