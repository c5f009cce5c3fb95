import { isUsed } from './feature.js'
import type { Schema } from './schema.js'

/** Upper bounds on the numbers of all encoded rows (600 MB), and on the places of one row, that bins may take. */
const mostNumbers = 1.5e8
const mostPlaces = 65_536

/** Bins of a column of numbers: as many as wanted, or fewer in tables so large that the encoded rows would take too much memory. */
export function binsWithin(schema: Schema<object>, rows: number, wanted: number): number {
  const used = schema.columns.filter(({ kind }) => isUsed(kind))
  const binned = used.filter(({ kind }) => kind === 'number' || kind === 'code').length
  const places = Math.min(mostPlaces, mostNumbers / rows)
  return Math.max(0, Math.min(wanted, Math.floor((places - used.length) / Math.max(binned, 1))))
}
