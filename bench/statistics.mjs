export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Round by round, for rounds that both have, so that a slow second of the machine does not affect only one of them. */
export function ratios(times, base) {
  return spread(times.slice(0, base.length).map((time, round) => time / base[round]))
}
