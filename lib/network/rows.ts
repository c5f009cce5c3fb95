import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type MatrixLike, type NumberTable, toShapedTable } from '../base/matrix.js'
import type { ModelSpec } from '../spec/model.js'
import type { Core } from './core.js'

/**
 * Reads rows of as many numbers as a model has inputs. NaN and infinity pass: the native data set checks for them while
 * it copies the rows (`makeDataset`).
 * @param name the argument's name, for messages.
 * @throws ArgumentError for another shape, or for a number that is not an index where the model begins with an
 * embedding.
 */
export function readRows({ spec, inputs }: Core, x: MatrixLike, name: string): NumberTable {
  const table = toShapedTable(x, name, inputs)
  checkIndices(spec, table, name)
  return table
}

/**
 * Checks the inputs of a model that begins with an embedding: integers from 0 to `inputDim` - 1.
 * @throws ArgumentError that names the first row and column of another number.
 */
export function checkIndices({ layers }: ModelSpec, { data, columns }: NumberTable, name: string): void {
  const first = layers[0]!
  if (first.type !== 'embedding') return
  for (let k = 0; k < data.length; k++) {
    const value = data[k]!
    if (Number.isInteger(value) && value >= 0 && value < first.inputDim) continue
    throw new ArgumentError(
      `Expected integers from 0 to ${first.inputDim - 1}, as the embedding takes them, for ${name}, but row ` +
        `${Math.floor(k / columns)}, column ${k % columns} is ${describe(value)}.`,
    )
  }
}
