import { rowBlocks, type Work } from '../../../base/breathing.js'
import * as layers from '../../../factories/layers.js'
import { type NodeProto, TensorProto_DataType as T } from '../proto/messages.js'
import { attributesOf } from './attributes.js'
import type { Constants } from './constants.js'
import type { Made } from './preparation/value.js'
import type { Stack } from './stack.js'
import type { NumberTensor } from './tensor.js'

/** What a reader of a node gets. */
export interface NodeContext {
  readonly node: NodeProto
  /** The value of the rows. */
  readonly from: string
  readonly stack: Stack
  readonly constants: Constants
}

/** Adds what a node computes to the stack, at once or in steps; returns what is wrong, or nothing. */
export type NodeReader = (context: NodeContext) => Made<string | undefined>

const noLayer = 'its inputs are not those of a layer'

/** The inputs of a node: rows first, constants after. */
function constantsOf({ node, from, constants }: NodeContext): NumberTensor[] | undefined {
  if (node.input[0] !== from) return undefined
  const tensors = node.input.slice(1).map((name) => (name === '' ? undefined : constants.get(name)))
  while (tensors.at(-1) === undefined && tensors.length > 0) tensors.pop()
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined
}

/** A kernel as (inputs, units); undefined for numbers that are no table. */
function* kernelOf(
  { dims, data }: NumberTensor,
  isTransposed: boolean,
): Work<{ kernel: Float32Array; sizes: [number, number] } | undefined> {
  const [rows, columns] = dims
  if (dims.length !== 2 || !rows || !columns || data.length !== rows * columns) return undefined
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data)
  if (!isTransposed) return { kernel: numbers, sizes: [rows, columns] }
  const kernel = new Float32Array(data.length)
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let j = 0; j < columns; j++) kernel[j * rows + i] = numbers[i * columns + j]!
    }
  })
  return { kernel, sizes: [columns, rows] }
}

function* addDense(
  { stack }: NodeContext,
  weights: NumberTensor,
  isTransposed: boolean,
  bias?: Float64Array,
): Work<string | undefined> {
  const read = yield* kernelOf(weights, isTransposed)
  if (!read) return `its weights have the dimensions [${weights.dims.join(', ')}], but a kernel has two`
  const [inputs, units] = read.sizes
  if (!stack.fits(inputs)) return `its weights are for ${inputs} columns, but the rows have ${stack.width}`
  if (bias && bias.length !== units) return `it has ${bias.length} biases for ${units} units`
  stack.dense(read.kernel, units, bias)
  return undefined
}

const gemm: NodeReader = (context) => {
  const attributes = attributesOf(context.node)
  const [weights, bias] = constantsOf(context) ?? []
  if (!weights || attributes.int('transA', 0) !== 0) return noLayer
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)]
  const isTransposed = attributes.int('transB', 0) !== 0
  const units = weights.dims[isTransposed ? 0 : 1] ?? 0
  const scaled =
    alpha === 1 ? weights : { ...weights, data: weights.data.map((weight) => alpha * weight) as Float64Array }
  const wide =
    bias && (bias.data.length === 1 ? new Float64Array(units).fill(bias.data[0]!) : Float64Array.from(bias.data))
  return addDense(
    context,
    scaled,
    isTransposed,
    wide?.map((value) => beta * value),
  )
}

const matMul: NodeReader = (context) => {
  const [weights] = constantsOf(context) ?? []
  return weights ? addDense(context, weights, false) : noLayer
}

/** Four vectors: gamma, beta, mean and variance. */
const batchNormalization: NodeReader = (context) => {
  const { stack, node } = context
  const tensors = constantsOf(context)
  const columns = tensors?.[0]?.data.length ?? 0
  if (tensors?.length !== 4 || tensors.some(({ data }) => data.length !== columns) || columns === 0) return noLayer
  if (!stack.fits(columns)) return `it has ${columns} means, but the rows have ${stack.width} columns`
  const attributes = attributesOf(node)
  if (attributes.int('training_mode', 0) !== 0) return 'it is in training mode: export the model for inference'
  const momentum = Math.min(0.9999, attributes.float('momentum', 0.9))
  const layer = layers.batchNormalization({ epsilon: positive(attributes.float('epsilon', 1e-5)), momentum })
  stack.other(
    layer,
    tensors.map(({ data }) => Float32Array.from(data)),
  )
  return undefined
}

const layerNormalization: NodeReader = (context) => {
  const { stack, node } = context
  const tensors = constantsOf(context)
  const columns = tensors?.[0]?.data.length ?? 0
  const attributes = attributesOf(node)
  const axis = attributes.int('axis', -1)
  const isWrong = !tensors || columns === 0 || tensors.length > 2 || tensors.some(({ data }) => data.length !== columns)
  if (isWrong || (axis !== -1 && axis !== 1)) return noLayer
  if (!stack.fits(columns)) return `it has ${columns} scales, but the rows have ${stack.width} columns`
  const epsilon = positive(attributes.float('epsilon', 1e-5))
  const layer = layers.layerNormalization({ epsilon, center: tensors.length === 2 })
  stack.other(
    layer,
    tensors.map(({ data }) => Float32Array.from(data)),
  )
  return undefined
}

/** 9.999999747378752e-6 of float32 is 1e-5. */
function positive(epsilon: number): number {
  return Number(Math.max(epsilon, 1e-30).toPrecision(7))
}

const softmax: NodeReader = ({ node, stack }) => {
  const axis = attributesOf(node).int('axis', -1)
  if (axis !== -1 && axis !== 1) return `its axis is ${axis}, but a softmax is over the columns of a row`
  stack.activation({ name: 'softmax' })
  return undefined
}

