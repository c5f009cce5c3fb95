/** Reading rows, and the steps of preparation: each takes and returns the cells of one row. */
export const rowParts = {
  // A column that an object lacks is an error only where a step reads it.
  missing: `
class Missing {
  constructor(name) {
    this.name = name
  }
}
const missing = (value) => {
  if (value instanceof Missing) fail('Expected the column ' + JSON.stringify(value.name) + ', but the row lacks it. Give null where the value is not known.')
}`,

  isArray: `
const isArray = (row) => Array.isArray(row) || (ArrayBuffer.isView(row) && typeof row.length === 'number')`,

  rowOf: `
const rowOf = (row, count) => {
  if (!isArray(row)) fail('Expected an array of ' + count + ' values as a row.')
  if (row.length !== count) fail('Expected a row of ' + count + ' values, but got ' + row.length + '.')
  return Array.from(row)
}`,

  namedRow: `
const namedRow = (row, names, known, strict, impute) => {
  if (isArray(row)) return rowOf(row, names.length)
  if (row === null || typeof row !== 'object') fail('Expected an object of entries by column, or an array, as a row.')
  if (strict) {
    for (const key of Object.keys(row)) {
      if (!known.has(key)) fail('Unknown column ' + JSON.stringify(key) + '. The columns are ' + names.join(', ') + '.')
    }
  }
  return names.map((name) => (Object.hasOwn(row, name) ? row[name] : impute ? null : new Missing(name)))
}`,

  number: `
const number = (value, j) => {
  if (typeof value === 'number') return value === Infinity || value === -Infinity ? fail('Expected a finite number in column ' + j + ', but got ' + value + '.') : value
  if (value === null || value === undefined) return NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  missing(value)
  return fail('Expected a number, true, false or null in column ' + j + ', but got ' + typeof value + '.')
}`,

  category: `
const category = (value, j) => {
  if (value === null || value === undefined || value !== value) return null
  if (value === 0) return 0
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Math.abs(value) !== Infinity) return value
  missing(value)
  return fail('Expected a string, a finite number, true, false or null in column ' + j + '.')
}`,

  numbers: `
const numbers = (cells) => cells.map(number)`,

  inTurn: `
const inTurn = (...steps) => (cells) => steps.reduce((row, step) => step(row), cells)`,

  sideBySide: `
const sideBySide = (...parts) => (cells) => parts.flatMap(([places, step]) => step(places.map((place) => cells[place])))`,

  // Each column: its categories, what each becomes (null: its place), and what others become (undefined: an error).
  codes: `
const codes = (columns) => {
  const indices = columns.map(([categories]) => new Map(categories.map((value, k) => [value, k])))
  return (value, j) => {
    const label = category(value, j)
    const index = indices[j].get(label)
    if (index !== undefined) return columns[j][1] ? columns[j][1][index] : index
    const other = columns[j][2]
    return other === undefined ? fail('Expected one of the categories of training in column ' + j + ', but got ' + JSON.stringify(label) + '.') : other
  }
}`,

  oneHot: `
const oneHot = (width, columns) => {
  const code = codes(columns)
  return (cells) => {
    const out = new Array(width).fill(0)
    cells.forEach((value, j) => {
      const place = code(value, j)
      if (place >= 0) out[place] = 1
    })
    return out
  }
}`,

  ordinal: `
const ordinal = (columns) => {
  const code = codes(columns)
  return (cells) => cells.map(code)
}`,

  targets: `
const targets = (means, columns) => {
  const code = codes(columns)
  return (cells) => cells.flatMap((value, j) => {
    const index = code(value, j)
    return means.map((mean, k) => (index < 0 ? mean : columns[j][3][k][index]))
  })
}`,

  imputeNumbers: `
const imputeNumbers = (mark, statistics, kept, indicated) => (cells) => {
  const row = cells.map((value, j) => {
    const read = number(value, j)
    if (mark === mark && read !== read) fail('Expected a number in column ' + j + ': missing ones are ' + mark + '.')
    return read === mark ? NaN : read
  })
  return [
    ...kept.map((j) => (row[j] !== row[j] ? statistics[j] : row[j])),
    ...indicated.map((j) => (row[j] !== row[j] ? 1 : 0)),
  ]
}`,

  imputeWords: `
const imputeWords = (statistics, kept, indicated) => (cells) => {
  const row = cells.map(category)
  return [
    ...kept.map((j) => {
      if (row[j] === null) return statistics[j]
      return typeof row[j] === typeof statistics[j] ? row[j] : fail('Expected a ' + typeof statistics[j] + ' or null in column ' + j + '.')
    }),
    ...indicated.map((j) => row[j] === null),
  ]
}`,
} as const
