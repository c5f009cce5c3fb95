import { rowBlocks, type Work } from '../../base/breathing.js'

const shares = {
  logLoss: (sum: number) => 1 / (1 + Math.exp(-sum)),
  modifiedHuber: (sum: number) => (Math.min(1, Math.max(-1, sum)) + 1) / 2,
}

/** Probabilities, a column a class, from weighted sums: one a row for two classes, one a class for more. */
export function* oneVersusRest(
  loss: keyof typeof shares,
  sums: Float64Array | Float32Array,
  columns: number,
): Work<Float64Array> {
  const share = shares[loss]
  const classes = Math.max(2, columns)
  const rows = sums.length / columns
  const out = new Float64Array(rows * classes)
  yield* rowBlocks(rows, classes, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (columns === 1) {
        out[2 * i + 1] = share(sums[i]!)
        out[2 * i] = 1 - out[2 * i + 1]!
        continue
      }
      let total = 0
      for (let k = i * classes; k < (i + 1) * classes; k++) {
        out[k] = share(sums[k]!)
        total += out[k]!
      }
      for (let k = i * classes; k < (i + 1) * classes; k++) out[k] = total === 0 ? 1 / classes : out[k]! / total
    }
  })
  return out
}

/** Natural logarithms of the float64 numbers, rounded to float32 afterwards. */
export function* logarithms(probabilities: Float64Array): Work<Float32Array> {
  const out = new Float32Array(probabilities.length)
  yield* rowBlocks(out.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) out[k] = Math.log(probabilities[k]!)
  })
  return out
}
