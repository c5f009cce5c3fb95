import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { sizeOf, type Value } from '../preparation/value.js'
import { Branch, isRaw, probes, type ReadPart } from './branch.js'
import { readPeriodic, readPiecewise } from './curves.js'
import { readEmbedding } from './embedding.js'
import { readOneHot } from './one-hot.js'

/** What is needed to read the parts of a table. */
export type Context = Pick<Branch, 'graph' | 'constants' | 'values'>

/** A part, and the scaling of its columns where it has one. */
interface Scaled extends ReadPart {
  readonly scale?: readonly number[]
  readonly shift?: readonly number[]
}

export interface ScaledPart extends Scaled {
  /** The value that it computes. */
  readonly name: string
}

/** Parts of a layer at most: a table that is put beside itself again and again has many. */
const mostParts = 1 << 12

/** Operators that leave the numbers of a row as they are, in their order. */
const keepsRows = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout', 'Cast'])

/** The parts whose outputs side by side are a table. */
export function* partsOf(context: Context, table: string): Work<ScaledPart[]> {
  const { graph, values } = context
  const places = new Map(graph.nodes.map((node, k) => [node, k]))
  const parts: ScaledPart[] = []
  const names = [table]
  while (names.length > 0) {
    yield
    const name = names.pop()!
    const node = graph.maker(name)
    const value = values.get(name)!
    if (node && !isRaw(value)) {
      if (keepsRows.has(node.opType) && isTableOfRows(values.get(node.input[0]!))) {
        names.push(node.input[0]!)
        continue
      }
      if (node.opType === 'Concat' && joinsRows(node, value)) {
        names.push(...node.input.toReversed())
        continue
      }
    }
    const branch = new Branch(context, name, places)
    if (parts.length === mostParts) throw branch.problem(`it is behind ${mostParts} other parts, which is the limit`)
    parts.push({ ...readPart(branch), name })
  }
  return joinOwn(parts)
}

const isTableOfRows = (value: Value | undefined) => value?.origins !== undefined && value.dims[0] === probes.length

/** Whether tables are put side by side, and not one under the other. */
function joinsRows(node: NodeProto, { dims }: Value): boolean {
  const axis = attributesOf(node).int('axis', 0)
  const place = axis < 0 ? axis + dims.length : axis
  return place >= 1 && sizeOf(dims.slice(1, place)) === 1
}

function readPart(branch: Branch): Scaled {
  const { value, nodes } = branch
  if (isRaw(value)) return passthrough(value)
  const has = (...operators: string[]) => operators.every((name) => nodes.some(({ opType }) => opType === name))
  if (nodes.at(-1)?.opType === 'Gather') return readEmbedding(branch)
  if (has('Cos', 'MatMul')) return readPeriodic(branch)
  if (has('Div', 'Min', 'MatMul')) return readPiecewise(branch)
  const part = readOneHot(branch) ?? scaled(value)
  if (part) return part
  throw branch.problem('no part of a columns layer computes it')
}

function passthrough({ origins, data, dims }: Value): ReadPart {
  const columns = Array.from(origins!.subarray(0, data.length / dims[0]!))
  return { options: { type: 'passthrough', columns }, tensors: [] }
}

/** Columns that are multiplied and shifted, at the probes; undefined for another function. */
function scaled(value: Value): Scaled | undefined {
  const part = passthrough(value)
  const { columns } = part.options
  const at = (row: number, k: number) => Number(value.data[row * columns.length + k])
  const shift = columns.map((_, k) => at(1, k))
  const scale = columns.map((_, k) => at(1, k) - at(0, k))
  const fits = columns.every((column, k) => {
    const expected = shift[k]! + probes[2] * scale[k]!
    return column >= 0 && scale[k] !== 0 && Math.abs(at(2, k) - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
  })
  return fits ? { ...part, scale, shift } : undefined
}

/** Takes the columns behind a part of the form pbld into it, which has them as they are. */
function joinOwn(parts: readonly ScaledPart[]): ScaledPart[] {
  const joined: ScaledPart[] = []
  for (let k = 0; k < parts.length; k++) {
    const { options } = parts[k]!
    joined.push(parts[k]!)
    if (options.type !== 'periodicEmbedding' || options.form !== 'pbld') continue
    const next = parts[k + 1]
    if (next?.options.type === 'passthrough' && !next.scale && `${next.options.columns}` === `${options.columns}`) k++
  }
  return joined
}
