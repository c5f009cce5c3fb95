import {
  type Calibration,
  IsotonicCalibration,
  SigmoidCalibration,
  TemperatureScaling,
} from '../../../calibration/index.js'
import { epsilon } from '../../../calibration/temperature.js'
import { binary, cast, castName, pick, row, sideBySide } from './arithmetic.js'
import { int } from './attributes.js'
import { cannot } from './cannot.js'
import type { Graph, Value } from './graph.js'
import { shareOfSum, withOther } from './heads.js'

const calibrations = [SigmoidCalibration, IsotonicCalibration, TemperatureScaling]

export function isCalibration(value: unknown): value is Calibration {
  return calibrations.some((kind) => value instanceof kind)
}

/** Writes the calibration of probabilities or sums, a column a label or one for the second of two. */
export function writeCalibration(graph: Graph, calibration: Calibration, scores: Value): Value {
  const count = calibration.labels.length
  const { columns } = scores
  if (columns !== count && !(columns === 1 && count === 2))
    throw cannot('the calibration', `it has ${count} labels, but the model puts out ${columns} columns.`)
  return cast(graph, write(graph, calibration, cast(graph, scores, 'double')), 'float')
}

function write(graph: Graph, calibration: Calibration, x: Value): Value {
  if (calibration instanceof TemperatureScaling) return temperature(graph, calibration, x)
  const { labels } = calibration
  if (calibration instanceof IsotonicCalibration) {
    const { curves } = calibration.toJSON()
    return oneVsRest(graph, labels.length, x, (k, column) => height(graph, curves[k]!, column))
  }
  const { sigmoids } = (calibration as SigmoidCalibration).toJSON()
  return oneVsRest(graph, labels.length, x, (k, column) => {
    const { slope, offset } = sigmoids[k]!
    return graph.node('Sigmoid', [binary(graph, 'Add', binary(graph, 'Mul', column, -slope), -offset)])
  })
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

/** A function of each label's column; of two labels that of the second alone. */
function oneVsRest(graph: Graph, count: number, x: Value, apply: (k: number, column: string) => string): Value {
  const column = (k: number, of: number): Value => ({ ...x, columns: 1, name: apply(k, pick(graph, x, [of]).name) })
  if (count === 2) {
    const second = column(0, x.columns! - 1)
    return x.columns === 1 ? second : withOther(graph, second)
  }
  const all = sideBySide(
    graph,
    Array.from({ length: count }, (_, k) => column(k, k)),
  )
  return { ...all, name: shareOfSum(graph, all) }
}

/** The value of a piecewise linear curve that is constant beyond its ends. */
export function height(graph: Graph, curve: { x: readonly number[]; y: readonly number[] }, x: string): string {
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
