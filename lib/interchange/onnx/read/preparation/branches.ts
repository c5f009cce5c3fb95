import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { constant, eachCell, originAt, type Value } from './value.js'

/** Comparisons of a column in one node, at most, between whose sides is searched: longer lists are those of quantiles. */
const mostBranches = 16

type Places = readonly (((k: number) => number) | undefined)[]

/** Which side of its limits each row is on: where two rows differ, there is a limit between them. */
export class Branches {
  /** For each row a list of signs for each column. */
  readonly #signs: Map<number, number[]>[]

  constructor(rows: number) {
    this.#signs = Array.from({ length: rows }, () => new Map<number, number[]>())
  }

  /** The sides on which an entry of a column is. */
  of(row: number, column: number): string {
    return (this.#signs[row]?.get(column) ?? []).join()
  }

  /** Notes on which side of what they are compared with the cells of a node are. */
  *note(node: NodeProto, values: readonly (Value | undefined)[], places: Places, count: number): Work<void> {
    const rows = this.#signs.length
    const kinks = kinksOf(node)
    const isPair = pairs.has(node.opType)
    if ((!kinks && !isPair) || rows === 0 || count % rows !== 0) return
    const inRow = count / rows
    const first = values[0]
    if (!first) return
    const numbers = new Map<number, number>()
    yield* eachCell(inRow, (k) => {
      const column = this.#columnOf(values, places, k)
      numbers.set(column, (numbers.get(column) ?? 0) + 1)
    })
    yield* eachCell(count, (k) => {
      const column = this.#columnOf(values, places, k)
      if (column < 0 || numbers.get(column)! > mostBranches) return
      // An entry that is tested for equality is noted as such.
      if (node.opType === 'Equal' && values.some((value, i) => value?.raw?.[places[i]!(k)])) return
      const x = first.data[places[0]!(k)]!
      const limits = kinks ?? values.slice(1).flatMap((value, i) => value?.data[places[i + 1]!(k)] ?? [])
      const signs = this.#signs[Math.floor(k / inRow)]!
      const list = signs.get(column)
      const own = limits.map((limit) => (x > limit ? 1 : x < limit ? -1 : x === limit ? 0 : 2))
      if (list) list.push(...own)
      else signs.set(column, own)
    })
  }

  #columnOf(values: readonly (Value | undefined)[], places: Places, k: number): number {
    for (const [i, value] of values.entries()) {
      const origin = value ? originAt(value, places[i]!(k)) : constant
      if (origin !== constant) return origin
    }
    return constant
  }
}

/** Operators that compare their first input with the others. */
const pairs = new Set(['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'Min', 'Max', 'Clip'])

/** Numbers at which the function of a node bends or jumps. */
function kinksOf(node: NodeProto): number[] | undefined {
  const attributes = attributesOf(node)
  switch (node.opType) {
    case 'Abs':
    case 'Sign':
    case 'Relu':
    case 'LeakyRelu':
    case 'Elu':
    case 'Celu':
    case 'Selu':
    case 'PRelu':
    case 'Not':
      return [0]
    case 'ThresholdedRelu':
      return [attributes.float('alpha', 1)]
    case 'Binarizer':
      return [attributes.float('threshold', 0)]
    case 'HardSwish':
      return [-3, 3]
    case 'HardSigmoid': {
      const [alpha, beta] = [attributes.float('alpha', 0.2), attributes.float('beta', 0.5)]
      return [-beta / alpha, (1 - beta) / alpha]
    }
    case 'Clip':
      return node.input.length > 1 ? undefined : [attributes.float('min', -Infinity), attributes.float('max', Infinity)]
    default:
      return undefined
  }
}
