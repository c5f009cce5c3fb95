import { eachInSteps, type Work } from '../../../../base/breathing.js'
import { describe } from '../../../../base/check.js'
import type { NodeProto } from '../../proto/messages.js'
import { TensorProto_DataType as T } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { nodeText, problem } from '../problem.js'
import { type Divided, DividedTables } from './divided-tables.js'
import { type Dependence, divisionsOf, normOf } from './divisions.js'
import type { Evaluator } from './evaluate.js'
import type { Inputs } from './inputs.js'
import { mixed, type Value } from './value.js'
import { Values } from './values.js'

/** Where the preparation of columns ends and the network begins. */
export interface Frontier {
  /** The table that enters the network. */
  readonly table: string
  /** The input column of each of its columns. */
  readonly origins: readonly number[]
  /** Columns side by side that are divided by their length at last: their rows are a table that a Normalizer transforms. */
  readonly divided: readonly Divided[]
  /** The nodes of the preparation and of constants, in order; in place of a division one that passes its table on. */
  readonly preparation: readonly NodeProto[]
  /** The nodes after it, in order. */
  readonly rest: readonly NodeProto[]
  /** Rows that are computed together, so that no node takes long. */
  readonly rowsInStep: number
}

/** Cells of the largest value in one step. */
const cellsInStep = 1 << 13

/** Rows that show which cells come from which columns. */
const someRows = 2

/** Operators with which a network begins. */
const beginsNetwork = new Set([
  ...['Gemm', 'LinearClassifier', 'LinearRegressor', 'Softmax', 'BatchNormalization', 'LayerNormalization', 'PRelu'],
  ...['Normalizer', 'Conv', 'ArgMax'],
])

/** Operators that a divided table may go through: they move its columns. */
const movesColumns = new Set([
  ...['Identity', 'Cast', 'Dropout', 'Reshape', 'Flatten', 'Concat', 'FeatureVectorizer'],
  ...['Gather', 'Slice', 'Split', 'ArrayFeatureExtractor'],
])

/** Words and numbers that no file has. */
const someRow = (row: number, kind: string) =>
  kind === 'text' ? `\u0001 ${row}` : kind === 'integer' ? row : row + 0.37

/**
 * Finds the table through which all columns enter the network: up to it every number comes from one column.
 * @throws FormatError where there is none.
 */
export function* findFrontier(evaluator: Evaluator, inputs: Inputs, target: string): Work<Frontier> {
  const { file } = evaluator.graph
  const dependence = yield* dependenceOf(evaluator, target)
  const { all, dependent, readers, known } = dependence
  const divisions = yield* divisionsOf(dependence, evaluator.graph.maker)
  const prepared: Map<string, Value> = yield* inputs.feed(someRows, (row, column) =>
    someRow(row, inputs.columns[column]!.kind),
  )
  // Values of constants too, which nodes of the preparation may read.
  const values = new Values(prepared)
  const preparation = new Set<NodeProto>()
  const tables = new DividedTables(inputs.columns.length)
  let cellsInRow = inputs.columns.length
  // The first node that reads prepared columns and cannot be computed.
  let unknown: NodeProto | undefined
  for (const node of all) {
    yield
    if (!dependent.has(node)) {
      yield* evaluator.step(node, values)
      continue
    }
    const division = divisions.get(node)
    const whole = division && prepared.get(division.from)
    const norm =
      whole?.dims.length === 2 && !tables.has(division!.from)
        ? yield* normOf(evaluator, division!, whole, values)
        : undefined
    if (norm) {
      for (const { output } of division!.nodes) for (const name of output) prepared.delete(name)
      const [name, value] = [node.output[0]!, tables.divide(division!, norm, whole!)]
      values.set(name, value)
      prepared.set(name, value)
      continue
    }
    const isDivided = node.input.some((name) => tables.has(name))
    if (!isPreparation(node, readers) || (isDivided && !movesColumns.has(node.opType))) continue
    if (!(yield* evaluator.step(node, values))) {
      if (node.input.every((name) => prepared.has(name) || !known.has(name))) unknown ??= node
      continue
    }
    const outputs = node.output.flatMap((name) => values.get(name) ?? [])
    if (outputs.some(({ origins }) => origins?.includes(mixed))) {
      for (const name of node.output) values.delete(name)
      continue
    }
    for (const name of node.output) if (values.has(name)) prepared.set(name, values.get(name)!)
    cellsInRow = Math.max(cellsInRow, ...outputs.map(({ data }) => data.length / someRows))
    preparation.add(node)
    if (isDivided) tables.move(node)
  }
  const rest = all.filter((node) => dependent.has(node) && !preparation.has(node) && !tables.hasNode(node))
  const read = new Set(rest.flatMap(({ input }) => input).filter((name) => prepared.has(name)))
  if (rest.length === 0) read.add(target)
  const [table, ...others] = read
  const value = table === undefined ? undefined : prepared.get(table)
  const [rows, columns] = value?.dims ?? []
  if (table === undefined || others.length > 0 || rows !== someRows || !columns || value!.dims.length !== 2) {
    const names = [...read].map(describe).join(', ')
    if (unknown) throw problem(file, `${nodeText(unknown)}: no preparation or layer of perceptra computes it.`)
    const first = rest[0] ? nodeText(rest[0]) : 'its output'
    throw problem(file, `${first}: a network reads one table of (rows, columns), but here it reads ${names}.`)
  }
  const wrong = Array.from(value!.data).find((cell) => typeof cell === 'string')
  if (wrong !== undefined) throw problem(file, `the words of ${describe(table)} are encoded by no node.`)
  const before = all.flatMap((node) => {
    if (tables.hasNode(node)) return tables.replacementOf(node) ?? []
    return preparation.has(node) || !dependent.has(node) ? node : []
  })
  return {
    ...{ table, ...tables.resolve(value!.origins!.subarray(0, columns), file), preparation: before, rest },
    rowsInStep: Math.max(1, Math.floor(cellsInStep / cellsInRow)),
  }
}

function* dependenceOf(evaluator: Evaluator, target: string): Work<Dependence> {
  const known = new Set(evaluator.graph.inputs.map(({ name }) => name))
  const readers = new Map<string, NodeProto[]>()
  const all = yield* evaluator.nodesTo(target)
  const dependent = new Set<NodeProto>()
  yield* eachInSteps(all, (node) => {
    // How rows are counted is no computation with them.
    const read = node.opType === 'Reshape' ? node.input.slice(0, 1) : node.opType === 'Shape' ? [] : node.input
    for (const name of node.input) {
      const list = readers.get(name)
      if (list) list.push(node)
      else readers.set(name, [node])
    }
    if (!read.some((name) => known.has(name))) return
    for (const name of node.output) known.add(name)
    dependent.add(node)
  })
  return { all, dependent, readers, known }
}

/** A product whose result becomes whole numbers counts categories. */
function isPreparation({ opType, output }: NodeProto, readers: ReadonlyMap<string, readonly NodeProto[]>): boolean {
  if (opType !== 'MatMul') return !beginsNetwork.has(opType)
  const next = readers.get(output[0]!) ?? []
  return next.length > 0 && next.every((node) => node.opType === 'Cast' && attributesOf(node).int('to', 0) === T.INT64)
}
