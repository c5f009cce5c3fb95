import type { Work } from '../../../base/breathing.js'
import { describe } from '../../../base/check.js'
import { ArgumentError } from '../../../base/errors.js'
import * as layers from '../../../factories/layers.js'
import { largestOf } from '../../../math/statistics.js'
import { lengths } from '../../../preprocessing/normalizer.js'
import type { NodeProto } from '../proto/messages.js'
import type { Cells } from './cells.js'
import type { Constants } from './constants.js'
import { affineOf, normalizeRows } from './fits.js'
import { activationWith, probes } from './known-activations.js'
import { nodeReaders } from './node-readers.js'
import { parametricOf } from './parametric.js'
import { finish } from './preparation/value.js'
import { nodeText, problem } from './problem.js'
import { probeRows, runSegment } from './rows-of-segment.js'
import type { Route, Segment } from './segment.js'
import type { Stack } from './stack.js'

/** Where a chain of nodes begins and ends, and what is made of it. */
interface Chain {
  readonly file: string
  readonly route: Route
  readonly from: string
  readonly target: string
  readonly stack: Stack
  readonly constants: Constants
}

/**
 * Reads the nodes between rows and output into layers, one after the other.
 * @throws FormatError that names the node that no layer computes.
 */
export function* readChain(chain: Chain): Work<void> {
  const { file, route, target } = chain
  let { from } = chain
  while (from !== target) {
    const segment = route.after(from)
    if (!segment) throw problem(file, `the nodes after ${describe(from)} do not meet again: it is no chain of layers.`)
    const [node] = segment.nodes
    // The class of the largest output: the network gives the outputs.
    if (node!.opType === 'ArgMax') return
    try {
      from = yield* readNext(chain, segment, from)
    } catch (cause) {
      // A parameter that no layer has.
      if (cause instanceof ArgumentError) throw problem(file, `${nodeText(node!)}: ${cause.message}`, { cause })
      throw cause
    }
    yield
  }
}

/** Reads the next segment, or several; returns the value at the end. */
function* readNext(chain: Chain, segment: Segment, from: string): Work<string> {
  const [node] = segment.nodes as [NodeProto]
  const isOne = segment.nodes.length === 1 && Object.hasOwn(nodeReaders, node.opType)
  if (!isOne) return readLonger(chain, segment, from)
  const { file, stack, constants } = chain
  const wrong = yield* finish(nodeReaders[node.opType]!({ node, from, stack, constants }))
  if (wrong !== undefined) throw problem(file, `${nodeText(node)}: ${wrong}.`)
  return segment.output
}

/** Columns of rows at most at which nodes are computed, some rows at a time. */
const mostProbed = 2 ** 20

/** Segments that are read together at most: half of 2 gelu(x) follows it. */
const mostSegments = 4

/** Reads a segment, or several in a row that are a layer only together; returns the value at the end. */
function readLonger(chain: Chain, first: Segment, from: string): string {
  let segment = first
  for (let k = 0; ; k++) {
    const wrong = readSeveral(chain, segment, from)
    if (wrong === undefined) return segment.output
    const next = k < mostSegments && segment.output !== chain.target ? chain.route.after(segment.output) : undefined
    if (!next) throw problem(chain.file, `${nodeText(first.nodes.at(-1)!)}: ${wrong}.`)
    segment = { nodes: [...segment.nodes, ...next.nodes], output: next.output }
  }
}

/** Compares what nodes compute with activations, scalings and layer normalization. */
function readSeveral({ stack, constants }: Chain, segment: Segment, from: string): string | undefined {
  if (keepsProbabilities(segment, from, stack, constants)) return undefined
  const one = runSegment(segment, from, { rows: probes.length, columns: 1, data: probes }, constants)
  const isElementwise = one?.rows === probes.length && one.columns === 1
  const activation = isElementwise ? activationWith(one.data) : undefined
  if (activation) {
    stack.activation(activation)
    return undefined
  }
  if (isElementwise && !stack.isEmpty && isShiftedSigmoid(segment, from, constants)) {
    const width = stack.width!
    stack.affine(new Float64Array(width).fill(1), new Float64Array(width).fill(-hardShift))
    stack.activation({ name: 'hardSigmoid' })
    return undefined
  }
  // A function of each number that is neither an activation nor affine far from 0, such as Clip, is affine near 0 only.
  if (isElementwise && !affineOf({ rows: probes.length, columns: 1, data: probes }, one)) {
    return 'no layer of perceptra computes it'
  }
  if (one?.columns === 2 && isOther(one.data)) {
    return stack.twoClasses() ? undefined : 'two probabilities of one number follow no sigmoid unit'
  }
  const width = stack.width ?? widthOfConstants(segment, constants)
  if (width === undefined || !stack.fits(width)) return 'no layer of perceptra computes it'
  if (width > mostProbed) return `rows of ${width} columns are too wide to be compared with a layer`
  const x = probeRows(width)
  const y = runSegment(segment, from, x, constants)
  if (!y || y.columns !== width || y.rows !== x.rows) return 'no layer of perceptra computes it'
  const affine = affineOf(x, y)
  if (affine) {
    stack.affine(affine.scale, affine.shift)
    return undefined
  }
  // Of each number its negative too, so that every column has one.
  const both = {
    rows: 2 * x.rows,
    columns: width,
    data: Float64Array.from({ length: 2 * x.data.length }, (_, k) => {
      const value = x.data[k % x.data.length]!
      return k < x.data.length ? value : -value
    }),
  }
  const ofBoth = runSegment(segment, from, both, constants)
  const slopes = ofBoth?.columns === width ? slopesOf(both, ofBoth) : undefined
  if (slopes) {
    stack.activation({ name: 'prelu', initialSlope: 0.25 }, slopes)
    return undefined
  }
  const parametric = ofBoth?.columns === width ? parametricOf(both, ofBoth) : undefined
  if (parametric) {
    stack.other(layers.activation({ activation: parametric.activation, parametric: true }), [parametric.factors])
    return undefined
  }
  for (const epsilon of epsilonsOf(segment, constants)) {
    const normal = affineOf(normalizeRows(x, epsilon), y)
    if (!normal) continue
    const tensors = [new Float32Array(normal.scale), new Float32Array(normal.shift)]
    stack.other(layers.layerNormalization({ epsilon: Number(epsilon.toPrecision(7)) }), tensors)
    return undefined
  }
  return 'no layer of perceptra computes it'
}

