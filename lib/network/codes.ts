import { codesOfParts } from '../spec/columns.js'
import type { ModelSpec } from '../spec/model.js'

/** The columns of whole numbers in the rows of a model, and the numbers that each may hold. */
export function codesOf({ layers }: ModelSpec, columns: number): { column: number; min: number; max: number }[] {
  const first = layers[0]!
  if (first.type === 'columns') {
    return codesOfParts(first.parts).map(({ column, count }) => ({ column, min: -1, max: count - 1 }))
  }
  if (first.type !== 'embedding') return []
  return Array.from({ length: columns }, (_, column) => ({ column, min: 0, max: first.inputDim - 1 }))
}

/** Whether a model's rows hold codes of categories. */
export function hasCodes(spec: ModelSpec): boolean {
  return codesOf(spec, 1).length > 0
}
