import type { Work } from '../../../../base/breathing.js'
import { uniforms } from '../../../../math/random.js'
import type { ColumnReader } from './columns.js'
import type { Inputs } from './inputs.js'
import type { Probes } from './probes.js'

/** Rows for a graph and for a pipeline. */
export interface SomeRows {
  readonly entry: (row: number, column: number) => number | string
  /** As a pipeline takes them: missing words are null. */
  readonly rows: readonly (readonly (number | string | null)[])[]
}

const count = 96

/** The largest numbers of some rows: with large ones alone, outputs would be at their ends. Beyond 1e6 float32 loses too many digits. */
const sizes = [10, 1000, 100, 1e6]

/** Rows of entries that the columns look up or compare with, and of others. */
export function* someRows(reader: ColumnReader, inputs: Inputs): Work<SomeRows> {
  const draw = uniforms(7)
  const table: (number | string)[][] = []
  for (const j of inputs.columns.keys()) {
    table.push(someEntries(reader.probesOf(j), draw))
    yield
  }
  const rows: (number | string | null)[][] = []
  for (let i = 0; i < count; i++) {
    rows.push(table.map((column, j) => (column[i] === '' && reader.probesOf(j).missing === '' ? null : column[i]!)))
    yield
  }
  return { entry: (row, column) => table[column]![row]!, rows }
}

function someEntries({ known, others, missing }: Probes, draw: () => number): (number | string)[] {
  const lists = sizes.map((most) => others.filter((value) => typeof value === 'string' || Math.abs(value) <= most))
  return Array.from({ length: count }, (_, i) => {
    const share = draw()
    if (share < 0.1 && missing !== undefined) return missing
    const list = known.length > 0 && share < 0.7 ? known : lists[i % lists.length]!
    return list[Math.floor(draw() * list.length)] ?? 0
  })
}
