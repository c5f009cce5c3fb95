import { normalCdf } from '../../../math/normal.js'
import { type NodeProto, TensorProto_DataType as T } from '../proto/messages.js'
import { type Attributes, attributesOf } from './attributes.js'

type Unary = (x: number, attributes: Attributes) => number

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)))
const erf = (x: number) => 2 * normalCdf(x * Math.SQRT2) - 1

/** Operators of one number, with ONNX's defaults of their attributes. */
const unary: Readonly<Record<string, Unary>> = {
  Identity: (x) => x,
  Dropout: (x) => x,
  Cast: (x) => x,
  Neg: (x) => -x,
  Abs: Math.abs,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Sin: Math.sin,
  Erf: erf,
  Tanh: Math.tanh,
  Sigmoid: sigmoid,
  Relu: (x) => Math.max(x, 0),
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  LeakyRelu: (x, a) => (x < 0 ? a.float('alpha', 0.01) * x : x),
  Elu: (x, a) => (x < 0 ? a.float('alpha', 1) * Math.expm1(x) : x),
  Celu: (x, a) => (x < 0 ? a.float('alpha', 1) * Math.expm1(x / a.float('alpha', 1)) : x),
  Selu: (x, a) =>
    a.float('gamma', 1.0507009873554805) * (x < 0 ? a.float('alpha', 1.6732632423543772) * Math.expm1(x) : x),
  HardSigmoid: (x, a) => Math.min(1, Math.max(0, a.float('alpha', 0.2) * x + a.float('beta', 0.5))),
  HardSwish: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)),
  Mish: (x) => x * Math.tanh(softplus(x)),
  Swish: (x, a) => x * sigmoid(a.float('alpha', 1) * x),
  ThresholdedRelu: (x, a) => (x > a.float('alpha', 1) ? x : 0),
  Gelu: (x, a) => (a.text('approximate', 'none') === 'tanh' ? geluTanh(x) : x * normalCdf(x)),
  Not: (x) => Number(x === 0),
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

/** Operators of two numbers. */
const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  PRelu: (x, slope) => (x < 0 ? slope * x : x),
}

/** Inputs of a node of numbers at most: they are the arguments of one call. */
export const mostOperands = 10_000

/** A cast to one of them rounds. */
const integers: readonly number[] = [T.INT8, T.INT16, T.INT32, T.INT64, T.UINT8, T.UINT16, T.UINT32, T.UINT64]

/** A function of one number for each input of a node; undefined for an operator that is not one. */
export function functionOfNode(node: NodeProto): ((...values: number[]) => number) | undefined {
  const { opType } = node
  const attributes = attributesOf(node)
  if (opType === 'Cast' && integers.includes(attributes.int('to', T.FLOAT))) return undefined
  const one = Object.hasOwn(unary, opType) ? unary[opType] : undefined
  if (one) return (x) => one(x!, attributes)
  const two = Object.hasOwn(binary, opType) ? binary[opType] : undefined
  // Not `reduce(two)`: Math.max would take the index for a number.
  if (two) return (first, ...others) => others.reduce((a, b) => two(a, b), first!)
  if (opType === 'Where') return (condition, yes, no) => (condition !== 0 ? yes! : no!)
  if (opType !== 'Clip') return undefined
  const [low, high] = [attributes.float('min', -Infinity), attributes.float('max', Infinity)]
  return (x, min = low, max = high) => Math.min(Math.max(x!, min), max)
}
