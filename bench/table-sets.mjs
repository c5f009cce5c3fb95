// Tables with a fixed split into rows to train with and rows to test with, as bench/tables.mjs reads them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The names of the tables in a folder: its folders with a meta.json. */
export function namesOfTables(folder) {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'meta.json')))
}

/**
 * The rows of a CSV file, of which a fifth is the test.
 * @param readCsv that of perceptra's datasets.
 */
export async function readFile(readCsv, path, target, chosenTask) {
  const table = await readCsv(path)
  if (!target) throw new Error(`Give --target, one of ${table.names.join(', ')}.`)
  const rows = [...table]
  const different = new Set(rows.map((row) => row[target]))
  const isNumeric = [...different].every((value) => typeof value === 'number')
  const task = chosenTask ?? (isNumeric && different.size > 10 ? 'numbers' : 'classes')
  return { columns: {}, target, isRegression: task === 'numbers', ...divided(rows, 1) }
}

/** Rows of which a fifth, drawn by the seed, is the test. */
export function divided(rows, seed) {
  let state = seed
  const isTest = rows.map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 < 0.2
  })
  return { train: rows.filter((_, i) => !isTest[i]), test: rows.filter((_, i) => isTest[i]) }
}

/** A table of a folder: meta.json, a file of rows, and test_index.json or a file of test rows. */
export async function readTable(readCsv, folder, name) {
  const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'))
  const files = meta.files.filter((file) => file.endsWith('.csv.gz'))
  const read = async (file) => [...(await readCsv(join(folder, name, file)))]
  const all = await read(files.find((file) => !file.startsWith('test')))
  const columns = Object.fromEntries(
    meta.columns.filter(({ role }) => role === 'ignore').map((column) => [column.name, 'ignored']),
  )
  const common = { columns, target: meta.target, isRegression: meta.task === 'regression' }
  if (!meta.test_index) return { ...common, train: all, test: await read('test.csv.gz') }
  const index = new Set(JSON.parse(readFileSync(join(folder, name, meta.test_index), 'utf8')))
  return { ...common, train: all.filter((_, i) => !index.has(i)), test: all.filter((_, i) => index.has(i)) }
}
