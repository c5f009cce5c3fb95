import type { LinearInside, NetworkInside } from '../../../estimators/inside.js'
import type { Label } from '../../../learning/labels.js'
import { binary, cast, castName, pick, row, sideBySide } from './arithmetic.js'
import { int } from './attributes.js'
import type { Graph, Value } from './graph.js'
import { writeNetwork } from './network.js'

/** What a model puts out: a label, probabilities and the sums that labels follow from, or predictions. */
export interface ModelOutputs {
  readonly label?: Value
  readonly probabilities?: Value
  readonly scores?: Value
  readonly prediction?: Value
  /** Of transformers alone. */
  readonly output?: Value
}

/** Writes a network for classes. */
export function writeNetworkClasses(
  graph: Graph,
  { spec, weights, kind, multilabel }: NetworkInside,
  classes: readonly Label[],
  x: Value,
): ModelOutputs {
  const outputs = writeNetwork(graph, spec, weights, cast(graph, x, 'float'))
  const { activation, loss } = kind
  const fromLogits = 'fromLogits' in loss && loss.fromLogits
  const isSum = fromLogits || loss.name === 'hinge' || loss.name === 'squaredHinge'
  const label = multilabel
    ? { ...outputs, name: isAbove(graph, outputs.name, isSum ? 0 : 0.5), type: 'int64' as const }
    : writeLabel(graph, classes, outputs, isSum ? 0 : 0.5)
  const isSigmoid = activation === 'sigmoid' || (fromLogits && loss.name === 'binaryCrossentropy')
  if (!isSigmoid && activation !== 'softmax' && !fromLogits) return { label, scores: outputs }
  const shares = fromLogits && isSigmoid ? { ...outputs, name: graph.node('Sigmoid', [outputs.name]) } : outputs
  if (shares.columns === 1) return { label, probabilities: multilabel ? shares : withOther(graph, shares) }
  if (multilabel || !(isSigmoid || fromLogits)) return { label, probabilities: shares }
  const name = isSigmoid ? shareOfSum(graph, shares) : graph.node('Softmax', [shares.name], { axis: int(-1) })
  return { label, probabilities: { ...shares, name } }
}

/** Writes a network for numbers. */
export function writeNetworkNumbers(graph: Graph, { spec, weights, kind }: NetworkInside, x: Value): ModelOutputs {
  const outputs = writeNetwork(graph, spec, weights, cast(graph, x, 'float'))
  const { loss } = kind
  if (loss.name === 'poisson' && loss.fromLogits)
    return { prediction: { ...outputs, name: graph.node('Exp', [outputs.name]) } }
  if (loss.name !== 'gaussianNll') return { prediction: outputs }
  const means = Array.from({ length: outputs.columns! / 2 }, (_, k) => k)
  return { prediction: pick(graph, outputs, means) }
}

/** Writes the weighted sums of linear units, in float64 as they are computed here. */
export function writeSums(graph: Graph, { weights, intercepts }: LinearInside, x: Value): Value {
  const units = intercepts.length
  const kernel = graph.constant(weights, [units, weights.length / units], 'kernel')
  const bias = graph.constant(intercepts, [units], 'bias')
  const name = graph.node('Gemm', [cast(graph, x, 'double').name, kernel, bias], { transB: int(1) })
  return { name, type: 'double', columns: units }
}

/** Writes a linear classifier. */
export function writeLinearClasses(
  graph: Graph,
  linear: LinearInside,
  classes: readonly Label[],
  x: Value,
): ModelOutputs {
  const sums = writeSums(graph, linear, x)
  const label = writeLabel(graph, classes, sums, 0)
  const scores = cast(graph, sums, 'float')
  if (!linear.shares) return { label, scores }
  const shares = { ...sums, name: shareOf(graph, linear.shares, sums.name) }
  const all = shares.columns === 1 ? withOther(graph, shares) : { ...shares, name: shareOfSum(graph, shares) }
  return { label, scores, probabilities: cast(graph, all, 'float') }
}

function shareOf(graph: Graph, loss: 'logLoss' | 'modifiedHuber', sums: string): string {
  if (loss === 'logLoss') return graph.node('Sigmoid', [sums])
  const limits = [-1, 1].map((limit) => graph.constant(Float64Array.of(limit), []))
  return binary(graph, 'Mul', binary(graph, 'Add', graph.node('Clip', [sums, ...limits]), 1), 0.5)
}

/** The label of the largest of several outputs; of one output, the second label above the threshold. */
export function writeLabel(graph: Graph, classes: readonly Label[], outputs: Value, threshold: number): Value {
  const index =
    outputs.columns === 1
      ? graph.node('Reshape', [isAbove(graph, outputs.name, threshold, outputs.type), graph.integers([-1])])
      : graph.node('ArgMax', [outputs.name], { axis: int(1), keepdims: int(0) })
  return labelAt(graph, classes, index)
}

/** The label of each row, of its index among the classes. */
export function labelAt(graph: Graph, classes: readonly Label[], index: string): Value {
  const { name, type } = writeClasses(graph, classes)
  return { name: graph.node('Gather', [name, index]), type, columns: undefined }
}

function isAbove(graph: Graph, outputs: string, threshold: number, type: Value['type'] = 'float'): string {
  const values = type === 'double' ? Float64Array.of(threshold) : Float32Array.of(threshold)
  return castName(graph, graph.node('Greater', [outputs, graph.constant(values, [])]), 'int64')
}

/** The labels as a constant: strings, truth values, whole numbers, or numbers. */
function writeClasses(graph: Graph, classes: readonly Label[]): Pick<Value, 'name' | 'type'> {
  const dims = [classes.length]
  if (typeof classes[0] === 'string')
    return { name: graph.strings(classes.map(String), dims, 'classes'), type: 'string' }
  if (typeof classes[0] === 'boolean')
    return { name: graph.constant(Uint8Array.from(classes, Number), dims, 'classes'), type: 'bool' }
  const numbers = classes as readonly number[]
  if (numbers.every(Number.isSafeInteger)) return { name: graph.integers(numbers, dims, 'classes'), type: 'int64' }
  return { name: graph.constant(Float64Array.from(numbers), dims, 'classes'), type: 'double' }
}

/** The probabilities of both classes from that of the second. */
export function withOther(graph: Graph, second: Value): Value {
  const one = second.type === 'double' ? Float64Array.of(1) : Float32Array.of(1)
  const first = { ...second, name: graph.node('Sub', [graph.constant(one, []), second.name]) }
  return sideBySide(graph, [first, second])
}

/** Rows divided by their sums; all equal where the sum is 0. */
export function shareOfSum(graph: Graph, { name, type, columns }: Value): string {
  const scalar = (value: number) => (type === 'double' ? row(graph, value) : graph.constant(Float32Array.of(value), []))
  const sum = graph.node('ReduceSum', [name, graph.integers([1])], { keepdims: int(1) })
  const shares = graph.node('Div', [name, sum])
  return graph.node('Where', [graph.node('Equal', [sum, scalar(0)]), scalar(1 / columns!), shares])
}
