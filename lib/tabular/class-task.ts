import type { Matrix } from '../base/matrix.js'
import { accuracy, f1, logLoss, rocAuc } from '../metrics/index.js'
import type { Task } from './task.js'

/** What decides the best epoch of a classifier, and the weights of several networks. */
export type ClassMetric = 'accuracy' | 'logLoss' | 'auc' | 'f1'

/** The first is the default. */
export const metricsOfClasses: readonly ClassMetric[] = ['accuracy', 'logLoss', 'auc', 'f1']

/** Scores of `evaluate`. With more than two classes f1 and auc are means over the classes, each against the rest. */
export interface ClassScores {
  readonly accuracy: number
  readonly logLoss: number
  /** NaN where the rows lack a class. */
  readonly auc: number
  readonly f1: number
}

/** The scores of probabilities, row by row. */
export function classScores(outputs: Matrix, classes: Int32Array): ClassScores {
  const score = (metric: ClassMetric) => scoreOf(metric, outputs, classes)
  return { accuracy: score('accuracy'), logLoss: score('logLoss'), auc: score('auc'), f1: score('f1') }
}

/** What networks are trained for, by the number of classes. */
export function classTask(classes: number, metric: ClassMetric): Task {
  const monitors = { accuracy: 'valAccuracy', logLoss: 'valLoss', auc: 'valAuc', f1: 'valF1' } as const
  return {
    ...{ isClasses: true, outputs: classes, activation: 'softmax' },
    loss: { name: 'sparseCategoricalCrossentropy', fromLogits: false, labelSmoothing: 0 },
    smoothes: metric === 'accuracy' || metric === 'f1',
    metrics: metric === 'logLoss' ? [] : [metric],
    monitor: monitors[metric],
    fromLog: (logged) => logged,
    score: (outputs, truth) => scoreOf(metric, outputs, truth as Int32Array),
    cost: (outputs, truth) => costOf(metric, outputs, truth as Int32Array),
  }
}

/** The share of log loss in the cost of metrics of labels, which jump: it tells averages with equal labels apart. */
const lossShare = 0.1

function costOf(metric: ClassMetric, outputs: Matrix, classes: Int32Array): number {
  const loss = scoreOf('logLoss', outputs, classes)
  if (metric === 'logLoss') return loss
  const score = scoreOf(metric, outputs, classes)
  if (metric === 'auc') return Number.isNaN(score) ? loss : 1 - score
  return 1 - score + lossShare * loss
}

function scoreOf(metric: ClassMetric, outputs: Matrix, classes: Int32Array): number {
  const { data, rows, cols } = outputs
  const labels = Array.from({ length: cols }, (_, k) => k)
  const isBinary = cols === 2
  if (metric === 'logLoss') return logLoss(classes, outputs, { labels })
  if (metric === 'auc') {
    if (new Set(classes).size < cols) return Number.NaN
    const scores = isBinary ? data.filter((_, k) => k % 2 === 1) : outputs
    return rocAuc(classes, scores, isBinary ? {} : { labels })
  }
  const predicted = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    let best = 0
    for (let k = 1; k < cols; k++) if (data[i * cols + k]! > data[i * cols + best]!) best = k
    predicted[i] = best
  }
  if (metric === 'accuracy') return accuracy(classes, predicted)
  return f1(classes, predicted, isBinary ? { posLabel: 1, zeroDivision: 0 } : { average: 'macro', zeroDivision: 0 })
}
