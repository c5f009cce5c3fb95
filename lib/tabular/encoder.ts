import { readNumber, readTime, readTruth, readWord, wordsOf } from './cells.js'
import { cellError } from './check-row.js'
import type { SchemaColumn } from './feature.js'
import { binOf, datePlaces, levelOf, type Plan, type PlanColumn, shareOfBin, timePlaces, writeDate } from './plan.js'
import type { Schema } from './schema.js'

/** A column of a plan as the encoder reads it. */
interface Ready extends PlanColumn {
  readonly places: ReadonlyMap<string, number>
  readonly numberPlaces: ReadonlyMap<number, number>
  /** Whether every object has a property of this name, which then is no cell. */
  readonly isInherited: boolean
  readonly column: SchemaColumn
}

/** Writes rows as numbers, by a plan. */
export class Encoder {
  readonly width: number
  readonly #schema: Schema<object>
  readonly #columns: readonly Ready[]
  readonly #center: Float64Array
  readonly #factor: Float64Array
  /** A row of zeros, scaled. */
  readonly #zeros: Float32Array
  /** A row of ones, scaled; and of minus ones. */
  readonly #ones: Float32Array
  readonly #minusOnes: Float32Array
  readonly #date = new Float64Array(datePlaces + timePlaces)

  constructor(plan: Plan, schema: Schema<object>) {
    this.width = plan.width
    this.#schema = schema
    this.#center = plan.center
    this.#factor = plan.factor
    this.#zeros = Float32Array.from({ length: plan.width }, (_, j) => this.#scaled(0, j))
    this.#ones = Float32Array.from({ length: plan.width }, (_, j) => this.#scaled(1, j))
    this.#minusOnes = Float32Array.from({ length: plan.width }, (_, j) => this.#scaled(-1, j))
    this.#columns = plan.columns.map((column) => ({
      ...column,
      places: new Map(column.values.map((value, k) => [value, k])),
      numberPlaces: new Map(column.kind === 'code' ? column.values.map((value, k) => [Number(value), k]) : []),
      isInherited: column.name in Object.prototype,
      column: schema.column(column.name),
    }))
  }

  /** Writes the row of zeros, which the columns of a row are then written over. */
  begin(out: Float32Array, offset: number): void {
    out.set(this.#zeros, offset)
  }

  /**
   * Writes one row at `out[offset]` and the places behind it.
   * @throws ArgumentError with row and column as `Schema.check` does.
   */
  encode(row: object, index: number, out: Float32Array, offset: number): void {
    const cells = row as Readonly<Record<string, unknown>>
    this.begin(out, offset)
    const columns = this.#columns
    let own = 0
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      let value: unknown = column.isInherited ? undefined : cells[column.name]
      if (value === undefined) {
        if (Object.hasOwn(row, column.name)) {
          own++
          value = cells[column.name]
        } else if (this.#schema.policy.missingColumns === 'error') this.#schema.check(row as never, index)
      } else own++
      if (!this.#write(column, value, out, offset)) throw cellError(column.column, value, index)
    }
    if (this.#schema.policy.unknownColumns === 'ignore') return
    let keys = 0
    for (const _ in row) keys++
    if (keys !== own) this.#schema.check(row as never, index)
  }

  /** Writes a cell of the column with this index; the value is one that fit has read. */
  writeCell(k: number, value: unknown, out: Float32Array, offset: number): void {
    this.#write(this.#columns[k]!, value, out, offset)
  }

  #write(column: Ready, value: unknown, out: Float32Array, offset: number): boolean {
    switch (column.kind) {
      case 'number':
      case 'code': {
        const number = typeof value === 'number' && value - value === 0 ? value : readNumber(value)
        if (number === undefined) return false
        this.#writeNumber(column, number, out, offset)
        return true
      }
      case 'boolean': {
        const truth = readTruth(value)
        if (truth === undefined) return false
        if (truth === truth) out[offset + column.at] = (truth === 1 ? this.#ones : this.#minusOnes)[column.at]!
        return true
      }
      case 'category': {
        const word = typeof value === 'string' && column.places.has(value) ? value : readWord(value)
        if (word === undefined) return false
        const place = word === null ? undefined : column.places.get(word)
        if (place === undefined) return true
        if (column.isSign && place < 2)
          out[offset + column.at] = (place === 0 ? this.#ones : this.#minusOnes)[column.at]!
        else this.#writeOne(column.hotAt + (column.isSign ? place - 2 : place), out, offset)
        return true
      }
      case 'date':
        return this.#writeDate(column, value, out, offset)
      default:
        return this.#writeText(column, value, out, offset)
    }
  }

  #writeNumber(column: Ready, number: number, out: Float32Array, offset: number): void {
    const { at, mean, edges, binsAt, hotAt } = column
    const isMissing = number !== number
    const known = isMissing ? mean : number
    out[offset + at] = this.#scaled(known, at)
    // Bins above the number are 0, which is there.
    for (let bin = 0; bin < edges.length - 1 && known > edges[bin]!; bin++) {
      const place = binsAt + bin
      const isWhole = known >= edges[bin + 1]!
      out[offset + place] = isWhole ? this.#ones[place]! : this.#scaled(shareOfBin(known, edges, bin), place)
    }
    if (column.levelAt >= 0) out[offset + column.levelAt] = levelOf(known, column)
    if (isMissing) this.#writeMissing(column, out, offset)
    else if (hotAt >= 0) {
      const place = column.numberPlaces.get(number)
      if (place !== undefined) this.#writeOne(hotAt + place, out, offset)
    }
  }

  #writeOne(place: number, out: Float32Array, offset: number): void {
    out[offset + place] = this.#ones[place]!
  }

  #writeMissing({ missingAt }: Ready, out: Float32Array, offset: number): true {
    if (missingAt >= 0) this.#writeOne(missingAt, out, offset)
    return true
  }

  #writeDate(column: Ready, value: unknown, out: Float32Array, offset: number): boolean {
    const time = readTime(value)
    if (time === undefined) return false
    const isMissing = Number.isNaN(time)
    writeDate(isMissing ? column.mean : time, column, this.#date, 0)
    const places = column.hasTime ? datePlaces + timePlaces : datePlaces
    for (let k = 0; k < places; k++) out[offset + column.at + k] = this.#scaled(this.#date[k]!, column.at + k)
    return isMissing ? this.#writeMissing(column, out, offset) : true
  }

  #writeText({ at, bins, missingAt }: Ready, value: unknown, out: Float32Array, offset: number): boolean {
    const text = readWord(value)
    if (text === undefined) return false
    if (text === null) {
      if (missingAt >= 0) this.#writeOne(missingAt, out, offset)
      return true
    }
    const counts = new Map<number, number>()
    for (const word of wordsOf(text)) {
      const bin = binOf(word, bins)
      counts.set(bin, (counts.get(bin) ?? 0) + 1)
    }
    for (const [bin, count] of counts) out[offset + at + bin] = this.#scaled(Math.log1p(count), at + bin)
    return true
  }

  #scaled(x: number, j: number): number {
    const z = Math.min(Math.max((x - this.#center[j]!) * this.#factor[j]!, -1e6), 1e6)
    return z / Math.sqrt(1 + (z / 3) * (z / 3))
  }
}
