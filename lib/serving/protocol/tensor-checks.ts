import { describe } from '../../base/check.js'
import { type Datatype, datatypeNames, isDatatype, wrong } from './datatypes.js'

/** @throws Problem 400 for a value that is no datatype of the protocol. */
export function checkDatatype(value: unknown, what: string): Datatype {
  if (isDatatype(value)) return value
  throw wrong(`Expected one of ${datatypeNames.join(', ')} for the datatype of ${what}, but got ${describe(value)}.`)
}

/**
 * The number of elements of a tensor.
 * @throws Problem 400 for a value that is no shape of one to four sizes.
 */
export function checkShape(shape: unknown, what: string): number {
  const isShape = Array.isArray(shape) && shape.length > 0 && shape.length <= 4
  if (isShape && shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return shape.reduce((product, size) => product * size, 1)
  }
  throw wrong(`Expected one to four sizes for the shape of ${what}, such as [2, 4], but got ${JSON.stringify(shape)}.`)
}

/** @throws Problem 400 where the elements are not as many as the shape asks for. */
export function checkElements(found: number, count: number, what: string): void {
  if (found !== count) throw wrong(`Expected ${count} elements for ${what}, but got ${found}.`)
}
