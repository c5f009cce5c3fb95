/** A cell as a page shows it: null where it is missing. */
export type Cell = string | number | null

export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || Number.isNaN(value)) return null
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/, '')
  const text = String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
