import type { Work } from '../../base/breathing.js'
import { mismatch } from '../../base/check.js'
import { rmse, rocAuc } from '../../metrics/index.js'
import type { ColumnLike } from '../../table/table.js'
import type { Schema } from '../../tabular/schema.js'
import type { Predictions } from '../read/predictions.js'
import type { ReportRows } from '../read/rows.js'
import type { Truth } from '../read/truth.js'
import { wilson } from './wilson.js'

/** Scores of the rows with one value of a column. */
export interface Group {
  readonly value: string
  readonly rows: number
  /** Accuracy, or RMSE. */
  readonly score: number
  /** The 95 % interval of an accuracy. */
  readonly interval: readonly [number, number] | undefined
  /** Of two classes, where both are there at least ten times. */
  readonly auc: number | undefined
  /** Of two classes: shares of the second among predictions and truth; of numbers the means. */
  readonly predicted: number | undefined
  readonly actual: number | undefined
}

/** The groups of a column, the largest first. */
export interface GroupTable {
  readonly column: string
  readonly groups: readonly Group[]
}

const mostValues = 8
const mostColumns = 16
/** A column of more different values is not for groups. */
const mostDifferent = 50
const leastForAuc = 10

/** What groups are scored by. */
export interface Scored {
  readonly truth: Truth
  readonly predictions: Predictions
  /** Of two classes: a score for each row, higher for the second. */
  readonly scores: Float64Array | undefined
  readonly isBinary: boolean
}

/**
 * The columns to score by group: those of words, codes and booleans, or `chosen`.
 * @throws ArgumentError for a column of `chosen` that the rows do not have.
 */
export function groupColumns(
  rows: ReportRows,
  schema: Schema | undefined,
  chosen: readonly string[] | undefined,
): readonly string[] {
  for (const name of chosen ?? []) {
    if (rows.names.includes(name)) continue
    throw mismatch('groups', `columns of the rows (${rows.names.slice(0, 10).join(', ')})`, JSON.stringify(name))
  }
  const kinds = new Map(schema?.columns.map(({ name, kind }) => [name, kind]))
  const isGroup = (name: string) => {
    const kind = kinds.get(name)
    if (kind !== undefined) return kind === 'category' || kind === 'code' || kind === 'boolean'
    return typeof rows.column(name)[0] !== 'number' && !(rows.column(name) instanceof Float64Array)
  }
  return chosen ?? rows.names.filter(isGroup).slice(0, mostColumns)
}

/** The groups of a column, one in each step; undefined where there is one group alone, or too many. */
export function* groupsOf(
  name: string,
  column: ColumnLike,
  scored: Scored,
  isChosen: boolean,
): Work<GroupTable | undefined> {
  const byValue = rowsByValue(column)
  yield
  if (byValue.size > mostDifferent && !isChosen) return undefined
  const isNumeric = column instanceof Float64Array && byValue.size > mostValues
  const groups = [...(isNumeric ? rowsByQuarter(column) : byValue)].sort(([, a], [, b]) => b.length - a.length)
  if (groups.length < 2) return undefined
  const rest = groups.slice(mostValues - 1).flatMap(([, rows]) => rows)
  const shown: [string, number[]][] =
    groups.length > mostValues
      ? [...groups.slice(0, mostValues - 1), [`${groups.length - mostValues + 1} others`, rest]]
      : groups
  const found: Group[] = []
  for (const [value, rows] of shown) {
    found.push(groupOf(value, rows, scored))
    yield
  }
  return { column: name, groups: found }
}

function rowsByValue(column: ColumnLike): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    const word = value === null || value === undefined || Number.isNaN(value) ? 'missing' : String(value)
    const rows = groups.get(word)
    if (rows) rows.push(i)
    else groups.set(word, [i])
  }
  return groups
}

function rowsByQuarter(column: Float64Array): [string, number[]][] {
  const present = column.filter((value) => !Number.isNaN(value)).sort()
  const edges = [0, 0.25, 0.5, 0.75, 1].map((share) => present[Math.round(share * (present.length - 1))]!)
  const short = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
  const quarters: number[][] = [[], [], [], []]
  const missing: number[] = []
  for (const [i, value] of column.entries()) {
    const quarter = value <= edges[1]! ? 0 : value <= edges[2]! ? 1 : value <= edges[3]! ? 2 : 3
    const rows = Number.isNaN(value) ? missing : quarters[quarter]!
    rows.push(i)
  }
  const labelled = quarters.map((rows, quarter): [string, number[]] => [
    `${quarter > 0 ? 'above ' : ''}${short(edges[quarter]!)} to ${short(edges[quarter + 1]!)}`,
    rows,
  ])
  return [...labelled, ['missing', missing] as [string, number[]]].filter(([, rows]) => rows.length > 0)
}

function groupOf(value: string, rows: readonly number[], { truth, predictions, scores, isBinary }: Scored): Group {
  if (truth.name === 'numbers' || predictions.name === 'numbers') {
    const [all, guesses] = [
      (truth as { values: Float64Array }).values,
      (predictions as { values: Float64Array }).values,
    ]
    const [own, guessed] = [Float64Array.from(rows, (i) => all[i]!), Float64Array.from(rows, (i) => guesses[i]!)]
    const mean = (values: Float64Array) => values.reduce((sum, number) => sum + number, 0) / values.length
    const scored = { score: rmse(own, guessed), interval: undefined, auc: undefined }
    return { value, rows: rows.length, ...scored, predicted: mean(guessed), actual: mean(own) }
  }
  const own = rows.map((i) => truth.labels[i]!)
  const right = rows.reduce((sum, i) => sum + Number(truth.labels[i] === predictions.labels[i]), 0)
  const positives = own.reduce((sum, label) => sum + label, 0)
  const hasAuc = isBinary && scores && Math.min(positives, rows.length - positives) >= leastForAuc
  return {
    ...{ value, rows: rows.length, score: right / rows.length, interval: wilson(right, rows.length) },
    auc: hasAuc
      ? rocAuc(
          own,
          Float64Array.from(rows, (i) => scores[i]!),
        )
      : undefined,
    predicted: isBinary ? rows.reduce((sum, i) => sum + predictions.labels[i]!, 0) / rows.length : undefined,
    actual: isBinary ? positives / rows.length : undefined,
  }
}
