import { inside } from '../../../estimators/inside.js'
import type { Ensemble } from '../../../tabular/ensemble.js'
import { datePlaces, type Plan, type PlanColumn, timePlaces } from '../../../tabular/plan.js'
import type { ClassesLearned } from '../../../tabular/tabular-classifier.js'
import type { TabularModel } from '../../../tabular/tabular-model.js'
import type { NumbersLearned } from '../../../tabular/tabular-regressor.js'
import { binary, cast, castName, row, sideBySide } from './arithmetic.js'
import { height } from './calibration.js'
import { cannot } from './cannot.js'
import { writeIndex } from './category-index.js'
import { writeDate } from './date.js'
import { type EntranceOptions, writeInput } from './entrance.js'
import type { Graph, Value } from './graph.js'
import { type ModelOutputs, shareOfSum, writeLabel } from './heads.js'
import { writeNetwork } from './network.js'

/** A table model, of classes or of numbers. */
export type TableModel = TabularModel<ClassesLearned | NumbersLearned, object>

/** Writes a table model: an input for each column that it reads. */
export function writeTable(graph: Graph, model: TableModel, options: EntranceOptions): ModelOutputs {
  const { plan, ensemble, targets } = model[inside]()
  if (options.inputs === 'matrix')
    throw cannot("inputs: 'matrix'", 'a table model has an input for each column. Leave the option out.')
  const inputs = plan.columns.map(({ name, kind }, k) => {
    // Milliseconds of dates need float64.
    const numbers = kind === 'date' ? 'double' : options.numbers
    return writeInput(graph, name, k, kind === 'category' ? 'string' : numbers)
  })
  const x = graph.within('columns', () => writePlan(graph, plan, inputs))
  const outputs = writeEnsemble(graph, ensemble, x)
  if ('classes' in targets) {
    const probabilities = temper(graph, outputs, ensemble.temperature)
    return {
      label: writeLabel(graph, targets.classes, weighted(graph, probabilities, targets.factors), 0),
      probabilities,
    }
  }
  const { form, mean, deviation, shift, factor, min, max } = targets
  const read = binary(graph, 'Add', binary(graph, 'Mul', cast(graph, outputs, 'double').name, deviation), mean)
  const exponential = () => binary(graph, 'Mul', graph.node('Exp', [read]), factor)
  const numbers = form === 'log' ? binary(graph, 'Sub', exponential(), shift) : read
  const limits = [min, max].map((limit) => graph.constant(Float64Array.of(limit), []))
  const limited = graph.node('Clip', [numbers, ...limits])
  return { prediction: { name: limited, type: 'double', columns: outputs.columns } }
}

/** The mean of the outputs of the networks, by their weights. */
function writeEnsemble(graph: Graph, { parts }: Ensemble, x: Value): Value {
  const outputs = parts.map(({ network, weight }, k): Value => {
    const write = () => writeNetwork(graph, network.toJSON(), network.getWeights(), x)
    const output = graph.within(`network_${k}`, write)
    if (weight === 1) return output
    return { ...output, name: graph.node('Mul', [output.name, graph.constant(Float32Array.of(weight), [])]) }
  })
  const names = outputs.map(({ name }) => name)
  return { ...outputs[0]!, name: names.length > 1 ? graph.node('Sum', names) : names[0]! }
}

/** Probabilities times the factors of their classes, in float64 as the model compares them. */
function weighted(graph: Graph, probabilities: Value, factors: readonly number[] | undefined): Value {
  if (factors === undefined) return probabilities
  const wide = cast(graph, probabilities, 'double')
  return { ...wide, name: binary(graph, 'Mul', wide.name, factors) }
}

/** p^(1 / temperature) with a sum of 1 again. */
function temper(graph: Graph, probabilities: Value, temperature: number): Value {
  if (temperature === 1) return probabilities
  const wide = cast(graph, probabilities, 'double')
  const powers = { ...wide, name: binary(graph, 'Pow', wide.name, 1 / temperature) }
  return cast(graph, { ...powers, name: shareOfSum(graph, powers) }, 'float')
}

/** Numbers at places of a row that follow each other; `isScaled` says whether they are so already. */
interface Piece {
  readonly at: number
  readonly value: Value
  readonly isScaled?: true
}

