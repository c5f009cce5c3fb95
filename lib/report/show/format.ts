/** A number for people: four significant digits, thousands apart. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString('en-US')
  const size = Math.abs(value)
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2)
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(4)))
}

/** A share as a percentage. */
export function formatShare(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`
}

/** A share of missing rows: 0 is not shown as 0.0. */
export function formatPart(share: number): string {
  return share === 0 ? '–' : share < 0.001 ? '< 0.1 %' : formatShare(share)
}