/** Nodes that divide rows of numbers above 0 by their sum; what they compute has no bends, so that a few rows tell it. */
const dividing = new Set(['Identity', 'Abs', 'ReduceSum', 'ReduceL1', 'Div'])

/** Whether a segment divides probabilities by their sum, which is 1. */
function keepsProbabilities(segment: Segment, from: string, stack: Stack, constants: Constants): boolean {
  const { lastActivation, width } = stack
  const mayBe = lastActivation === 'softmax' || (lastActivation === 'sigmoid' && width === 2)
  if (!mayBe || width === undefined || width > mostProbed) return false
  if (!segment.nodes.every(({ opType }) => dividing.has(opType))) return false
  const { rows, columns, data } = probeRows(width)
  const shares = Float64Array.from(data, Math.abs)
  for (let i = 0; i < rows; i++) {
    const row = shares.subarray(i * columns, (i + 1) * columns)
    const sum = lengths.l1(row, 0, columns)
    for (let j = 0; j < columns; j++) row[j]! /= sum
  }
  const result = runSegment(segment, from, { rows, columns, data: shares }, constants)
  const isKept = (share: number, k: number) => Math.abs(result!.data[k]! - share) <= 1e-9
  if (result?.data.length !== shares.length || !shares.every(isKept)) return false
  // Sigmoids that are no opposites stay such, and are divided.
  stack.oppositeClasses()
  return stack.lastActivation === 'softmax'
}

/** TensorFlow writes relu6(x + 3) / 6, whose sum has become part of the biases. */
const hardShift = 3

function isShiftedSigmoid(segment: Segment, from: string, constants: Constants): boolean {
  const data = probes.map((x) => x + hardShift)
  const result = runSegment(segment, from, { rows: probes.length, columns: 1, data }, constants)
  return result?.columns === 1 && activationWith(result.data)?.name === 'hardSigmoid'
}

/** The slopes of a PReLU with one a column; undefined for another function. */
function slopesOf(x: Cells, y: Cells): Float32Array | undefined {
  const slopes = new Float64Array(x.columns).fill(Number.NaN)
  for (const [k, value] of Array.from(x.data).entries()) if (value < 0) slopes[k % x.columns] = y.data[k]! / value
  const fits = Array.from(x.data).every((value, k) => {
    const expected = value < 0 ? slopes[k % x.columns]! * value : value
    return Math.abs(y.data[k]! - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
  })
  return fits && slopes.every(Number.isFinite) ? Float32Array.from(slopes) : undefined
}

/** Whether the first of two columns is 1 minus the second, which is the input. */
function isOther(data: ArrayLike<number>): boolean {
  return probes.every(
    (x, k) => data[2 * k + 1] === x && Math.abs(data[2 * k]! + x - 1) < 1e-9 * Math.max(1, Math.abs(x)),
  )
}

/** The columns of a vector among the constants. */
function widthOfConstants({ nodes }: Segment, constants: Constants): number | undefined {
  const lengths = nodes.flatMap(({ input }) => input.map((name) => constants.get(name)?.data.length ?? 1))
  const most = largestOf(lengths)
  return most > 1 ? most : undefined
}

/** Small numbers among the constants. */
function epsilonsOf({ nodes }: Segment, constants: Constants): number[] {
  const numbers = nodes.flatMap(({ input }) => input.map((name) => constants.get(name)?.data))
  return numbers.flatMap((data) => (data?.length === 1 && data[0]! > 0 && data[0]! < 0.1 ? [data[0]!] : []))
}
