import { binary } from './arithmetic.js'
import { cannot } from './cannot.js'
import type { Graph } from './graph.js'

type Writer = (graph: Graph, x: string) => string

const node =
  (op: string): Writer =>
  (graph, x) =>
    graph.node(op, [x])
const logBy =
  (base: number): Writer =>
  (graph, x) =>
    binary(graph, 'Div', graph.node('Log', [x]), Math.log(base))
const powerOf =
  (base: number): Writer =>
  (graph, x) =>
    graph.node('Exp', [binary(graph, 'Mul', x, Math.log(base))])
const power =
  (exponent: number): Writer =>
  (graph, x) =>
    binary(graph, 'Pow', x, exponent)

/** The built-in functions of FunctionTransformer in float64. Runtimes lack cos and atanh of float64 numbers. */
const writers: Readonly<Record<string, Writer>> = {
  identity: (_, x) => x,
  log: node('Log'),
  exp: node('Exp'),
  log1p: (graph, x) => graph.node('Log', [binary(graph, 'Add', x, 1)]),
  expm1: (graph, x) => binary(graph, 'Sub', graph.node('Exp', [x]), 1),
  log2: logBy(2),
  exp2: powerOf(2),
  log10: logBy(10),
  exp10: powerOf(10),
  sqrt: node('Sqrt'),
  square: (graph, x) => graph.node('Mul', [x, x]),
  cbrt: (graph, x) => graph.node('Mul', [graph.node('Sign', [x]), power(1 / 3)(graph, graph.node('Abs', [x]))]),
  cube: (graph, x) => graph.node('Mul', [graph.node('Mul', [x, x]), x]),
  reciprocal: node('Reciprocal'),
  negative: node('Neg'),
  abs: node('Abs'),
  sign: node('Sign'),
  sin: node('Sin'),
  cos: (graph, x) => graph.node('Sin', [binary(graph, 'Add', x, Math.PI / 2)]),
  tanh: node('Tanh'),
  atanh: (graph, x) => {
    const [above, below] = [binary(graph, 'Add', x, 1), binary(graph, 'Add', graph.node('Neg', [x]), 1)]
    return binary(graph, 'Mul', graph.node('Log', [graph.node('Div', [above, below])]), 0.5)
  },
}

/**
 * Writes a function of FunctionTransformer.
 * @throws ArgumentError for a function that a program registered.
 */
export function writeFunction(graph: Graph, name: string, x: string, step: string): string {
  if (!Object.hasOwn(writers, name)) throw cannot(step, `the function '${name}' is one that a program registered.`)
  return writers[name]!(graph, x)
}
