import { checkBoolean, checkInteger, checkString, invalid, mismatch, optionKeys } from '../base/check.js'
import type { LabelsLike } from '../learning/labels.js'
import type { LabelOptions } from './confusion.js'
import { checkMetricOptions } from './labels.js'
import { combine, readRequest, type Shares, shares } from './prf.js'
import type { ZeroDivision } from './undefined.js'

/** What `classificationReport` takes. */
export interface ClassificationReportOptions extends LabelOptions {
  /** What to call the labels, in their order. */
  targetNames?: readonly string[] | undefined
  /** Digits behind the point, in the text; 2 by default. */
  digits?: number | undefined
  /** Returns the numbers rather than the text; false by default. */
  outputDict?: boolean | undefined
  /** What 0 / 0 is; 0 with a warning when missing. NaN is left out of means. */
  zeroDivision?: ZeroDivision | undefined
}

/** One line of a report. */
export interface ReportLine {
  precision: number
  recall: number
  f1: number
  /** The weight of the rows that have the label. */
  support: number
}

/** A report as numbers. */
export interface ClassificationReport {
  /** One entry a label, in their order. */
  labels: (ReportLine & { name: string })[]
  /** There unless labels were left out. */
  accuracy?: number
  /** In place of accuracy where labels were left out: all rows of those that were not, together. */
  microAverage?: ReportLine
  /** The mean over labels. */
  macroAverage: ReportLine
  /** The same by the weight of their rows. */
  weightedAverage: ReportLine
}

/**
 * Precision, recall, F1 and support of each label and on the average, as a table of text or, with `outputDict: true`, as numbers.
 * @throws ArgumentError for wrong labels, weights or options, or another number of names than labels.
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
  const known = optionKeys<ClassificationReportOptions>({
    sampleWeight: true,
    labels: true,
    targetNames: true,
    digits: true,
    outputDict: true,
    zeroDivision: true,
  })
  checkMetricOptions(options, 'classificationReport', known)
  checkInteger(digits, 'digits', { min: 0, max: 15 })
  checkBoolean(outputDict, 'outputDict')
  const { pair, zeroDivision } = readRequest(yTrue, yPred, others, 'none')
  const names = readNames(targetNames, pair.labels)
  // One warning tells of all labels.
  const each = shares({ pair, average: 'none', zeroDivision }, 1, ['Precision', 'Recall', 'F-score'])
  const quiet = zeroDivision === 'warn' ? 0 : zeroDivision
  const micro = shares({ pair, average: 'micro', zeroDivision: quiet }, 1, [])
  // Where all labels count, what is right of all labels together is the accuracy.
  const isWhole = ![pair.truth, pair.predicted].some((codes) => codes.includes(-1))
  const report: ClassificationReport = {
    labels: names.map((name, k) => ({
      name,
      precision: each.precision[k]!,
      recall: each.recall[k]!,
      f1: each.fScore[k]!,
      support: each.support[k]!,
    })),
    ...(isWhole ? { accuracy: micro.precision[0]! } : { microAverage: average(micro, 'micro') }),
    macroAverage: average(each, 'macro'),
    weightedAverage: average(each, 'weighted'),
  }
  return outputDict ? report : textOf(report, digits, pair.weights !== undefined)
}

function average({ precision, recall, fScore, support }: Shares, how: 'micro' | 'macro' | 'weighted'): ReportLine {
  return {
    precision: combine(precision, support, how),
    recall: combine(recall, support, how),
    f1: combine(fScore, support, how),
    support: support.reduce((sum, value) => sum + value, 0),
  }
}

function readNames(given: unknown, labels: readonly unknown[]): string[] {
  if (given === undefined) return labels.map(String)
  if (!Array.isArray(given)) throw invalid('targetNames', 'an array of names', given)
  const names = given.map((name, k) => checkString(name, `targetNames[${k}]`))
  if (names.length === labels.length) return names
  throw mismatch('targetNames', `${labels.length} names, as many as there are labels`, `${names.length}`)
}

/** Laid out as scikit-learn's. */
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

/** A number of so many digits; what lies in the very middle goes to the even one, as in Python. */
function fixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan'
  const text = value.toFixed(digits)
  const exact = value.toFixed(100)
  const cut = exact.indexOf('.') + 1 + digits
  const isMiddle = /^50*$/.test(exact.slice(cut))
  const below = exact.slice(0, digits === 0 ? cut - 1 : cut)
  return isMiddle && Number(below.at(-1)) % 2 === 0 ? below : text
}
