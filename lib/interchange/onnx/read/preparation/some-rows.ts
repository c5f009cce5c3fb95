import { uniforms } from '../../../../math/random.js'
import type { ColumnReader } from './columns.js'
import type { Inputs } from './inputs.js'
import type { Value } from './value.js'

/** Rows for a graph and for a pipeline. */
export interface SomeRows {
  readonly feeds: ReadonlyMap<string, Value>
  /** As a pipeline takes them: missing words are null. */
  readonly rows: readonly (readonly (number | string | null)[])[]
}

const count = 24

/** Rows of entries that the columns look up or compare with, and of others. */
export function someRows(reader: ColumnReader, inputs: Inputs): SomeRows {
  const draw = uniforms(7)
  const table = inputs.columns.map(({ kind }, j) => {
    const { known, others, missing } = reader.probesOf(j)
    const isSmall = (value: number | string) => typeof value === 'string' || Math.abs(value) <= 1000
    const small = others.filter(isSmall)
    return Array.from({ length: count }, () => {
      const share = draw()
      if (share < 0.1 && kind !== 'integer') return missing
      const list = known.length > 0 && share < 0.7 ? known : small
      return list[Math.floor(draw() * list.length)] ?? 0
    })
  })
  const entry = (row: number, column: number) => table[column]![row]!
  const rows = Array.from({ length: count }, (_, i) =>
    inputs.columns.map(({ kind }, j) => (kind === 'text' && entry(i, j) === '' ? null : entry(i, j))),
  )
  return { feeds: inputs.feed(count, entry), rows }
}