/** Writes the numbers of a row, scaled and clipped smoothly, in float32. */
function writePlan(graph: Graph, { columns, width, center, factor }: Plan, inputs: readonly Value[]): Value {
  const pieces = columns.flatMap((column, k) => graph.within(column.kind, () => writeColumn(graph, column, inputs[k]!)))
  pieces.sort((a, b) => a.at - b.at)
  const end = pieces.reduce((next, { at, value }) => (at === next ? next + value.columns! : Number.NaN), 0)
  if (end !== width) throw new RangeError(`the columns have ${end} places of ${width}`)
  const raw = sideBySide(
    graph,
    pieces.map(({ value }) => value),
  )
  const moved = binary(graph, 'Mul', binary(graph, 'Sub', raw.name, center), factor)
  const limits = [-1e6, 1e6].map((limit) => graph.constant(Float64Array.of(limit), []))
  const z = graph.node('Clip', [moved, ...limits])
  const third = binary(graph, 'Div', z, 3)
  const root = graph.node('Sqrt', [binary(graph, 'Add', graph.node('Mul', [third, third]), 1)])
  const scaled = graph.node('Div', [z, root])
  const isScaled = pieces.flatMap((piece) => new Array<number>(piece.value.columns!).fill(piece.isScaled ? 1 : 0))
  const mask = () => graph.constant(Uint8Array.from(isScaled), [1, width])
  const name = isScaled.includes(1) ? graph.node('Where', [mask(), raw.name, scaled]) : scaled
  return cast(graph, { ...raw, name }, 'float')
}

function writeColumn(graph: Graph, column: PlanColumn, input: Value): Piece[] {
  if (column.kind === 'category') return writeCategory(graph, column, input)
  if (column.kind === 'text')
    throw cannot(`the column '${column.name}'`, 'its words are counted by a hash, for which there is no operator.')
  const x = cast(graph, input, 'double').name
  const isMissing = graph.node('IsNaN', [x])
  const one = (name: string): Value => ({ name, type: 'double', columns: 1 })
  if (column.kind === 'boolean') {
    const sign = binary(graph, 'Sub', binary(graph, 'Mul', x, 2), 1)
    return [{ at: column.at, value: one(graph.node('Where', [isMissing, row(graph, 0), sign])) }]
  }
  const known = graph.node('Where', [isMissing, row(graph, column.mean), x])
  const indicator = { at: column.missingAt, value: one(castName(graph, isMissing, 'double')) }
  const indicators = column.missingAt < 0 ? [] : [indicator]
  if (column.kind === 'date') {
    const value = writeDate(graph, known, column.newest, column.hasTime)
    const places = datePlaces + (column.hasTime ? timePlaces : 0)
    if (value.columns !== places) throw new RangeError(`a date has ${value.columns} places of ${places}`)
    return [{ at: column.at, value }, ...indicators]
  }
  return [{ at: column.at, value: one(known) }, ...writeNumber(graph, column, x, known), ...indicators]
}

/** The places of values, of bins and of the quantile of a number. */
function writeNumber(graph: Graph, column: PlanColumn, x: string, known: string): Piece[] {
  const { values, hotAt, edges, binsAt, knots, levels, levelAt } = column
  const pieces: Piece[] = []
  if (hotAt >= 0) {
    const isEqual = graph.node('Equal', [x, row(graph, values.map(Number))])
    pieces.push({
      at: hotAt,
      value: { name: castName(graph, isEqual, 'double'), type: 'double', columns: values.length },
    })
  }
  if (edges.length > 1) {
    const widths = edges.slice(1).map((edge, k) => edge - edges[k]!)
    const shares = binary(graph, 'Div', binary(graph, 'Sub', known, edges.slice(0, -1)), widths)
    const limits = [0, 1].map((limit) => graph.constant(Float64Array.of(limit), []))
    pieces.push({
      at: binsAt,
      value: { name: graph.node('Clip', [shares, ...limits]), type: 'double', columns: widths.length },
    })
  }
  if (levelAt >= 0) {
    const name = height(graph, { x: knots, y: levels }, known)
    pieces.push({ at: levelAt, value: { name, type: 'double', columns: 1 }, isScaled: true })
  }
  return pieces
}

/**
 * 1 at the place of the category; the first two of a column with a sign are 1 or -1 at one place. All others, and missing ones,
 * have zeros.
 */
function writeCategory(graph: Graph, { at, values, hotAt, isSign }: PlanColumn, x: Value): Piece[] {
  if (values.length === 0) return []
  const index = writeIndex(graph, values, x)
  const pieces: Piece[] = []
  const signed = isSign ? 2 : 0
  if (isSign) {
    const signs = new Float64Array(values.length + 1)
    signs.set([1, -1])
    const name = graph.node('Gather', [graph.constant(signs, [signs.length]), index])
    pieces.push({ at, value: { name, type: 'double', columns: 1 } })
  }
  const hot = values.slice(signed).map((_, k) => signed + k)
  if (hot.length > 0) {
    const name = castName(graph, graph.node('Equal', [index, graph.integers(hot, [1, hot.length])]), 'double')
    pieces.push({ at: hotAt, value: { name, type: 'double', columns: hot.length } })
  }
  return pieces
}
