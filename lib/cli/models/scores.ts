import { Matrix } from '../../base/matrix.js'
import {
  accuracy,
  classificationReport,
  confusionMatrix,
  f1,
  logLoss,
  mae,
  medianAbsoluteError,
  r2,
  rmse,
  rocAuc,
} from '../../metrics/index.js'
import { type ClassPredictions, predictRows } from '../../report/read/predictions.js'
import type { Subject } from '../../report/read/subject.js'
import type { Table } from '../../table/table.js'
import { readNumber } from '../../tabular/cells.js'
import { wrong } from '../terminal/failure.js'
import { columns, count, figure } from '../terminal/numbers.js'
import { entranceOf, type OpenedModel } from './open.js'

/** How well a model answers rows whose answers are known. */
export interface Scores {
  readonly rows: number
  readonly task: 'classes' | 'numbers'
  readonly scores: Readonly<Record<string, number>>
  /** What guessing the most frequent class, or the mean, scores. */
  readonly baseline: Readonly<Record<string, number>>
  readonly classes?: readonly { label: string; precision: number; recall: number; f1: number; rows: number }[]
  /** Rows by class and by predicted class. */
  readonly confusion?: readonly (readonly number[])[]
}

/** Names of scores for people. */
const names: Readonly<Record<string, string>> = {
  ...{ accuracy: 'accuracy', auc: 'AUC', logLoss: 'log loss', f1: 'F1' },
  ...{ rmse: 'RMSE', mae: 'mean absolute error', medianAbsoluteError: 'median absolute error', r2: 'R2' },
}

/**
 * Scores a model on rows.
 * @throws ArgumentError for missing columns, a missing target, or a class that the model does not have.
 */
export async function scoreModel(
  opened: OpenedModel,
  rows: Table,
  target: string,
  file: string,
  signal: AbortSignal,
  network?: Subject,
): Promise<Scores> {
  const { servable } = opened
  const entrance = entranceOf(opened, rows.names, target, file)
  const inputs = Array.from(rows, (row) => entrance.rowOf(row))
  if (network?.task.name === 'classes') {
    const { classes } = network.task
    const answers = await predictRows(network, Matrix.from(inputs as number[][]), signal)
    const { labels, probabilities } = answers as ClassPredictions
    const predicted = Array.from(labels, (k) => String(classes[k]))
    const truth = classNumbers(classes, rows, target, file).map((k) => String(classes[k]))
    return scoreClasses(classes.map(String), truth, predicted, probabilities, file)
  }
  const { classes, hasProbabilities } = servable
  const { predictions, probabilities } = await servable.many(inputs, hasProbabilities && classes !== undefined, signal)
  const truth = answersOf(rows, target, file)
  if (classes)
    return scoreClasses(
      classes.map(String),
      truth.map(String),
      [...(predictions as Iterable<unknown>)].map(String),
      probabilities,
      file,
    )
  return scoreNumbers(truth, predictions, target, file)
}

/** @throws ArgumentError for a row without an answer. */
function answersOf(rows: Table, target: string, file: string): unknown[] {
  const answers = Array.from(rows, (row): unknown => row[target])
  const missing = answers.findIndex((answer) => answer === null || Number.isNaN(answer))
  if (missing < 0) return answers
  throw wrong(`${file} has no ${JSON.stringify(target)} in row ${missing + 1}: a score needs the answer of every row.`)
}

/**
 * The number of each row's class, for a network: answers are names of its classes, or numbers of its outputs where no name is a
 * number. A number may be written otherwise than the name: 1.0 for 1.
 * @throws ArgumentError for another answer, or none.
 */
export function classNumbers(classes: readonly unknown[], rows: Table, target: string, file: string): number[] {
  const places = new Map(classes.map((label, k) => [String(label), k]))
  const byNumber = placesByNumber([...places.keys()])
  return answersOf(rows, target, file).map((answer, i) => {
    const place = places.get(String(answer)) ?? byNumber.get(readNumber(answer))
    if (place !== undefined) return place
    throw wrong(
      `${file} has the class ${JSON.stringify(answer)} in row ${i + 1}, but the network knows: ${classes.slice(0, 20).join(', ')}. ` +
        'Name its classes in the order of its outputs: --classes a,b,c.',
    )
  })
}

/** Of names that are numbers; else the numbers of the outputs. Two names with one number, as 1 and 01, have none. */
function placesByNumber(names: readonly string[]): Map<number | undefined, number> {
  const numbers = names.map(readNumber)
  if (!numbers.some((number) => number !== undefined)) return new Map(names.map((_, k) => [k, k]))
  const isAlone = (number: number | undefined) =>
    number !== undefined && numbers.filter((n) => n === number).length === 1
  return new Map([...numbers.entries()].filter(([, number]) => isAlone(number)).map(([k, number]) => [number, k]))
}

