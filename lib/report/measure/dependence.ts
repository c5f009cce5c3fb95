import { Matrix } from '../../base/matrix.js'
import { partialDependence } from '../../inspection/partial-dependence.js'
import { quantileOf } from '../../math/percentiles.js'
import type { CellValue, ColumnLike, Table } from '../../table/table.js'
import type { ReportSettings } from '../options.js'
import type { ReportData } from '../read/data.js'
import { predictRows } from '../read/predictions.js'
import type { Subject } from '../read/subject.js'
import { drawn } from './drawn.js'

/** What a model predicts on average when a column has the same value in all rows. */
export interface Dependence {
  readonly column: string
  /** Numbers, ascending; or values of a category, the most frequent first. */
  readonly values: readonly (number | string)[]
  /** For each output: its name, and one number for each value. */
  readonly outputs: readonly { readonly name: string; readonly means: readonly number[] }[]
}

const mostRows = 500
const mostColumns = 6
const points = 24
const mostCategories = 10
const mostOutputs = 6

/** The dependence on the first of `columns` for which there is one. */
export async function dependencesOf(
  subject: Subject,
  data: ReportData,
  columns: readonly string[],
  settings: ReportSettings,
): Promise<Dependence[]> {
  const { x } = drawn(data, mostRows, settings.seed)
  const found: Dependence[] = []
  for (const column of columns) {
    const timeLimit = (settings.deadline - performance.now()) / 1000
    if (found.length === mostColumns || timeLimit <= 0) break
    const grid = gridOf(data.rows.column(column), subject.schema?.columns.find(({ name }) => name === column)?.kind)
    if (!grid) continue
    const feature = data.rows.names.indexOf(column)
    const { average, stopReason } = await partialDependence(subject.model, x, {
      ...{ features: feature, customValues: { [feature]: grid }, signal: settings.signal },
      timeLimit: timeLimit === Infinity ? undefined : timeLimit,
      responseMethod: (_model: object, rows: Matrix | Table) => respond(subject, rows, settings.signal),
    })
    if (stopReason === 'timeLimit' || !average) break
    const values = Array.from(grid, (value) => (typeof value === 'number' ? value : String(value)))
    const outputs = average
      .slice(0, mostOutputs)
      .map((means, k) => ({ name: outputName(subject, k), means: [...means] }))
    found.push({ column, values, outputs })
    await settings.tell('inspecting', 0.7 + (0.3 * found.length) / mostColumns)
  }
  return found
}

function outputName({ task }: Subject, k: number): string {
  if (task.name === 'numbers') return 'prediction'
  return String(task.classes.length === 2 ? task.classes[1] : task.classes[k])
}

async function respond(subject: Subject, rows: Matrix | Table, signal: AbortSignal | undefined): Promise<Matrix> {
  const predictions = await predictRows(subject, rows, signal, 'scores')
  if (predictions.name === 'numbers') return columnOf(predictions.values)
  const { probabilities, decisions, labels } = predictions
  const isBinary = subject.task.name === 'classes' && subject.task.classes.length === 2
  if (probabilities && !isBinary) return probabilities
  if (probabilities) return columnOf(Float64Array.from(labels, (_, i) => probabilities.data[2 * i + 1]!))
  return columnOf(decisions ?? Float64Array.from(labels))
}

const columnOf = (values: Float64Array) => new Matrix(Float32Array.from(values), values.length, 1)

/** The values that a column is given; undefined for a column of text, of dates, or of a single value. */
function gridOf(column: ColumnLike, kind: string | undefined): CellValue[] | Float64Array | undefined {
  if (kind === 'text' || kind === 'date' || kind === 'constant' || kind === 'id' || kind === 'ignored') return undefined
  if (!(column instanceof Float64Array)) return categoriesOf(column)
  const sorted = column.filter((value) => !Number.isNaN(value)).sort()
  const unique = sorted.filter((value, k) => k === 0 || value !== sorted[k - 1])
  if (unique.length < 2) return undefined
  if (unique.length <= points) return unique
  const [low, high] = [quantileOf(sorted, 0.02), quantileOf(sorted, 0.98)]
  if (low === high) return Float64Array.of(unique[0]!, unique.at(-1)!)
  return Float64Array.from({ length: points }, (_, k) => low + ((high - low) * k) / (points - 1))
}

function categoriesOf(column: ColumnLike): CellValue[] | undefined {
  const counts = new Map<CellValue, number>()
  for (let i = 0; i < column.length; i++) {
    const value = column[i] ?? null
    if (value instanceof Date) return undefined
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  // As many values as rows are names of rows.
  if (counts.size < 2 || counts.size > column.length / 2) return undefined
  const byCount = [...counts].sort(([, a], [, b]) => b - a)
  return byCount.slice(0, mostCategories).map(([value]) => value)
}
