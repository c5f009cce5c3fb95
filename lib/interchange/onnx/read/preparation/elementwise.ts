import type { Work } from '../../../../base/breathing.js'
import { type NodeProto, TensorProto_DataType as T } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { functionOfNode, mostOperands } from '../elementwise.js'
import type { Notes } from './notes.js'
import { broadcast, constant, eachCell, joinOrigins, newCells, originAt, placesIn, type Value } from './value.js'

type Cell = number | string

const truth = (value: Cell) => value !== 0

/** Operators beside those of layers. */
const others: Readonly<Record<string, (...values: Cell[]) => Cell>> = {
  Equal: (a, b) => Number(a === b),
  And: (a, b) => Number(truth(a!) && truth(b!)),
  Or: (a, b) => Number(truth(a!) || truth(b!)),
  Xor: (a, b) => Number(truth(a!) !== truth(b!)),
  IsNaN: (x) => Number(Number.isNaN(x)),
  Floor: (x) => Math.floor(x as number),
  Ceil: (x) => Math.ceil(x as number),
  Round: (x) => roundEven(x as number),
  Cos: (x) => Math.cos(x as number),
  Atanh: (x) => Math.atanh(x as number),
  Sum: (...values) => (values as number[]).reduce((a, b) => a + b),
  Mean: (...values) => (values as number[]).reduce((a, b) => a + b) / values.length,
}

const comparisons = ['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual']

/** The largest integer that a cast of NaN gives on common processors. */
const castOfNaN = -(2 ** 63)

function roundEven(x: number): number {
  const near = Math.round(x)
  return Math.abs(x % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near
}

function castOf(node: NodeProto): ((x: Cell) => Cell) | undefined {
  const to = attributesOf(node).int('to', T.FLOAT)
  if (to === T.STRING) return (x) => (typeof x === 'string' ? x : String(x))
  const fromText = (x: Cell) => (typeof x === 'string' ? Number(x) : x)
  // Not rounded to float32: what the columns are put through must be found to more digits.
  if (to === T.FLOAT || to === T.DOUBLE) return fromText
  if (to === T.BOOL) return (x) => Number(fromText(x) !== 0)
  if (to !== T.INT64 && to !== T.INT32) return undefined
  return (x) => (Number.isNaN(fromText(x)) ? castOfNaN : Math.trunc(fromText(x)))
}

/**
 * The result of a node that computes each cell from cells at the same place; undefined for another operator, for missing inputs,
 * and for sizes that do not fit.
 */
export function* elementwise(
  node: NodeProto,
  inputs: readonly (Value | undefined)[],
  notes: Notes,
): Work<Value | undefined> {
  const { opType } = node
  const apply = opType === 'Cast' ? castOf(node) : Object.hasOwn(others, opType) ? others[opType] : functionOfNode(node)
  if (!apply || inputs.length > mostOperands) return undefined
  const isOne = opType === 'Cast' || opType === 'Dropout'
  const all = isOne ? inputs.slice(0, 1) : inputs
  const operands = opType === 'Where' ? 3 : opType === 'Equal' || comparisons.includes(opType) ? 2 : 1
  for (let i = 0; i < operands; i++) if (all[i] === undefined) return undefined
  const present = all.filter((value) => value !== undefined)
  const dims = broadcast(present)
  const out = dims && present.length > 0 ? newCells(dims) : undefined
  if (!dims || !out) return undefined
  const places = all.map((value) => value && placesIn(value, dims))
  const cells = new Array<Cell | undefined>(all.length)
  yield* eachCell(out.data.length, (k) => {
    let [origin, raw] = [constant, 0]
    for (let i = 0; i < all.length; i++) {
      const value = all[i]
      if (!value) continue
      const at = places[i]!(k)
      cells[i] = value.data[at]!
      origin = joinOrigins(origin, originAt(value, at))
      raw |= value.raw?.[at] ?? 0
    }
    out.data[k] = (apply as (...values: (Cell | undefined)[]) => Cell)(...cells)
    out.origins[k] = origin
    if (isOne || opType === 'Identity') out.raw[k] = raw
  })
  if (notes.branches) yield* notes.branches.note(node, all, places, out.data.length)
  if (opType === 'Where') yield* noteWhere(all as Value[], places as ((k: number) => number)[], out, notes)
  if (opType === 'Equal') yield* noteEqual(all as Value[], places as ((k: number) => number)[], out.data.length, notes)
  if (comparisons.includes(opType)) yield* noteLimits(all as Value[], places as ((k: number) => number)[], out, notes)
  return out
}

type Places = readonly ((k: number) => number)[]

/** The branch that is taken says whether a cell is still the entry; a constant in place of an entry is a fill. */
function* noteWhere([condition, yes, no]: readonly Value[], [c, y, n]: Places, out: Value, notes: Notes): Work<void> {
  yield* eachCell(out.data.length, (k) => {
    const isYes = truth(condition!.data[c!(k)]!)
    const [taken, at, left, leftAt] = isYes ? [yes!, y!(k), no!, n!(k)] : [no!, n!(k), yes!, y!(k)]
    out.raw![k] = taken.raw?.[at] ?? 0
    if (originAt(taken, at) === constant && left.raw?.[leftAt]) notes.fill(originAt(left, leftAt), taken.data[at]!)
  })
}

function* noteEqual([a, b]: readonly Value[], [i, j]: Places, count: number, notes: Notes): Work<void> {
  yield* eachCell(count, (k) => {
    for (const [x, at, y, yAt] of [[a!, i!(k), b!, j!(k)] as const, [b!, j!(k), a!, i!(k)] as const]) {
      if (x.raw?.[at] && originAt(y, yAt) === constant) notes.key(originAt(x, at), y.data[yAt]!)
    }
  })
}

/** Notes what each column of the first row is compared with. */
function* noteLimits([a, b]: readonly Value[], [i, j]: Places, out: Value, notes: Notes): Work<void> {
  const count = out.data.length / (out.dims[0] ?? 1)
  const lists = new Map<number, number[]>()
  yield* eachCell(count, (k) => {
    const [x, y] = [originAt(a!, i!(k)), originAt(b!, j!(k))]
    const [column, limit] = y === constant ? [x, b!.data[j!(k)]!] : [y, a!.data[i!(k)]!]
    if (column < 0 || (x !== constant && y !== constant) || typeof limit !== 'number') return
    const list = lists.get(column)
    if (list) list.push(limit)
    else lists.set(column, [limit])
  })
  for (const [column, list] of lists) notes.limits(column, list)
}
