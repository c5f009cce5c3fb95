import type { Table } from '../../../lib/index.js'

/** All tables of a reader of batches. */
export async function collect(tables: AsyncIterable<Table>): Promise<Table[]> {
  const list: Table[] = []
  for await (const table of tables) list.push(table)
  return list
}
