import { eachInSteps, type Work } from '../../../../base/breathing.js'
import { describe } from '../../../../base/check.js'
import { TensorProto_DataType as T, type ValueInfoProto } from '../../proto/messages.js'
import type { Graph } from '../graph.js'
import { problem } from '../problem.js'
import { type Cells, eachCell, newCells } from './value.js'

export type Entry = number | string

/** A word that no file has. */
export const unknownWord = '\u0001 unknown'

/** A column of the inputs of a graph. */
export interface InputColumn {
  readonly kind: 'number' | 'integer' | 'text'
  /** The input, if each is one column. */
  readonly name: string | undefined
}

/** An input, whose columns are some of those of all inputs. */
interface InputTable {
  readonly kind: InputColumn['kind']
  readonly name: string
  readonly begin: number
  readonly width: number
}

/**
 * The inputs of a graph as the columns of one table.
 * @throws FormatError for an input that is no table of columns, and for too many columns.
 */
export function* readInputs(graph: Graph): Work<Inputs> {
  const tables: InputTable[] = []
  let count = 0
  yield* eachInSteps(graph.inputs, (input) => {
    tables.push({ ...tableOf(graph.file, input), name: input.name, begin: count })
    count += tables.at(-1)!.width
  })
  if (count > mostColumns) {
    throw problem(graph.file, `its inputs have ${count} columns together, but at most ${mostColumns} are prepared.`)
  }
  const areNamed = tables.length > 1
  const columns: InputColumn[] = []
  yield* eachInSteps(tables, ({ kind, width, name }) => {
    for (let k = 0; k < width; k++) {
      columns.push({ kind, name: areNamed ? (width === 1 ? name : `${name}_${k}`) : undefined })
    }
  })
  return new Inputs(columns, tables)
}

/** The columns of all inputs, and rows of them. */
export class Inputs {
  readonly columns: readonly InputColumn[]
  readonly #tables: readonly InputTable[]

  constructor(columns: readonly InputColumn[], tables: readonly InputTable[]) {
    this.columns = columns
    this.#tables = tables
  }

  /** The names of the columns, if they have any. */
  get names(): string[] | undefined {
    return this.columns[0]?.name === undefined ? undefined : this.columns.map(({ name }) => name!)
  }

  /** Rows as the values of the inputs. */
  *feed(rows: number, entry: (row: number, column: number) => number | string): Work<Map<string, Cells>> {
    const values = new Map<string, Cells>()
    for (const { name, begin, width } of this.#tables) {
      const cells = newCells([rows, width])!
      yield* eachCell(rows * width, (k) => {
        const column = begin + (k % width)
        cells.data[k] = entry(Math.floor(k / width), column)
        cells.origins[k] = column
      })
      cells.raw.fill(1)
      values.set(name, cells)
    }
    return values
  }
}

/** Columns of all inputs at most: more are no table that is prepared column by column. */
const mostColumns = 100_000

function tableOf(file: string, { name, type }: ValueInfoProto): { kind: InputColumn['kind']; width: number } {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
  const [, columns, ...others] = tensor?.shape?.dim ?? []
  const width = columns?.value.case === 'dimValue' ? Number(columns.value.value) : Number.NaN
  if (!tensor || others.length > 0 || !(width >= 1 && width <= mostColumns)) {
    throw problem(file, `its input ${describe(name)} is no table of (rows, columns) with a known number of columns.`)
  }
  const elements = tensor.elemType as T
  if (elements === T.STRING) return { kind: 'text', width }
  const isWhole = [T.INT64, T.INT32, T.INT16, T.INT8, T.UINT8, T.BOOL].includes(elements)
  return { kind: isWhole ? 'integer' : 'number', width }
}
