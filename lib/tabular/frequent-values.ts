/** Values of a category that get places of their own in any table. */
const fewPlaces = 128
/** Further values get places where so many rows have them, up to the most places of a column, and numbers of all encoded rows (120 MB). */
const leastRows = 8
const mostPlaces = 1024
const mostNumbers = 3e7

/**
 * The values that get places of their own, the most frequent first, of equal frequency by code units. Others are read as missing.
 * @param counts rows by value.
 * @param rows of the table, which all have those places.
 * @param taken places that the column has already.
 */
export function frequentValues(counts: ReadonlyMap<string, number>, rows: number, taken = 0): string[] {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const most = Math.max(fewPlaces, Math.min(mostPlaces, Math.floor(mostNumbers / rows)))
  return sorted
    .filter(([, count], k) => taken + k < fewPlaces || (taken + k < most && count >= leastRows))
    .map(([word]) => word)
}
