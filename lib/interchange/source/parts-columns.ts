/** Parts of a layer of columns, functions of some numbers of a row; layers of members, which take the member's number too. */
export const columnParts = {
  columnParts: `
const columnParts = (...parts) => (row) => Float64Array.from(parts.flatMap(([columns, part]) => Array.from(part(columns.map((j) => row[j])))))`,

  // Code -1 is a missing category.
  codeOf: `
const codeOf = (value, count, column) =>
  Number.isInteger(value) && value >= -1 && value < count ? value : fail('Expected a code from -1 to ' + (count - 1) + ' as number ' + column + ' of a part, but got ' + value + '.')`,

  oneHotCodes: `
const oneHotCodes = (counts) => (own) =>
  own.flatMap((value, c) => {
    const code = codeOf(value, counts[c], c)
    return Array.from({ length: counts[c] }, (_, k) => (k === code ? 1 : 0))
  })`,

  embedCodes: `
const embedCodes = (counts, width, table) => (own) => {
  let first = 0
  return own.flatMap((value, c) => {
    const code = codeOf(value, counts[c], c)
    const begin = (first + code) * width
    first += counts[c]
    return code < 0 ? new Array(width).fill(0) : Array.from(table.subarray(begin, begin + width))
  })
}`,

  // Turns are computed in float32, as the model does: large ones lose the same digits, and of those
  // beyond 2^20 nothing is left.
  periodic: `
const periodic = (count, width, isRelu, isShared, joins, frequencies, phases, kernel, bias) => (own) => {
  const out = own.flatMap((value, c) => {
    const turns = Array.from({ length: count }, (_, k) => {
      const wave = Math.fround(frequencies[c * count + k] * value)
      return phases ? Math.fround(wave + Math.fround(phases[c * count + k] * 0.15915493667125702)) : wave
    })
    const angles = turns.map((turn) => (Math.abs(turn) > 1048576 ? 0 : 2 * Math.PI * (turn - Math.round(turn))))
    const units = [...angles.map(Math.cos), ...(phases ? [] : angles.map(Math.sin))]
    const at = isShared ? 0 : c
    return Array.from({ length: width }, (_, k) => {
      const z = units.reduce((sum, unit, u) => sum + unit * kernel[(at * units.length + u) * width + k], bias[at * width + k])
      return isRelu && z < 0 ? 0 : z
    })
  })
  return joins ? [...out, ...own] : out
}`,

  piecewise: `
const piecewise = (edges, width, slopes, bias, kernel) => (own) => {
  let first = 0
  return own.flatMap((value, c) => {
    const bins = edges[c].length - 1
    const begin = first
    first += bins
    const shares = Array.from({ length: bins }, (_, k) => {
      const share = (value - edges[c][k]) / (edges[c][k + 1] - edges[c][k])
      return Math.min(Math.max(share, k > 0 ? 0 : -Infinity), k < bins - 1 ? 1 : Infinity)
    })
    return Array.from({ length: width }, (_, i) =>
      shares.reduce((sum, share, k) => sum + share * kernel[(begin + k) * width + i], bias[c * width + i] + value * slopes[c * width + i]),
    )
  })
}`,

  meanOfMembers: `
const meanOfMembers = (count, ...layers) => (row) => {
  let mean
  for (let member = 0; member < count; member++) {
    const out = layers.reduce((values, layer) => layer(values, member), row)
    mean = mean ? mean.map((sum, k) => sum + out[k] / count) : out.map((value) => value / count)
  }
  return mean
}`,

  memberScale: `
const memberScale = (scales, bias) => (row, member) =>
  row.map((value, j) => value * scales[member * row.length + j] + (bias ? bias[member * row.length + j] : 0))`,

  memberDense: `
const memberDense = (units, kernel, bias) => (row, member) => {
  const begin = member * row.length * units
  const own = bias && bias.subarray(member * units, (member + 1) * units)
  return dense(units, kernel.subarray(begin, begin + row.length * units), own)(row)
}`,
} as const
