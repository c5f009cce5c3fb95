import { IsotonicCalibration, TemperatureScaling } from '../../../calibration/index.js'
import { epsilon } from '../../../calibration/temperature.js'
import { binary, cast, castName, pick, row, sideBySide } from './arithmetic.js'
import { int } from './attributes.js'
import { cannot } from './cannot.js'
import type { Graph, Value } from './graph.js'
import { shareOfSum } from './heads.js'

/** A fitted calibration of probabilities. */
export type Calibration = TemperatureScaling | IsotonicCalibration

export function isCalibration(value: unknown): value is Calibration {
  return value instanceof TemperatureScaling || value instanceof IsotonicCalibration
}

/** Writes the calibration of probabilities, a column a label or one for the second of two. */
export function writeCalibration(graph: Graph, calibration: Calibration, probabilities: Value): Value {
  const count = calibration.labels.length
  const { columns } = probabilities
  if (columns !== count && !(columns === 1 && count === 2))
    throw cannot('the calibration', `it has ${count} labels, but the model puts out ${columns} columns.`)
  const x = cast(graph, probabilities, 'double')
  const out =
    calibration instanceof TemperatureScaling ? temperature(graph, calibration, x) : isotonic(graph, calibration, x)
  return cast(graph, out, 'float')
}

/** softmax(log(p + epsilon) / temperature), or of logits as they are. */
function temperature(graph: Graph, scaling: TemperatureScaling, x: Value): Value {
  const { input, temperature: divisor } = scaling.toJSON()
  const both = x.columns === 1 ? twoColumns(graph, x, input === 'logits') : x
  const logits = input === 'logits' ? both.name : graph.node('Log', [binary(graph, 'Add', both.name, epsilon)])
  const name = graph.node('Softmax', [binary(graph, 'Div', logits, divisor)], { axis: int(-1) })
  const shares = { ...both, name }
  return x.columns === 1 ? pick(graph, shares, [1]) : shares
}

/** From one column, the first label has the logit 0 or the rest of the probability. */
function twoColumns(graph: Graph, x: Value, areLogits: boolean): Value {
  const first = areLogits ? binary(graph, 'Mul', x.name, 0) : graph.node('Sub', [row(graph, 1), x.name])
  return sideBySide(graph, [{ ...x, name: first }, x])
}

function isotonic(graph: Graph, calibration: IsotonicCalibration, x: Value): Value {
  const { curves, labels } = calibration.toJSON()
  if (labels.length === 2) {
    const second = { ...x, columns: 1, name: height(graph, curves[0]!, pick(graph, x, [x.columns! - 1]).name) }
    if (x.columns === 1) return second
    return sideBySide(graph, [{ ...second, name: graph.node('Sub', [row(graph, 1), second.name]) }, second])
  }
  const heights = curves.map((curve, k) => ({ ...x, columns: 1, name: height(graph, curve, pick(graph, x, [k]).name) }))
  const all = sideBySide(graph, heights)
  return { ...all, name: shareOfSum(graph, all) }
}

/** The value of a piecewise linear curve that is constant beyond its ends. */
function height(graph: Graph, curve: { x: readonly number[]; y: readonly number[] }, x: string): string {
  const last = curve.x.length - 1
  const slopes = curve.x.map((from, k) => (k === last ? 0 : (curve.y[k + 1]! - curve.y[k]!) / (curve.x[k + 1]! - from)))
  const limits = [curve.x[0]!, curve.x[last]!].map((limit) => graph.constant(Float64Array.of(limit), []))
  const limited = graph.node('Clip', [x, ...limits])
  const passed = castName(graph, graph.node('GreaterOrEqual', [limited, row(graph, curve.x)]), 'float')
  const counted = castName(graph, graph.node('ReduceSum', [passed, graph.integers([1])], { keepdims: int(1) }), 'int64')
  const k = graph.node('Sub', [counted, graph.integers([1], [])])
  const at = (values: readonly number[]) =>
    graph.node('Gather', [graph.constant(Float64Array.from(values), [values.length]), k])
  const beyond = graph.node('Sub', [limited, at(curve.x)])
  return graph.node('Add', [at(curve.y), graph.node('Mul', [at(slopes), beyond])])
}
