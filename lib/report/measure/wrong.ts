import { descendingOrder } from '../../math/sort.js'
import type { ReportData } from '../read/data.js'
import type { Predictions } from '../read/predictions.js'
import { type Cell, cellOf } from './cell.js'

/** A row that the model predicts badly. */
export interface WrongRow {
  /** Its number among the rows that were given. */
  readonly row: number
  readonly truth: string | number
  readonly predicted: string | number
  /** The probability of the predicted class, and of the true one; of numbers the error. */
  readonly confidence: number | undefined
  readonly truthProbability: number | undefined
  readonly error: number | undefined
  readonly cells: readonly Cell[]
}

/** Rows that the model predicts worst. */
export interface WrongFindings {
  readonly columns: readonly string[]
  readonly rows: readonly WrongRow[]
  /** How many rows are wrong in all; of numbers undefined. */
  readonly count: number | undefined
}

const mostRows = 12
const mostColumns = 8

/** @param columns the columns to show, the most important first. */
export function wrongRows(
  { rows, truth, numbers }: ReportData,
  predictions: Predictions,
  classes: readonly string[],
  columns: readonly string[],
): WrongFindings {
  const shown = columns.slice(0, mostColumns)
  const entries = shown.map((name) => rows.column(name))
  const cells = (i: number) => entries.map((column) => cellOf(column[i]))
  if (truth.name === 'numbers' || predictions.name === 'numbers') {
    const [own, guessed] = [
      (truth as { values: Float64Array }).values,
      (predictions as { values: Float64Array }).values,
    ]
    const worst = descendingOrder(own.map((value, i) => Math.abs(guessed[i]! - value))).slice(0, mostRows)
    const toRow = (i: number): WrongRow => ({
      ...{ row: numbers[i]!, truth: own[i]!, predicted: guessed[i]!, error: guessed[i]! - own[i]!, cells: cells(i) },
      ...{ confidence: undefined, truthProbability: undefined },
    })
    return { columns: shown, rows: Array.from(worst, toRow), count: undefined }
  }
  const { labels, probabilities } = predictions
  const probability = (i: number, k: number) => probabilities?.data[i * probabilities.cols + k]
  const wrong = Uint32Array.from(truth.labels, (_, i) => i).filter((i) => truth.labels[i] !== labels[i])
  const regret = Float64Array.from(
    wrong,
    (i) => (probability(i, labels[i]!) ?? 0) - (probability(i, truth.labels[i]!) ?? 0),
  )
  const worst = Array.from(descendingOrder(regret).slice(0, mostRows), (k) => wrong[k]!)
  const toRow = (i: number): WrongRow => ({
    ...{ row: numbers[i]!, truth: classes[truth.labels[i]!]!, predicted: classes[labels[i]!]!, error: undefined },
    ...{ confidence: probability(i, labels[i]!), truthProbability: probability(i, truth.labels[i]!), cells: cells(i) },
  })
  return { columns: shown, rows: worst.map(toRow), count: wrong.length }
}
