import type { Work } from '../base/breathing.js'
import { checkFiniteRange, type NumberTable } from '../base/matrix.js'
import { native } from '../native/addon.js'
import type { NativeDataset } from '../native/model.js'
import type { Targets } from './targets.js'

/** Numbers that are copied in one step, which takes some tenths of a millisecond. */
export const numbersInStep = 1 << 17

/** The parts of a data set, as NativeDataset.copy counts them. */
const [x, y, weights] = [0, 1, 2] as const

/**
 * Copies rows into a native data set, as float32 or bytes.
 * @param whole the table that `table` is a part of; for messages, like `name`.
 * @throws ArgumentError that names the row and column of a number that is not finite.
 */
export function* makeDataset(
  table: NumberTable,
  targets: Targets | null,
  name: string,
  whole: NumberTable = table,
  rowWeights: Float32Array | null = null,
): Work<NativeDataset> {
  const data = new (native().Dataset)(
    table.data,
    table.columns,
    targets?.data ?? null,
    targets?.columns ?? 0,
    rowWeights,
    { later: true },
  )
  function* copy(): Work<void> {
    yield* copyTable(data, table, name, whole)
    if (targets) yield* copyPart(data, y, targets.data)
    if (rowWeights) yield* copyPart(data, weights, rowWeights)
  }
  yield* freedOnError(data, copy())
  return data
}

/**
 * Copies rows into a native data set; float64 rows are not rounded.
 * @throws ArgumentError that names the row and column of a number that is not finite.
 */
export function* makeWideDataset(table: NumberTable, name: string): Work<NativeDataset> {
  const data = new (native().Dataset)(table.data, table.columns, null, 0, null, { wide: true, later: true })
  yield* freedOnError(data, copyTable(data, table, name, table))
  return data
}

/** Native objects that are freed together. */
export class Disposables {
  readonly #held: { dispose(): void }[] = []

  add<D extends { dispose(): void }>(object: D): D {
    this.#held.push(object)
    return object
  }

  dispose(): void {
    for (const object of this.#held.splice(0)) object.dispose()
  }
}

/** Runs work; frees the native object if it fails, or is left unfinished. */
export function* freedOnError<R>(object: { dispose(): void }, work: Work<R>): Work<R> {
  let done = false
  try {
    const result = yield* work
    done = true
    return result
  } finally {
    if (!done) object.dispose()
  }
}

function* copyTable(data: NativeDataset, table: NumberTable, name: string, whole: NumberTable): Work<void> {
  const first = (table.data.byteOffset - whole.data.byteOffset) / table.data.BYTES_PER_ELEMENT
  yield* copyPart(data, x, table.data, (begin, end) => {
    checkFiniteRange(whole.data, whole.columns, name, first + begin, first + end)
  })
}

/** @param explain throws an error that says more about a range that has NaN or infinity. */
function* copyPart(
  data: NativeDataset,
  part: 0 | 1 | 2,
  array: NumberTable['data'] | Targets['data'],
  explain?: (begin: number, end: number) => void,
): Work<void> {
  const { length } = array
  for (let begin = 0; begin < length; begin += numbersInStep) {
    const end = Math.min(begin + numbersInStep, length)
    try {
      data.copy(part, array, begin, end)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_NOT_FINITE') explain?.(begin, end)
      throw error
    }
    yield
  }
}
