/** The two-sided 95 % quantile of the normal distribution. */
const z = 1.959964

/** The 95 % interval of a share. Wilson 1927, "Probable inference, the law of succession, and statistical inference". */
export function wilson(hits: number, rows: number): [low: number, high: number] {
  const share = hits / rows
  const spread = z ** 2 / rows
  const middle = share + spread / 2
  const half = z * Math.sqrt((share * (1 - share)) / rows + spread / (4 * rows))
  return [Math.max(0, (middle - half) / (1 + spread)), Math.min(1, (middle + half) / (1 + spread))]
}
