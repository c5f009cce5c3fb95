import { pipeline } from '../../pipeline/index.js'
import { ColumnTransformer, OneHotEncoder, SimpleImputer, StandardScaler } from '../../preprocessing/index.js'
import type { Table } from '../../table/table.js'
import { wrong } from '../terminal/failure.js'

/** Most different words of a column that becomes one-hot. */
const mostCategories = 100

/**
 * The columns of a table as numbers for a network: numbers are imputed by their median and standardised, words and truth
 * values are one-hot. Columns of more than 100 different words, and of dates, are left out.
 */
export function preparationFor(rows: Table): { columns: ColumnTransformer; leftOut: readonly string[] } {
  const names = (isWanted: (name: string) => boolean) => rows.names.filter(isWanted)
  const numbers = names((name) => rows.kind(name) === 'number')
  const words = names(
    (name) => rows.kind(name) === 'boolean' || (rows.kind(name) === 'string' && isCategory(rows, name)),
  )
  const leftOut = names((name) => !numbers.includes(name) && !words.includes(name))
  const imputed = () => pipeline([new SimpleImputer({ strategy: 'median' }), new StandardScaler()])
  const transformers = [
    ...(numbers.length > 0 ? [['numbers', imputed(), numbers] as const] : []),
    ...(words.length > 0 ? [['words', new OneHotEncoder({ handleUnknown: 'ignore' }), words] as const] : []),
  ]
  if (transformers.length === 0) throw wrong('There is no column beside the target that a network can read.')
  return { columns: new ColumnTransformer({ transformers: transformers as never }), leftOut }
}

function isCategory(rows: Table, name: string): boolean {
  const seen = new Set<unknown>()
  for (const value of rows.column(name) as Iterable<unknown>) {
    if (seen.add(value).size > mostCategories) return false
  }
  return true
}
