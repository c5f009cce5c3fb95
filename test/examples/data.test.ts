import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BatchSource, layers, Matrix, Sequential } from '../../lib/index.js'
import { isInstalled } from '../../scripts/setup/npm.mjs'
import { bits, classes } from '../native/models.js'

const rows = 5000
const columns = 3
const { x } = classes(rows, columns)
const y = Float32Array.from({ length: rows }, (_, i) => Number(x[3 * i]! > x[3 * i + 1]!))
const folder = mkdtempSync(join(tmpdir(), 'perceptra-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(() => {
  if (isInstalled(fileURLToPath(new URL('../../examples/data', import.meta.url)))) return
  throw new Error('The packages of examples/data are missing. "node scripts/setup.mjs --for test" installs them.')
})

function makeModel(): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 8, activation: 'tanh', inputShape: [columns] }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed: 3,
  })
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' })
  return model
}

const options = { epochs: 2, batchSize: 64, shuffle: false }

/** Expects that a source gives the same model as its rows in memory. */
async function compareWithArrays(source: BatchSource): Promise<void> {
  using fromArrays = makeModel()
  await fromArrays.fit(new Matrix(x, rows, columns), y, options)
  using fromSource = makeModel()
  await fromSource.fit(source, options)
  expect(bits(fromSource)).toEqual(bits(fromArrays))
}

describe('a query of DuckDB', () => {
  it('trains to the same bits as arrays, chunk by chunk', async () => {
    const { connect, queryBatches } = await import('../../examples/data/duckdb.js')
    const connection = await connect()
    await connection.run('CREATE TABLE rows (id INTEGER, a REAL, b REAL, c DOUBLE, target BOOLEAN)')
    const appender = await connection.createAppender('rows')
    for (const [i, target] of y.entries()) {
      appender.appendInteger(i)
      appender.appendFloat(x[3 * i]!)
      appender.appendFloat(x[3 * i + 1]!)
      appender.appendDouble(x[3 * i + 2]!)
      appender.appendBoolean(target === 1)
      appender.endRow()
    }
    appender.closeSync()
    const query = 'SELECT a, b, c, target FROM rows ORDER BY id'
    let batches = 0
    for await (const [part] of queryBatches(connection, query)) batches += Number(part.length > 0)
    expect(batches).toBeGreaterThan(1)
    await compareWithArrays(() => queryBatches(connection, query))
    // A missing value must not become 0.
    using model = makeModel()
    const withNull = 'SELECT a, b, CASE WHEN id = 7 THEN NULL ELSE c END, target FROM rows ORDER BY id'
    await expect(model.fit(() => queryBatches(connection, withNull), options)).rejects.toThrow(
      /batch 0.*row 7, column 2/,
    )
    connection.closeSync()
  })
})

describe('a file of Arrow record batches', () => {
  it('trains to the same bits as arrays, batch by batch', async () => {
    const { recordBatches, writeParts } = await import('../../examples/data/arrow.js')
    const path = join(folder, 'rows.arrows')
    const parts = [0, 700, 2300].map((begin, k, all) => {
      const count = (all[k + 1] ?? rows) - begin
      const column = (j: number) => Float32Array.from({ length: count }, (_, i) => x[3 * (begin + i) + j]!)
      // The target may be any column.
      return { target: y.slice(begin, begin + count), a: column(0), b: column(1), c: column(2) }
    })
    await writeParts(path, parts)
    let batches = 0
    for await (const [part] of recordBatches(path, 'target')) batches += Number(part.length > 0)
    expect(batches).toBe(parts.length)
    await compareWithArrays(() => recordBatches(path, 'target'))
    using model = makeModel()
    await expect(model.fit(() => recordBatches(path, 'other'), options)).rejects.toThrow(/has no column other/)
  })
})
