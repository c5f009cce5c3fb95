import type { Matrix } from '../base/matrix.js'
import { logLoss, rocAuc } from '../metrics/index.js'
import { ClassCounts, type CountMetric, classOf } from './class-counts.js'
import type { Task } from './task.js'

/** What decides the best epoch of a classifier, the weights of several networks, and how labels are chosen. */
export type ClassMetric = 'accuracy' | 'logLoss' | 'auc' | 'f1' | 'balancedAccuracy'

/** The first is the default. */
export const metricsOfClasses: readonly ClassMetric[] = ['accuracy', 'logLoss', 'auc', 'f1', 'balancedAccuracy']

/** Scores of `evaluate`. With more than two classes f1 and auc are means over the classes, each against the rest. */
export interface ClassScores {
  readonly accuracy: number
  readonly logLoss: number
  /** NaN where the rows lack a class. */
  readonly auc: number
  readonly f1: number
  /** The mean of the recalls of the classes that the rows have. */
  readonly balancedAccuracy: number
}

/** The scores of probabilities, row by row. Labels are chosen with the factors, if there are any. */
export function classScores(outputs: Matrix, classes: Int32Array, factors?: readonly number[]): ClassScores {
  const score = (metric: ClassMetric) => scoreOf(metric, outputs, classes, factors)
  return {
    ...{ accuracy: score('accuracy'), logLoss: score('logLoss'), auc: score('auc'), f1: score('f1') },
    balancedAccuracy: score('balancedAccuracy'),
  }
}

/** Whether rows of rare classes decide the metric as much as others: then labels have factors, see chooseFactors. */
export function isCountMetric(metric: ClassMetric): metric is CountMetric {
  return metric === 'f1' || metric === 'balancedAccuracy'
}

/** What networks are trained for, by the number of classes. */
export function classTask(classes: number, metric: ClassMetric): Task {
  const monitor = monitorOf(classes, metric)
  return {
    ...{ isClasses: true, outputs: classes, activation: 'softmax' },
    loss: { name: 'sparseCategoricalCrossentropy', fromLogits: false, labelSmoothing: 0 },
    smoothes: metric === 'accuracy' || isCountMetric(metric),
    metrics: monitor === 'valLoss' || metric === 'logLoss' ? [] : [metric],
    monitor,
    fromLog: (logged) => (monitor === 'valLoss' && metric !== 'logLoss' ? undefined : logged),
    score: (outputs, truth) => scoreOf(metric, outputs, truth as Int32Array),
    cost: (outputs, truth) => costOf(metric, outputs, truth as Int32Array),
  }
}

/**
 * What decides the best epoch. Of two classes, factors make up for labels that are hardly ever of the rare one, so the loss tells more
 * than their metric; of several, rare ones are learned late, when the loss has begun to rise.
 */
function monitorOf(classes: number, metric: ClassMetric): Task['monitor'] {
  if (metric === 'logLoss' || (isCountMetric(metric) && classes === 2)) return 'valLoss'
  const monitors = {
    accuracy: 'valAccuracy',
    auc: 'valAuc',
    f1: 'valF1',
    balancedAccuracy: 'valBalancedAccuracy',
  } as const
  return monitors[metric]
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

function scoreOf(
  metric: ClassMetric,
  outputs: Matrix,
  classes: Int32Array,
  factors?: readonly number[] | undefined,
): number {
  const { data, rows, cols } = outputs
  const labels = Array.from({ length: cols }, (_, k) => k)
  if (metric === 'logLoss') return logLoss(classes, outputs, { labels })
  if (metric === 'auc') {
    if (new Set(classes).size < cols) return Number.NaN
    return cols === 2
      ? rocAuc(
          classes,
          data.filter((_, k) => k % 2 === 1),
        )
      : rocAuc(classes, outputs, { labels })
  }
  const counts = new ClassCounts(cols)
  for (let i = 0; i < rows; i++) counts.add(classes[i]!, classOf(outputs.row(i), factors))
  return counts.score(metric)
}
