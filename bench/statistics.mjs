export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Round by round, as far as both have them, so that a slow second of the machine does not fall on one side alone. */
export function ratios(times, base) {
  return spread(times.slice(0, base.length).map((time, round) => time / base[round]))
}
