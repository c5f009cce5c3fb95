// Learns from the rows of a DuckDB query, chunk by chunk: the table may be larger than memory.
//   node --import tsx examples/data/duckdb.ts
// In your own program, import from 'perceptra'.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { layers, Sequential } from '../../lib/index.js'
import { isMain } from '../is-main.js'

/**
 * The rows of a query as batches for fit: the last column is the target, the others are inputs.
 * The order of the rows is that of the query: without an ORDER BY it may change between epochs.
 */
export async function* queryBatches(connection: DuckDBConnection, query: string) {
  const result = await connection.stream(query)
  const inputs = result.columnCount - 1
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return
    const [x, y] = [new Float32Array(chunk.rowCount * inputs), new Float32Array(chunk.rowCount)]
    for (let column = 0; column <= inputs; column++) {
      const vector = chunk.getColumnVector(column)
      for (let row = 0; row < chunk.rowCount; row++) {
        // NULL becomes NaN, which fit refuses with its row and column; 0 would be a guess.
        const value = Number(vector.getItem(row) ?? Number.NaN)
        if (column < inputs) x[row * inputs + column] = value
        else y[row] = value
      }
    }
    yield [x, y] as const
  }
}

/** A connection to a database file, or to a database in memory. */
export async function connect(path = ':memory:'): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(path)
  return instance.connect()
}

if (isMain(import.meta.url)) {
  const connection = await connect()
  await connection.run(`CREATE TABLE points AS SELECT 2 * random() - 1 AS a, 2 * random() - 1 AS b FROM range(200000)`)
  const query = 'SELECT a, b, CAST(a * a + b * b < 0.5 AS INTEGER) AS inside FROM points'
  const model = new Sequential({
    layers: [
      layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
  // A function, so that each epoch runs the query again.
  const { logs } = await model.fit(() => queryBatches(connection, query), { epochs: 3 })
  console.log('Accuracy after each epoch over 200,000 rows of the table:', logs.accuracy)
  connection.closeSync()
}
