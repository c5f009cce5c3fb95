// Learns from a file of Arrow record batches, batch by batch: the file may be larger than memory.
//   node --import tsx examples/data/arrow.ts
// In your own program, import from 'perceptra'.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RecordBatchReader, RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow'
import { datasets, layers, Sequential } from '../../lib/index.js'
import { isMain } from '../is-main.js'

/** The record batches of a file as batches for fit: the column `target` is the target, all others are inputs. */
export async function* recordBatches(path: string, target: string) {
  const reader = await RecordBatchReader.from(createReadStream(path))
  for await (const batch of reader) {
    const inputs = batch.schema.fields.map(({ name }) => String(name)).filter((name) => name !== target)
    const [x, y] = [new Float32Array(batch.numRows * inputs.length), new Float32Array(batch.numRows)]
    for (const [column, name] of [...inputs, target].entries()) {
      const values = batch.getChild(name)
      if (!values) throw new Error(`${path} has no column ${name}.`)
      for (let row = 0; row < batch.numRows; row++) {
        // A missing value becomes NaN, which fit refuses with its row and column; 0 would be a guess.
        const value = Number(values.get(row) ?? Number.NaN)
        if (column < inputs.length) x[row * inputs.length + column] = value
        else y[row] = value
      }
    }
    yield [x, y] as const
  }
}

/** Writes columns to a file in Arrow's stream format, one record batch per part. */
export async function writeParts(path: string, parts: Iterable<Record<string, Float32Array | (number | null)[]>>) {
  const batches = Array.from(parts).flatMap((columns) => tableFromArrays(columns).batches)
  await pipeline(Readable.from(RecordBatchStreamWriter.writeAll(batches)), createWriteStream(path))
}

if (isMain(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-arrow-'))
  const path = join(folder, 'moons.arrows')
  const parts = Array.from({ length: 20 }, (_, seed) => {
    const { x, y } = datasets.makeMoons({ nSamples: 1000, noise: 0.1, seed })
    const column = (k: number) => Float32Array.from({ length: x.rows }, (_, row) => x.at(row, k))
    return { a: column(0), b: column(1), moon: Float32Array.from(y) }
  })
  await writeParts(path, parts)
  const model = new Sequential({
    layers: [
      layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
  // A function, so that each epoch reads the file again.
  const { logs } = await model.fit(() => recordBatches(path, 'moon'), { epochs: 5 })
  console.log('Accuracy after each epoch over 20 record batches of 1,000 rows:', logs.accuracy)
  rmSync(folder, { recursive: true })
}