function scoreClasses(
  labels: readonly string[],
  truth: readonly string[],
  predicted: readonly string[],
  probabilities: Matrix | undefined,
  file: string,
): Scores {
  const places = new Map(labels.map((label, k) => [label, k]))
  const numberOf = (label: string, row: number) => {
    const place = places.get(label)
    if (place !== undefined) return place
    throw wrong(
      `${file} has the class ${JSON.stringify(label)} in row ${row + 1}, but the model knows: ${labels.slice(0, 20).join(', ')}.`,
    )
  }
  const y = truth.map(numberOf)
  const guessed = predicted.map(numberOf)
  const all = labels.map((_, k) => k)
  const isBinary = labels.length === 2
  const isWhole = new Set(y).size === labels.length
  const scoresOfSecond =
    probabilities && isBinary ? Float64Array.from(y, (_, i) => probabilities.at(i, 1)) : probabilities
  const report = classificationReport(y, guessed, {
    labels: all,
    targetNames: [...labels],
    outputDict: true,
    zeroDivision: 0,
  })
  const counts = all.map((k) => y.filter((value) => value === k).length)
  const confusion = confusionMatrix(y, guessed, { labels: all })
  return {
    rows: y.length,
    task: 'classes',
    scores: {
      accuracy: accuracy(y, guessed),
      ...(probabilities && isWhole && { auc: rocAuc(y, scoresOfSecond!, isBinary ? {} : { labels: all }) }),
      ...(probabilities && { logLoss: logLoss(y, probabilities, { labels: all }) }),
      f1: f1(
        y,
        guessed,
        isBinary ? { posLabel: 1, zeroDivision: 0 } : { average: 'macro', labels: all, zeroDivision: 0 },
      ),
    },
    baseline: { accuracy: Math.max(...counts) / y.length },
    classes: report.labels.map(({ name, support, precision, recall, f1 }) => ({
      label: name,
      precision,
      recall,
      f1,
      rows: support,
    })),
    confusion: all.map((k) => all.map((j) => confusion[k]![j]!)),
  }
}

function scoreNumbers(
  truth: readonly unknown[],
  predictions: readonly unknown[] | Matrix,
  target: string,
  file: string,
): Scores {
  const wrongAt = truth.findIndex((value) => typeof value !== 'number')
  if (wrongAt >= 0)
    throw wrong(
      `Expected a number for ${JSON.stringify(target)} in row ${wrongAt + 1} of ${file}, but got ${JSON.stringify(truth[wrongAt])}.`,
    )
  const y = Float64Array.from(truth as number[])
  const guessed =
    predictions instanceof Matrix ? Float64Array.from(predictions.data) : Float64Array.from(predictions as number[])
  if (guessed.length !== y.length)
    throw wrong(
      `Expected a model with one output to compare with ${JSON.stringify(target)}, but it has ${guessed.length / y.length}.`,
    )
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length
  const means = new Float64Array(y.length).fill(mean)
  return {
    rows: y.length,
    task: 'numbers',
    scores: {
      rmse: rmse(y, guessed),
      mae: mae(y, guessed),
      medianAbsoluteError: medianAbsoluteError(y, guessed),
      ...(y.length > 1 && { r2: r2(y, guessed) }),
    },
    baseline: { rmse: rmse(y, means), mae: mae(y, means) },
  }
}

/** The scores in lines. */
export function linesOf({ scores, baseline, task }: Scores): string[] {
  const guess = task === 'classes' ? 'always the most frequent class' : 'always the mean'
  const rows = Object.entries(scores).map(([key, value]) => [
    names[key]!,
    figure(value),
    key in baseline ? `(${guess}: ${figure(baseline[key]!)})` : '',
  ])
  return columns(rows)
}

/** Most classes whose confusion is printed. */
const mostClasses = 12

/** Scores by class, and which classes are taken for which. */
export function classLines({ classes, confusion }: Scores): string[] {
  if (!classes) return []
  const byClass = [
    ['class', 'precision', 'recall', 'F1', 'rows'],
    ...classes.map(({ label, precision, recall, f1, rows }) => [
      label,
      figure(precision),
      figure(recall),
      figure(f1),
      count(rows),
    ]),
  ]
  if (classes.length > mostClasses) return ['', ...columns(byClass)]
  const labels = classes.map(({ label }) => label)
  const table = [
    ['true \\ predicted', ...labels],
    ...confusion!.map((row, k) => [labels[k]!, ...row.map((rows) => count(rows))]),
  ]
  return ['', ...columns(byClass), '', ...columns(table)]
}
