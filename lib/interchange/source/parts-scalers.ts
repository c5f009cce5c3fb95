/** Scalers and normalizers: each makes a function of a row of numbers. */
export const scalerParts = {
  each: `
const each = (change) => (cells) => cells.map((value, j) => change(number(value, j), j))`,

  standardize: `
const standardize = (means, scales) => each((value, j) => (value - means[j]) / scales[j])`,

  unstandardize: `
const unstandardize = (means, scales) => each((value, j) => value * scales[j] + means[j])`,

  toRange: `
const toRange = (scales, offsets, low, high) => each((value, j) => Math.min(Math.max(value * scales[j] + offsets[j], low), high))`,

  fromRange: `
const fromRange = (scales, offsets) => each((value, j) => (value - offsets[j]) / scales[j])`,

  bend: `
const bend = (z) => z / Math.sqrt(1 + (z / 3) ** 2)`,

  unbend: `
const unbend = (y) => (Math.abs(y) >= 3 ? Math.sign(y) * Infinity : y / Math.sqrt(1 - (y / 3) ** 2))`,

  centerSmoothly: `
const centerSmoothly = (centers, scales) => each((value, j) => bend((value - centers[j]) / scales[j]))`,

  uncenterSmoothly: `
const uncenterSmoothly = (centers, scales) => each((value, j) => unbend(value) * scales[j] + centers[j])`,

  present: `
const present = (change) => each((value) => (value !== value ? value : change(value)))`,

  // Shorter rows are not divided.
  normalize: `
const normalize = (lengthOf) => (cells) => {
  const row = cells.map((value, j) => {
    const read = number(value, j)
    return read === read ? read : fail('Expected a number in column ' + j + ', but it is missing.')
  })
  const length = lengthOf(row)
  return length < 10 * Number.EPSILON ? row : row.map((value) => value / length)
}`,

  references: `
const references = (count) => Float64Array.from({ length: count }, (_, k) => (count === 1 ? 0 : k === count - 1 ? 1 : k * (1 / (count - 1))))`,

  // The number of points below value, or of points that are not above it.
  pointsBelow: `
const pointsBelow = (x, value, orEqual) => {
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (orEqual ? x[middle] <= value : x[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}`,

  between: `
const between = (value, x, y, k) => y[k] + (y[k + 1] - y[k]) * ((value - x[k]) / (x[k + 1] - x[k]))`,

  interpolateUpper: `
const interpolateUpper = (value, x, y) => {
  const last = x.length - 1
  if (value < x[0]) return y[0]
  return value >= x[last] ? y[last] : between(value, x, y, pointsBelow(x, value, true) - 1)
}`,

  interpolateLower: `
const interpolateLower = (value, x, y) => {
  const last = x.length - 1
  if (value <= x[0]) return y[0]
  if (value > x[last]) return y[last]
  const first = pointsBelow(x, value, false)
  return x[first] === value ? y[first] : between(value, x, y, first - 1)
}`,

  shareOf: `
const shareOf = (value, column, shares, near) => {
  if (value !== value || column[0] !== column[0]) return NaN
  const highest = column[column.length - 1]
  if (near > 0 ? value - near < column[0] : value === column[0]) return 0
  if (near > 0 ? value + near > highest : value === highest) return 1
  return (interpolateUpper(value, column, shares) + interpolateLower(value, column, shares)) / 2
}`,

  toShares: `
const toShares = (columns) => {
  const shares = references(columns[0].length)
  return each((value, j) => shareOf(value, columns[j], shares, 0))
}`,

  toNormal: `
const toNormal = (columns) => {
  const shares = references(columns[0].length)
  const most = -normalQuantile(1e-7 - 2 ** -52)
  return each((value, j) => Math.min(Math.max(normalQuantile(shareOf(value, columns[j], shares, 1e-7)), -most), most))
}`,

  fromShares: `
const fromShares = (columns) => {
  const shares = references(columns[0].length)
  return each((share, j) => (share !== share ? share : interpolateUpper(share, shares, columns[j])))
}`,

  fromNormal: `
const fromNormal = (columns) => {
  const shares = references(columns[0].length)
  return each((value, j) => {
    const share = normalCdf(value)
    if (share !== share) return share
    if (share - 1e-7 < 0) return columns[j][0]
    return share + 1e-7 > 1 ? columns[j][shares.length - 1] : interpolateUpper(share, shares, columns[j])
  })
}`,
} as const
