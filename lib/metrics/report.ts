import { checkBoolean, checkInteger, checkString, invalid, mismatch, optionKeys } from '../base/check.js'
import type { LabelsLike } from '../learning/labels.js'
import type { LabelOptions } from './confusion.js'
import { checkMetricOptions } from './labels.js'
import { combine, readRequest, type Shares, shares } from './prf.js'
import type { ZeroDivision } from './undefined.js'

/** Options of `classificationReport`. */
export interface ClassificationReportOptions extends LabelOptions {
  /** Names of the labels, in their order. */
  targetNames?: readonly string[] | undefined
  /** Digits after the decimal point in the text; 2 by default. */
  digits?: number | undefined
  /** Whether to return an object of numbers in place of text; false by default. */
  outputDict?: boolean | undefined
  /** The value of 0 / 0; 0 with a warning by default. Means leave NaN out. */
  zeroDivision?: ZeroDivision | undefined
}

/** One line of a report. */
export interface ReportLine {
  precision: number
  recall: number
  f1: number
  /** The weight of the rows with the label. */
  support: number
}

/** A report as numbers. */
export interface ClassificationReport {
  /** An entry for each label, in order. */
  labels: (ReportLine & { name: string })[]
  /** Missing if `labels` leaves labels out. */
  accuracy?: number
  /** In place of accuracy if `labels` leaves labels out: of all rows together. */
  microAverage?: ReportLine
  /** The mean over labels. */
  macroAverage: ReportLine
  /** The mean over labels, weighted by their support. */
  weightedAverage: ReportLine
}

/**
 * Precision, recall, F1 and support of each label and their averages, as a table of text or, with `outputDict: true`, as numbers.
 * @throws ArgumentError for wrong labels, weights or options, or a wrong number of names.
 * @example
 * console.log(metrics.classificationReport(['cat', 'dog', 'dog'], ['cat', 'cat', 'dog']))
 */
export function classificationReport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: ClassificationReportOptions & { outputDict: true },
): ClassificationReport
export function classificationReport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options?: ClassificationReportOptions & { outputDict?: false | undefined },
): string
export function classificationReport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: ClassificationReportOptions = {},
): string | ClassificationReport {
  const { targetNames, digits = 2, outputDict = false, ...others } = options
  const keys = optionKeys<ClassificationReportOptions>({
    sampleWeight: true,
    labels: true,
    targetNames: true,
    digits: true,
    outputDict: true,
    zeroDivision: true,
  })
  checkMetricOptions(options, 'classificationReport', keys)
  checkInteger(digits, 'digits', { min: 0, max: 15 })
  checkBoolean(outputDict, 'outputDict')
  const { pair, zeroDivision } = readRequest(yTrue, yPred, others, 'none')
  const names = readNames(targetNames, pair.labels)
  // One warning for all labels.
  const byLabel = shares({ pair, average: 'none', zeroDivision }, 1, ['Precision', 'Recall', 'F-score'])
  const quiet = zeroDivision === 'warn' ? 0 : zeroDivision
  const micro = shares({ pair, average: 'micro', zeroDivision: quiet }, 1, [])
  // If all labels count, the micro average is the accuracy.
  const isWhole = ![pair.truth, pair.predicted].some((codes) => codes.includes(-1))
  const report: ClassificationReport = {
    labels: names.map((name, k) => ({
      name,
      precision: byLabel.precision[k]!,
      recall: byLabel.recall[k]!,
      f1: byLabel.fScore[k]!,
      support: byLabel.support[k]!,
    })),
    ...(isWhole ? { accuracy: micro.precision[0]! } : { microAverage: average(micro, 'micro') }),
    macroAverage: average(byLabel, 'macro'),
    weightedAverage: average(byLabel, 'weighted'),
  }
  return outputDict ? report : textOf(report, digits, pair.weights !== undefined)
}

function average({ precision, recall, fScore, support }: Shares, rule: 'micro' | 'macro' | 'weighted'): ReportLine {
  return {
    precision: combine(precision, support, rule),
    recall: combine(recall, support, rule),
    f1: combine(fScore, support, rule),
    support: support.reduce((sum, value) => sum + value, 0),
  }
}

function readNames(targetNames: unknown, labels: readonly unknown[]): string[] {
  if (targetNames === undefined) return labels.map(String)
  if (!Array.isArray(targetNames)) throw invalid('targetNames', 'an array of names', targetNames)
  const names = targetNames.map((name, k) => checkString(name, `targetNames[${k}]`))
  if (names.length === labels.length) return names
  throw mismatch('targetNames', `${labels.length} names, as many as there are labels`, `${names.length}`)
}

/** The report as text, in scikit-learn's layout. */
function textOf(report: ClassificationReport, digits: number, weighted: boolean): string {
  const width = Math.max('weighted avg'.length, digits, ...report.labels.map(({ name }) => name.length))
  const line = (name: string, cells: readonly string[]) =>
    `${name.padStart(width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`
  const support = (value: number) => (weighted && Number.isInteger(value) ? value.toFixed(1) : `${value}`)
  const whole = (name: string, row: ReportLine) =>
    line(name, [...[row.precision, row.recall, row.f1].map((value) => fixed(value, digits)), support(row.support)])
  const { accuracy, microAverage, macroAverage, weightedAverage } = report
  const first =
    accuracy === undefined
      ? whole('micro avg', microAverage!)
      : line('accuracy', ['', '', fixed(accuracy, digits), support(macroAverage.support)])
  const table = report.labels.map(({ name, ...row }) => whole(name, row)).join('')
  const head = line('', ['precision', 'recall', 'f1-score', 'support'])
  return `${head}\n${table}\n${first}${whole('macro avg', macroAverage)}${whole('weighted avg', weightedAverage)}`
}

/** A number with `digits` digits after the point; ties are rounded to the even digit, as in Python. */
function fixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan'
  const text = value.toFixed(digits)
  const exact = value.toFixed(100)
  const cut = exact.indexOf('.') + 1 + digits
  const isTie = /^50*$/.test(exact.slice(cut))
  const below = exact.slice(0, digits === 0 ? cut - 1 : cut)
  return isTie && Number(below.at(-1)) % 2 === 0 ? below : text
}
