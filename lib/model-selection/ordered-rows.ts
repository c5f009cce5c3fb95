import { describe } from '../base/check.js'
import { isNumberArray } from '../base/matrix.js'
import { warn } from './splits.js'

/** Upper bound on the rows that are looked at, evenly spaced: a warning must not cost more than the splits. */
const mostRows = 20_000
/** A difference of classes below this is not worth a warning: half of the sum of absolute differences of shares. */
const leastDistance = 0.2
/** The quantile of a normal distribution for the chance of a false warning, about 1 in 30,000. */
const deviations = 4

/** Parts of neighbouring rows. */
export interface Parts {
  /** The name of the splitter, and what to do, for the message. */
  readonly splitter: string
  readonly advice: string
  readonly rows: number
  readonly count: number
  /** The part that a row belongs to. */
  of(row: number): number
}

/**
 * Warns if the classes of a part of neighbouring rows differ much from those of all rows, as where rows are sorted by class: by
 * Pearson's chi-squared test over all parts. Does nothing for a y that has no classes.
 */
export function warnOfOrder(y: unknown, parts: Parts): void {
  const counts = countClasses(y, parts)
  if (!counts) return
  const all = new Map<unknown, number>()
  for (const part of counts) for (const [label, count] of part) all.set(label, (all.get(label) ?? 0) + count)
  if (all.size < 2) return
  const total = sumOf(all)
  let [worst, most, statistic] = [-1, leastDistance, 0]
  for (const [k, part] of counts.entries()) {
    const size = sumOf(part)
    let distance = 0
    for (const [label, count] of all) {
      const expected = (count / total) * size
      const excess = (part.get(label) ?? 0) - expected
      distance += Math.abs(excess) / size / 2
      statistic += (excess * excess) / expected
    }
    if (distance >= most) [worst, most] = [k, distance]
  }
  if (worst === -1 || statistic < chiSquared((all.size - 1) * (counts.length - 1))) return
  const [label, inPart] = [...counts[worst]!].sort((a, b) => b[1] - a[1])[0]!
  const share = (count: number, of: number) => `${Math.round((100 * count) / of)} %`
  warn(
    `${parts.splitter}: the classes of fold ${worst} differ much from those of all rows: ${describe(label)} has ` +
      `${share(inPart, sumOf(counts[worst]!))} of its rows and ${share(all.get(label)!, total)} of all. The rows seem to be ` +
      `sorted. ${parts.advice}`,
  )
}

/** The rows of each class in each part; undefined where y has no classes: fractions, tables, or as many labels as rows. */
function countClasses(y: unknown, { rows, count, of }: Parts): Map<unknown, number>[] | undefined {
  if ((!Array.isArray(y) && !isNumberArray(y)) || y.length !== rows) return undefined
  const step = Math.ceil(rows / mostRows)
  const counts = Array.from({ length: count }, () => new Map<unknown, number>())
  for (let row = 0; row < rows; row += step) {
    const label: unknown = y[row]
    const isClass = typeof label === 'number' ? Number.isInteger(label) : ['string', 'boolean'].includes(typeof label)
    if (!isClass) return undefined
    const part = counts[of(row)]!
    part.set(label, (part.get(label) ?? 0) + 1)
  }
  return counts
}

function sumOf(counts: Map<unknown, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}

/** A quantile of the chi-squared distribution. Wilson and Hilferty 1931, "The distribution of chi-square". */
function chiSquared(freedom: number): number {
  const spread = 2 / (9 * freedom)
  return freedom * (1 - spread + deviations * Math.sqrt(spread)) ** 3
}
