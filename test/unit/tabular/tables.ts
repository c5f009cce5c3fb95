import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCsv } from '../../../lib/datasets/index.js'
import type { Table } from '../../../lib/table/table.js'
import { root } from '../../support/markdown.js'

const folder = join(root, '../shared/data')

interface Meta {
  readonly name: string
  readonly target: string
  readonly files: readonly string[]
  readonly columns: readonly { readonly name: string; readonly type: string; readonly role: string; missing: number }[]
}

/** The tables of ../shared/data, if they are there. */
export const sets: readonly Meta[] = existsSync(folder)
  ? readdirSync(folder)
      .map((set) => join(folder, set, 'meta.json'))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Meta)
  : []

/** The first file of a table: all rows, or those to train with. */
export function readSet({ name, files }: Meta): Promise<Table> {
  return readCsv(join(folder, name, files.find((file) => file.endsWith('.csv.gz'))!))
}
