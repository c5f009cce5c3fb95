import { describe, invalid, mismatch } from '../base/check.js'
import type { ColumnKind } from './column.js'

/** A column with its kind. */
interface TypedColumn {
  readonly kind: ColumnKind
  readonly values: ArrayLike<unknown>
}

/** The columns of tables, one below the other, and their number of rows. */
export function joinColumns<C extends TypedColumn>(
  first: ReadonlyMap<string, C>,
  others: readonly unknown[],
): [columns: ReadonlyMap<string, C>, rows: number] {
  for (const [k, other] of others.entries()) {
    if (!(other instanceof Map)) throw invalid(`table ${k} of concat()`, 'a Table', other)
    const missing = [...first.keys()].find((name) => !other.has(name))
    const unknown = [...other.keys()].find((name) => !first.has(name))
    if (missing !== undefined || unknown !== undefined) {
      const what = missing !== undefined ? `none named ${describe(missing)}` : `also ${describe(unknown)}`
      throw mismatch(`table ${k} of concat()`, 'the columns of the first table', what)
    }
    for (const [name, { kind }] of first) {
      const own = (other.get(name) as C).kind
      const hint = 'A column holds entries of one kind: set it with the option kinds.'
      if (own !== kind) throw mismatch(`column ${describe(name)} of table ${k}`, `${kind}s`, `${own}s`, hint)
    }
  }
  const tables = [first, ...(others as ReadonlyMap<string, C>[])]
  const columns = [...first].map(([name, { kind }]): [string, C] => {
    const parts = tables.map((table) => table.get(name)!.values)
    if (kind !== 'number') return [name, { kind, values: (parts as unknown[][]).flat() } as unknown as C]
    const values = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts as Float64Array[]) {
      values.set(part, at)
      at += part.length
    }
    return [name, { kind, values } as unknown as C]
  })
  return [new Map(columns), columns[0]?.[1].values.length ?? 0]
}
