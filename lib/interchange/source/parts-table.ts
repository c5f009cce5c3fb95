/** Table models: reading the cells of a row, and writing them as numbers. */
export const tableParts = {
  tableRow: `
const tableRow = (row, names, known, strict, impute) => {
  if (isArray(row)) return rowOf(row, names.length)
  if (row === null || typeof row !== 'object') fail('Expected an object of values by column, or an array, as a row.')
  if (strict) {
    for (const key of Object.keys(row)) {
      if (!known.has(key)) fail('Unknown column ' + JSON.stringify(key) + '. The columns are ' + names.join(', ') + '.')
    }
  }
  return names.map((name) => {
    if (Object.hasOwn(row, name)) return row[name]
    return impute ? null : fail('Expected the column ' + JSON.stringify(name) + ', but the row lacks it. Give null where the value is not known.')
  })
}`,

  wrongCell: `
const wrongCell = (expected, name, value) => fail('Expected ' + expected + ' in column ' + JSON.stringify(name) + ', but got ' + (typeof value === 'string' ? JSON.stringify(value) : String(value)) + '.')`,

  isBlank: `
const isBlank = (value) => value === null || value === undefined || value !== value || (typeof value === 'string' && value.trim() === '')`,

  isDate: `
const isDate = (value) => Object.prototype.toString.call(value) === '[object Date]'`,

  numberOfWord: `
const numberOfWord = (word) => {
  const read = /^\\s*[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?\\s*$/.test(word) ? Number(word) : Infinity
  return Number.isFinite(read) ? read : undefined
}`,

  cellNumber: `
const cellNumber = (value, name) => {
  let read
  if (typeof value === 'number') read = Math.abs(value) === Infinity ? undefined : value
  else if (isBlank(value)) read = NaN
  else if (typeof value === 'string') read = numberOfWord(value)
  else if (typeof value === 'boolean' || typeof value === 'bigint') read = Number(value)
  return read === undefined ? wrongCell('a number', name, value) : read
}`,

  cellTruth: `
const cellTruth = (value, name) => {
  if (typeof value === 'boolean') return Number(value)
  if (isBlank(value)) return NaN
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (word === 'true' || word === 'false') return word === 'true' ? 1 : 0
  const read = typeof value === 'string' ? numberOfWord(value) : value
  return read === 0 || read === 1 ? read : wrongCell('true or false', name, value)
}`,

  cellWord: `
const cellWord = (value, name) => {
  if (isBlank(value)) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value)) return String(value)
  return isDate(value) && value.getTime() === value.getTime() ? value.toISOString() : wrongCell('a word', name, value)
}`,

  timeOfWord: `
const timeOfWord = (word) => {
  if (!/^\\s*\\d{4}[-/]\\d{2}[-/]\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\s?(Z|[+-]\\d{2}:?\\d{2})?)?\\s*$/.test(word)) return undefined
  const text = word.trim().replaceAll('/', '-').replace(' ', 'T').replaceAll(' ', '')
  const isLocal = text.length > 10 && !/(Z|[+-]\\d{2}:?\\d{2})$/.test(text.slice(10))
  const time = Date.parse(isLocal ? text + 'Z' : text)
  if (time !== time) return undefined
  return new Date(Date.parse(text.slice(0, 10))).toISOString().startsWith(text.slice(0, 10)) ? time : undefined
}`,

  cellTime: `
const cellTime = (value, name) => {
  let time
  if (isDate(value)) time = value.getTime() === value.getTime() ? value.getTime() : undefined
  else if (isBlank(value)) time = NaN
  else if (typeof value === 'number') time = Math.abs(value) <= 8.64e15 ? value : undefined
  else if (typeof value === 'string') time = timeOfWord(value)
  return time === undefined ? wrongCell('a date', name, value) : time
}`,

  tableNumber: `
const tableNumber = (name, at, mean, missingAt, hotAt, binsAt, levelAt, values, edges, knots, levels) => (value, out) => {
  const read = cellNumber(value, name)
  const isMissing = read !== read
  const known = isMissing ? mean : read
  out[at] = known
  for (let k = 0; k + 1 < edges.length; k++) out[binsAt + k] = Math.min(Math.max((known - edges[k]) / (edges[k + 1] - edges[k]), 0), 1)
  if (levelAt >= 0) out[levelAt] = interpolateUpper(known, knots, levels)
  if (isMissing && missingAt >= 0) out[missingAt] = 1
  const place = hotAt < 0 ? -1 : values.indexOf(read)
  if (place >= 0) out[hotAt + place] = 1
}`,

  tableTruth: `
const tableTruth = (name, at) => (value, out) => {
  const truth = cellTruth(value, name)
  if (truth === truth) out[at] = truth === 1 ? 1 : -1
}`,

  tableWord: `
const tableWord = (name, values, at, hotAt, isSign) => {
  const places = new Map(values.map((value, k) => [value, k]))
  return (value, out) => {
    const place = places.get(cellWord(value, name))
    if (place === undefined) return
    if (isSign && place < 2) out[at] = place === 0 ? 1 : -1
    else out[hotAt + place - (isSign ? 2 : 0)] = 1
  }
}`,

  circle: `
const circle = (turn, out, at) => {
  out[at] = Math.sin(2 * Math.PI * turn)
  out[at + 1] = Math.cos(2 * Math.PI * turn)
}`,

  tableDate: `
const tableDate = (name, at, mean, missingAt, newest, hasTime) => (value, out) => {
  const read = cellTime(value, name)
  const isMissing = read !== read
  const time = isMissing ? mean : read
  const date = new Date(time)
  out[at] = (newest - time) / 86400000
  out[at + 1] = date.getUTCFullYear()
  out[at + 2] = date.getUTCMonth()
  out[at + 3] = date.getUTCDay()
  circle((out[at + 2] + (date.getUTCDate() - 1) / 31) / 12, out, at + 4)
  circle(out[at + 3] / 7, out, at + 6)
  if (hasTime) {
    out[at + 8] = (((time % 86400000) + 86400000) % 86400000) / 3600000
    circle(out[at + 8] / 24, out, at + 9)
  }
  if (isMissing && missingAt >= 0) out[missingAt] = 1
}`,

  tableText: `
const tableText = (name, at, bins, missingAt) => (value, out) => {
  const text = cellWord(value, name)
  if (text === null) {
    if (missingAt >= 0) out[missingAt] = 1
    return
  }
  const counts = new Map()
  for (const word of text.toLowerCase().match(/[\\p{L}\\p{N}]+/gu) || []) {
    let hash = 0x811c9dc5
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
    const bin = (hash ^ (hash >>> 15)) & (bins - 1)
    counts.set(bin, (counts.get(bin) || 0) + 1)
  }
  for (const [bin, count] of counts) out[at + bin] = Math.log1p(count)
}`,

  encodeTable: `
const encodeTable = (center, factor, unscaled, ...columns) => {
  const isLevel = new Set(unscaled)
  return (cells) => {
    const raw = new Array(center.length).fill(0)
    columns.forEach((column, k) => column(cells[k], raw))
    return raw.map((x, j) => (isLevel.has(j) ? x : bend(Math.min(Math.max((x - center[j]) * factor[j], -1e6), 1e6))))
  }
}`,

  ensemble: `
const ensemble = (temperature, ...networks) => (row) => {
  const outputs = networks.map(([weight, network]) => Array.from(network(row), (output) => weight * output))
  const mean = outputs.reduce((sum, own) => sum.map((output, k) => output + own[k]))
  return temperature === 1 ? mean : toSumOne(mean.map((share) => share ** (1 / temperature)))
}`,
} as const
