import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { NumberTable } from '../base/matrix.js'
import type { ModelSpec } from '../spec/model.js'

/**
 * Checks the inputs of a model that begins with an embedding: they are numbers of rows of its table.
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