const prelu: NodeReader = (context) => {
  const [slopes] = constantsOf(context) ?? []
  const { stack } = context
  if (!slopes) return noLayer
  const width = stack.width ?? slopes.data.length
  if (slopes.data.length !== 1 && slopes.data.length !== width)
    return `it has ${slopes.data.length} slopes for ${width} columns`
  if (!stack.fits(width)) return noLayer
  const alpha =
    slopes.data.length === 1 ? new Float32Array(width).fill(slopes.data[0]!) : Float32Array.from(slopes.data)
  stack.activation({ name: 'prelu', initialSlope: 0.25 }, alpha)
  return undefined
}

/** A table whose rows are picked by whole numbers. */
const gather: NodeReader = ({ node, from, stack, constants }) => {
  const table = node.input[0] === undefined ? undefined : constants.get(node.input[0])
  const isTable = table?.dims.length === 2 && table.data.length === table.dims[0]! * table.dims[1]!
  if (node.input[1] !== from || !isTable || attributesOf(node).int('axis', 0) !== 0) return noLayer
  if (!stack.isEmpty) return 'an embedding reads whole numbers of the data, so it must come first'
  stack.fits(stack.width ?? 1)
  stack.embedding(Float32Array.from(table.data), table.dims[0]!, table.dims[1]!)
  return undefined
}

/** Reshapes that keep each row as it is. */
const reshape: NodeReader = ({ node, stack, constants }) => {
  const shape = constants.get(node.input[1] ?? '')
  if (!shape) {
    // Rows as they are counted, and the rest: x.view(x.size(0), -1).
    const last = constants.lastOf(node.input[1] ?? '')
    return last === -1 || (last !== undefined && last === stack.width) ? undefined : 'its shape is computed'
  }
  const sizes = Array.from(shape.data)
  const [rows, columns] = sizes
  const isRow = sizes.length === 2 && (columns === -1 ? rows !== -1 : stack.fits(columns!))
  return isRow ? undefined : `it makes the shape [${sizes.join(', ')}] of rows of ${stack.width ?? 'unknown'} columns`
}

const flatten: NodeReader = ({ node }) => {
  const axis = attributesOf(node).int('axis', 1)
  return axis === 1 ? undefined : `its axis is ${axis}`
}

/** skl2onnx's scaler: (x - offset) scale. */
const scaler: NodeReader = ({ node, stack }) => {
  const attributes = attributesOf(node)
  const [offset, scale] = [attributes.floats('offset') ?? [0], attributes.floats('scale') ?? [1]]
  const width = Math.max(offset.length, scale.length, stack.width ?? 1)
  const wide = (list: readonly number[]) => (list.length === 1 ? new Array<number>(width).fill(list[0]!) : list)
  const [shifts, factors] = [wide(offset), wide(scale)]
  if (shifts.length !== width || factors.length !== width || !stack.fits(width))
    return 'its numbers do not fit the columns'
  stack.affine(
    Float64Array.from(factors),
    Float64Array.from(factors, (factor, j) => -factor * shifts[j]!),
  )
  return undefined
}

/** skl2onnx's linear models; a row of coefficients for each output. */
const linear: NodeReader = function* (context) {
  const attributes = attributesOf(context.node)
  const data = Float64Array.from(attributes.floats('coefficients') ?? [])
  const isRegressor = context.node.opType === 'LinearRegressor'
  const intercepts = attributes.floats('intercepts') ?? []
  const units = isRegressor ? attributes.int('targets', 1) : intercepts.length
  if (units < 1 || data.length % units !== 0 || data.length === 0) return 'its coefficients do not fit its outputs'
  const bias = intercepts.length > 0 ? Float64Array.from(intercepts) : undefined
  const wrong = yield* addDense(context, { dims: [units, data.length / units], data }, true, bias)
  if (wrong) return wrong
  const after = attributes.text('post_transform', 'NONE')
  if (after === 'NONE') return undefined
  if (after !== 'LOGISTIC' && after !== 'SOFTMAX') return `its post_transform is ${after}`
  context.stack.activation({ name: after === 'LOGISTIC' ? 'sigmoid' : 'softmax' })
  if (after === 'LOGISTIC' && units === 2) context.stack.oppositeClasses()
  return undefined
}

/** Division of a row by its sum changes no probabilities. */
const normalizer: NodeReader = ({ node, stack }) => {
  const norm = attributesOf(node).text('norm', 'MAX')
  const isSoftmax = stack.lastActivation === 'softmax' || (stack.lastActivation === 'sigmoid' && stack.width === 1)
  if (norm === 'L1' && isSoftmax) return undefined
  // scikit-learn's norm max is that of absolute values, which skl2onnx does not write.
  if (norm === 'MAX') return 'it divides rows by their largest number, which no transformer or layer of perceptra does'
  return `rows are divided by their ${norm} norm here, but perceptra does so before a network only`
}

const floats: readonly number[] = [T.FLOAT, T.DOUBLE, T.FLOAT16, T.BFLOAT16]

/** Only codes, which an embedding reads, may become integers. */
const cast: NodeReader = ({ node, stack }) => {
  if (stack.isEmpty || floats.includes(attributesOf(node).int('to', T.FLOAT))) return undefined
  return 'it rounds numbers, which no layer does'
}

const nothing: NodeReader = () => undefined

/** Readers by operator; the others are compared by what they compute. */
export const nodeReaders: Readonly<Record<string, NodeReader>> = {
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Softmax: softmax,
  PRelu: prelu,
  Gather: gather,
  Reshape: reshape,
  Flatten: flatten,
  Scaler: scaler,
  LinearClassifier: linear,
  LinearRegressor: linear,
  Normalizer: normalizer,
  Identity: nothing,
  Dropout: nothing,
  Cast: cast,
  ZipMap: nothing,
}
