/** Layers: each makes a function of a row of numbers, which it leaves as it is. They compute in float64. */
export const layerParts = {
  // Rows are rounded to float32 first, as the model does.
  network: `
const network = (inputs, ...layers) => (cells) => {
  if (cells.length !== inputs) fail('Expected ' + inputs + ' numbers, but got ' + cells.length + '.')
  let row = Float64Array.from(cells, (value, j) => {
    const read = Math.fround(number(value, j))
    return Number.isFinite(read) ? read : fail('Expected a finite number from -3.4e38 to 3.4e38 in column ' + j + ', but got ' + value + '.')
  })
  for (const layer of layers) row = layer(row)
  return row
}`,

  dense: `
const dense = (units, kernel, bias) => (row) => {
  const out = bias ? Float64Array.from(bias) : new Float64Array(units)
  for (let i = 0; i < row.length; i++) {
    const value = row[i]
    if (value === 0) continue
    const begin = i * units
    for (let k = 0; k < units; k++) out[k] += value * kernel[begin + k]
  }
  return out
}`,

  embedding: `
const embedding = (count, width, table) => (row) => {
  const out = new Float64Array(row.length * width)
  row.forEach((index, i) => {
    if (!Number.isInteger(index) || index < 0 || index >= count) fail('Expected an index from 0 to ' + (count - 1) + ' in column ' + i + ', but got ' + index + '.')
    for (let k = 0; k < width; k++) out[i * width + k] = table[index * width + k]
  })
  return out
}`,

  rescale: `
const rescale = (scale, offset) => (row) => row.map((value) => value * scale + offset)`,

  batchNorm: `
const batchNorm = (epsilon, means, variances, gamma, beta) => (row) =>
  row.map((value, j) => ((value - means[j]) / Math.sqrt(variances[j] + epsilon)) * (gamma ? gamma[j] : 1) + (beta ? beta[j] : 0))`,

  layerNorm: `
const layerNorm = (epsilon, gamma, beta) => (row) => {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
  const scale = 1 / Math.sqrt(variance + epsilon)
  return row.map((value, j) => (value - mean) * scale * (gamma ? gamma[j] : 1) + (beta ? beta[j] : 0))
}`,

  activate: `
const activate = (change) => (row) => row.map((z) => change(z))`,

  // f is the activation of a whole row.
  parametric: `
const parametric = (alphas, f) => (row) => {
  const changed = f(row)
  return row.map((z, j) => z + alphas[j] * (changed[j] - z))
}`,

  scaleEach: `
const scaleEach = (scales) => (row) => row.map((value, j) => value * scales[j])`,

  prelu: `
const prelu = (slopes) => (row) => row.map((z, j) => (z < 0 ? slopes[j] * z : z))`,

  softmax: `
const softmax = (row) => {
  const most = row.reduce((a, b) => Math.max(a, b))
  const out = row.map((z) => Math.exp(z - most))
  const sum = out.reduce((a, b) => a + b)
  return out.map((value) => value / sum)
}`,

  relu: `
const relu = (z) => (z < 0 ? 0 : z)`,

  leakyRelu: `
const leakyRelu = (slope) => (z) => (z < 0 ? slope * z : z)`,

  elu: `
const elu = (alpha) => (z) => (z < 0 ? alpha * Math.expm1(z) : z)`,

  selu: `
const selu = (z) => 1.0507009873554805 * (z < 0 ? 1.6732632423543772 * Math.expm1(z) : z)`,

  sigmoid: `
const sigmoid = (z) => 1 / (1 + Math.exp(-z))`,

  gelu: `
const gelu = (z) => z * normalCdf(z)`,

  geluTanh: `
const geluTanh = (z) => z * sigmoid(2 * 0.7978845608028654 * z * (1 + 0.044715 * z * z))`,

  silu: `
const silu = (z) => z * sigmoid(z)`,

  mish: `
const mish = (z) => {
  const e = Math.exp(Math.min(z, 20))
  const n = e * (e + 2)
  return (z * n) / (n + 2)
}`,

  hardSigmoid: `
const hardSigmoid = (z) => Math.min(Math.max(z + 3, 0), 6) / 6`,

  softplus: `
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))`,

  softsign: `
const softsign = (z) => z / (1 + Math.abs(z))`,

  stepUnit: `
const stepUnit = (z) => (z > 0 ? 1 : 0)`,
} as const
