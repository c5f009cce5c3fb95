/** Estimators: weighted sums, labels and probabilities from outputs. */
export const modelParts = {
  // Linear models do not round rows, but take numbers of float32's range alone.
  linear: `
const linear = (features, weights, intercepts) => (cells) => {
  if (cells.length !== features) fail('Expected ' + features + ' numbers, but got ' + cells.length + '.')
  const row = cells.map((value, j) => {
    const read = number(value, j)
    if (read !== read) fail('Expected a finite number in column ' + j + ', but it is missing.')
    return Number.isFinite(Math.fround(read)) ? read : fail('Expected a finite number from -3.4e38 to 3.4e38 in column ' + j + ', but got ' + read + '.')
  })
  return Float64Array.from(intercepts, (intercept, k) => row.reduce((sum, value, j) => sum + value * weights[k * features + j], intercept))
}`,

  largest: `
const largest = (outputs) => {
  let best = 0
  for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[best]) best = k
  return best
}`,

  bothClasses: `
const bothClasses = (share) => [1 - share, share]`,

  toSumOne: `
const toSumOne = (shares) => {
  const sum = shares.reduce((a, b) => a + b, 0)
  return shares.map((share) => (sum > 0 ? share / sum : 1 / shares.length))
}`,

  meanOf: `
const meanOf = (...members) => (cells) => {
  const all = members.map((member) => member(cells))
  return all[0].map((_, k) => all.reduce((sum, shares) => sum + shares[k] / all.length, 0))
}`,

  // Calibrations: of two labels the second alone has a function. Scores are float32, as those of the model.
  oneVsRest: `
const oneVsRest = (count, functions) => (scores) => {
  if (count === 2) return bothClasses(functions[0](Math.fround(scores[scores.length - 1])))
  return toSumOne(Array.from(scores, (score, k) => functions[k](Math.fround(score))))
}`,

  sigmoidOf: `
const sigmoidOf = (factor, offset) => (score) => sigmoid(factor * score + offset)`,

  curveOf: `
const curveOf = (x, y) => (score) => interpolateUpper(score, x, y)`,

  // A softmax of logits divided by a temperature; epsilon is null where scores are logits.
  heated: `
const heated = (temperature, epsilon) => (scores) => {
  const both = scores.length > 1 ? Array.from(scores) : epsilon === null ? [0, scores[0]] : bothClasses(scores[0])
  return softmax(both.map((score) => (epsilon === null ? score : Math.log(score + epsilon)) / temperature))
}`,

  modifiedHuber: `
const modifiedHuber = (sum) => (Math.min(1, Math.max(-1, sum)) + 1) / 2`,
} as const
