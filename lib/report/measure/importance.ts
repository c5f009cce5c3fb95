import type { Matrix } from '../../base/matrix.js'
import { permutationImportance } from '../../inspection/permutation-importance.js'
import { r2, rocAuc } from '../../metrics/index.js'
import type { Table } from '../../table/table.js'
import type { ReportSettings } from '../options.js'
import type { ReportData } from '../read/data.js'
import { predictRows } from '../read/predictions.js'
import type { Subject } from '../read/subject.js'
import { drawn } from './drawn.js'
import { secondOf } from './scores.js'

/** How much a model relies on each column, the most important first. */
export interface ImportanceFindings {
  /** The score that falls when a column is shuffled, and its value before. */
  readonly score: string
  readonly baseline: number
  readonly rows: number
  readonly repeats: number
  readonly columns: readonly { readonly name: string; readonly mean: number; readonly deviation: number }[]
  /** Columns that the time limit left out. */
  readonly missing: number
}

const mostRows = 2000
/** Evaluations of the model, about. */
const evaluations = 200

export async function importanceOf(
  subject: Subject,
  data: ReportData,
  settings: ReportSettings,
): Promise<ImportanceFindings | undefined> {
  const timeLimit = (settings.deadline - performance.now()) / 1000
  if (timeLimit <= 0) return undefined
  const { x, truth } = drawn(data, mostRows, settings.seed)
  const columns = data.rows.names
  const repeats = Math.min(5, Math.max(1, Math.floor(evaluations / columns.length)))
  const isRanked = subject.task.name === 'classes' && subject.task.classes.length === 2 && truth.name === 'classes'
  const hasBoth = truth.name === 'classes' && new Set(truth.labels).size > 1
  let name = truth.name === 'numbers' ? 'R²' : 'accuracy'
  const score = async (_: object, rows: Matrix | Table) => {
    const predictions = await predictRows(subject, rows, settings.signal, isRanked ? 'scores' : 'all')
    if (truth.name === 'numbers') return r2(truth.values, (predictions as { values: Float64Array }).values)
    if (predictions.name === 'numbers') return Number.NaN
    const scores = predictions.probabilities && isRanked ? secondOf(predictions.probabilities) : predictions.decisions
    if (isRanked && hasBoth && scores) {
      name = 'ROC AUC'
      return rocAuc(truth.labels, scores)
    }
    return (
      truth.labels.reduce((sum, label, i) => sum + Number(label === predictions.labels[i]), 0) / truth.labels.length
    )
  }
  if (truth.name === 'numbers' && truth.values.every((value) => value === truth.values[0])) return undefined
  const found = await permutationImportance(subject.model, x, undefined, {
    ...{ scoring: score, nRepeats: repeats, seed: settings.seed, signal: settings.signal },
    timeLimit: timeLimit === Infinity ? undefined : timeLimit,
    onProgress: ({ done, total }) => settings.tell('inspecting', (0.7 * done) / total),
  })
  const all = columns.map((column, k) => ({
    ...{ name: column, mean: found.importancesMean[k]!, deviation: found.importancesStd[k]! },
  }))
  const known = all.filter(({ mean }) => !Number.isNaN(mean)).sort((a, b) => b.mean - a.mean)
  if (known.length === 0) return undefined
  return {
    ...{ score: name, baseline: found.baseline, rows: x.rows, repeats, columns: known },
    missing: all.length - known.length,
  }
}
