/** A number with four digits that count: 0.8571, 12.35, 47,152. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'undefined' : `${value}`
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3)
  const digits = size < 1 ? 4 : Math.max(0, 4 - Math.ceil(Math.log10(size + 1e-12)))
  const isShort = Number.isInteger(value) || size >= 1
  return value.toLocaleString('en-US', {
    ...{ maximumFractionDigits: digits, minimumFractionDigits: isShort ? 0 : digits, useGrouping: size >= 10_000 },
  })
}

/** 32,561 */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** 12 s, 3 min 5 s, 2 h 7 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** 734 bytes, 12 KB, 3.4 MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const [unit, name] = bytes < 1e6 ? [1e3, 'KB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB']
  const value = bytes / unit
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${name}`
}

/** Rows of words as columns, the first one to the left and the others to the right. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!)))
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}
