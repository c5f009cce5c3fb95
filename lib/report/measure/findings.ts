import { Breather, runBreathing } from '../../base/breathing.js'
import type { ReportSettings } from '../options.js'
import { readData } from '../read/data.js'
import { type Predictions, predictRows } from '../read/predictions.js'
import type { Subject } from '../read/subject.js'
import { type CardGroup, cardOf } from './card.js'
import { type ClassFindings, findingsOfClasses } from './classes.js'
import { type ColumnFinding, columnFinding } from './columns.js'
import { type Dependence, dependencesOf } from './dependence.js'
import { type GroupTable, groupColumns, groupsOf } from './groups.js'
import { type ImportanceFindings, importanceOf } from './importance.js'
import { coverageOf, findingsOfNumbers, type NumberFindings } from './numbers.js'
import { type Score, scoresOfClasses, scoresOfNumbers, secondOf } from './scores.js'
import { type TrainingFindings, trainingOf } from './training.js'
import { type WrongFindings, wrongRows } from './wrong.js'

/** All that a report shows. */
export interface Findings {
  readonly title: string
  readonly description: string | undefined
  readonly kind: string
  readonly target: string
  readonly rows: number
  readonly total: number
  readonly data: string | undefined
  readonly scores: readonly Score[]
  readonly training: TrainingFindings | undefined
  readonly classes: ClassFindings | undefined
  readonly numbers: NumberFindings | undefined
  readonly groups: readonly GroupTable[]
  /** Undefined where it was not asked for, or there was no time. */
  readonly importance: ImportanceFindings | undefined
  readonly dependences: readonly Dependence[]
  readonly wrong: WrongFindings
  readonly columns: readonly ColumnFinding[]
  /** Columns that are not listed, since there are too many. */
  readonly unlisted: number
  /** Of a table model: sentences on its training rows, and on what is different in the rows of the report. */
  readonly warnings: readonly string[]
  readonly driftWarnings: readonly string[]
  readonly card: readonly CardGroup[]
}

/** Most columns that are listed. */
const mostColumns = 200

/** Measures a model on rows, in steps between turns of the event loop. */
export async function findingsOf(subject: Subject, settings: ReportSettings): Promise<Findings> {
  const { model, task, schema, kind } = subject
  const { signal, tell } = settings
  await tell('reading')
  const data = await readData(subject, settings)
  const { rows, truth } = data
  const grouped = groupColumns(rows, schema, settings.groups)
  await tell('predicting')
  const predictions = await predictRows(subject, rows.x, signal)
  const intervals = truth.name === 'numbers' ? await coverageOf(model, rows.x, truth.values, signal) : []
  await tell('measuring')
  const breather = new Breather()
  const breathe = async () => {
    await breather.turn()
    signal?.throwIfAborted()
  }
  const classNames = task.name === 'classes' ? task.classes.map(String) : []
  let scores: Score[]
  let classes: ClassFindings | undefined
  let numbers: NumberFindings | undefined
  if (truth.name === 'classes' && predictions.name === 'classes') {
    scores = await scoresOfClasses(truth.labels, predictions, classNames.length, breather)
    await breathe()
    classes = await findingsOfClasses(classNames, truth.labels, predictions, breather)
  } else {
    const values = (predictions as Predictions & { name: 'numbers' }).values
    const own = (truth as { values: Float64Array }).values
    scores = scoresOfNumbers(own, values)
    await breathe()
    numbers = await findingsOfNumbers(own, values, intervals, settings.seed)
  }
  await breathe()
  const isBinary = classNames.length === 2
  const binary = predictions.name === 'classes' && isBinary ? predictions : undefined
  const ranked = binary?.probabilities ? secondOf(binary.probabilities) : binary?.decisions
  const groups: GroupTable[] = []
  const scored = { truth, predictions, scores: ranked, isBinary }
  for (const name of grouped) {
    const table = await runBreathing(groupsOf(name, rows.column(name), scored, settings.groups !== undefined), signal)
    if (table) groups.push(table)
    await breathe()
  }
  const drift = schema && (await model.drift?.(rows.x, signal ? { signal } : {}))
  const drifts = new Map(drift?.columns.map((column) => [column.column, column]))
  const columns: ColumnFinding[] = []
  for (const name of rows.names.slice(0, mostColumns)) {
    columns.push(columnFinding(rows, name, schema, drifts.get(name)))
    if (breather.isDue) await breathe()
  }
  await tell('inspecting')
  const importance = settings.inspect ? await importanceOf(subject, data, settings) : undefined
  const byImportance = importance?.columns.map(({ name }) => name) ?? rows.names
  const dependences = importance ? await dependencesOf(subject, data, byImportance, settings) : []
  await breathe()
  const wrong = wrongRows(data, predictions, classNames, byImportance)
  await breathe()
  const { title = kind, description, data: source, history } = settings
  const { warnings = [] } = model.report ?? {}
  return {
    ...{ title, description, kind, target: data.target, rows: rows.count, total: data.total, data: source },
    ...{ scores, training: trainingOf(model, history), classes, numbers, groups, importance, dependences, wrong },
    ...{ columns, unlisted: rows.names.length - columns.length, warnings, driftWarnings: drift?.warnings ?? [] },
    card: cardOf(subject, data, settings),
  }
}
