/** Estimators: weighted sums, labels and probabilities from outputs. */
export const modelParts = {
  // Linear models do not round rows.
  linear: `
const linear = (features, weights, intercepts) => (cells) => {
  if (cells.length !== features) fail('Expected ' + features + ' numbers, but got ' + cells.length + '.')
  const row = cells.map((value, j) => {
    const read = number(value, j)
    return read === read ? read : fail('Expected a finite number in column ' + j + ', but it is missing.')
  })
  return Float64Array.from(intercepts, (intercept, k) => row.reduce((sum, value, j) => sum + value * weights[k * features + j], intercept))
}`,

  largest: `
const largest = (outputs) => {
  let best = 0
  for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[best]) best = k
  return best
}`,

  floats: `
const floats = (outputs) => Float32Array.from(outputs)`,

  bothClasses: `
const bothClasses = (share) => [1 - share, share]`,

  toSumOne: `
const toSumOne = (shares) => {
  const sum = shares.reduce((a, b) => a + b, 0)
  return shares.map((share) => (sum > 0 ? share / sum : 1 / shares.length))
}`,

  modifiedHuber: `
const modifiedHuber = (sum) => (Math.min(1, Math.max(-1, sum)) + 1) / 2`,
} as const
