import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type MatrixLike, type NumberTable, toShapedTableInSteps } from '../base/matrix.js'
import type { ModelSpec } from '../spec/model.js'
import { codesOf } from './codes.js'
import type { Core } from './core.js'

/**
 * Reads rows of as many numbers as a model has inputs. NaN and infinity pass: the native data set checks for them while
 * it copies the rows (`makeDataset`).
 * @param name the argument's name, for messages.
 * @throws ArgumentError for another shape, or for a number that is not an index where the model begins with an
 * embedding.
 */
export function* readRows({ spec, inputs }: Core, x: MatrixLike, name: string): Work<NumberTable> {
  const table = yield* toShapedTableInSteps(x, name, inputs)
  yield* checkIndicesInSteps(spec, table, name)
  return table
}

/**
 * Checks the codes in the rows of a model that begins with an embedding or with a columns layer that reads codes:
 * integers from 0 (in a columns layer: from -1, a missing category) to below `inputDim`.
 * @throws ArgumentError that names the first row and column of another number.
 */
export function checkIndices(spec: ModelSpec, table: NumberTable, name: string): void {
  runNow(checkIndicesInSteps(spec, table, name))
}

function* checkIndicesInSteps(spec: ModelSpec, { data, rows, columns }: NumberTable, name: string): Work<void> {
  const codes = codesOf(spec, columns)
  if (codes.length === 0) return
  yield* rowBlocks(rows, codes.length, (begin, end) => {
    for (let row = begin; row < end; row++) {
      for (const { column, min, max } of codes) {
        const value = data[row * columns + column]!
        if (Number.isInteger(value) && value >= min && value <= max) continue
        throw new ArgumentError(
          `Expected integers from ${min} to ${max}, as the embedding takes them, for ${name}, but row ` +
            `${row}, column ${column} is ${describe(value)}.`,
        )
      }
    }
  })
}
