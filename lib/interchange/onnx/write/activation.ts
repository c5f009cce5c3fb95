import type { ActivationSpec } from '../../../spec/activation.js'
import { float, int } from './attributes.js'
import type { Graph } from './graph.js'

/** Operators that are the activation as it stands. */
const operators = {
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softplus: 'Softplus',
  softsign: 'Softsign',
  exponential: 'Exp',
} as const

/**
 * Writes an activation of float32 values; opset 17 has no Gelu, Swish or Mish.
 * @param x the name of the input.
 * @param alpha the slopes of prelu, one a column.
 * @returns the name of the output.
 */
export function writeActivation(graph: Graph, activation: ActivationSpec, x: string, alpha?: Float32Array): string {
  const scalar = (value: number) => graph.constant(Float32Array.of(value), [])
  switch (activation.name) {
    case 'linear':
      return x
    case 'leakyRelu':
      return graph.node('LeakyRelu', [x], { alpha: float(activation.negativeSlope) })
    case 'prelu':
      return graph.node('PRelu', [x, graph.constant(alpha!, [alpha!.length], 'alpha')])
    case 'elu':
      return graph.node('Elu', [x], { alpha: float(activation.alpha) })
    case 'selu':
      return graph.node('Selu', [x])
    case 'gelu':
      return activation.approximate ? geluTanh(graph, x, scalar) : gelu(graph, x, scalar)
    case 'silu':
      return graph.node('Mul', [x, graph.node('Sigmoid', [x])])
    case 'mish':
      return graph.node('Mul', [x, graph.node('Tanh', [graph.node('Softplus', [x])])])
    case 'hardSigmoid':
      return graph.node('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })
    case 'step':
      return graph.node('Cast', [graph.node('Greater', [x, scalar(0)])], { to: int(1) })
    case 'softmax':
      return graph.node('Softmax', [x], { axis: int(-1) })
    default:
      return graph.node(operators[activation.name], [x])
  }
}

/** x (1 + erf(x / sqrt 2)) / 2. */
function gelu(graph: Graph, x: string, scalar: (value: number) => string): string {
  const erf = graph.node('Erf', [graph.node('Mul', [x, scalar(Math.SQRT1_2)])])
  return graph.node('Mul', [graph.node('Mul', [x, scalar(0.5)]), graph.node('Add', [erf, scalar(1)])])
}

/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
function geluTanh(graph: Graph, x: string, scalar: (value: number) => string): string {
  const square = graph.node('Mul', [x, x])
  const factor = graph.node('Add', [graph.node('Mul', [square, scalar(0.044715)]), scalar(1)])
  const inner = graph.node('Mul', [graph.node('Mul', [x, factor]), scalar(Math.sqrt(2 / Math.PI))])
  const gate = graph.node('Add', [graph.node('Tanh', [inner]), scalar(1)])
  return graph.node('Mul', [graph.node('Mul', [x, scalar(0.5)]), gate])
}
