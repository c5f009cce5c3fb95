import type { Breather } from '../../base/breathing.js'
import type { Matrix } from '../../base/matrix.js'
import {
  averagePrecision,
  balancedAccuracy,
  brier,
  f1,
  logLoss,
  mae,
  medianAbsoluteError,
  r2,
  rmse,
  rocAuc,
} from '../../metrics/index.js'
import type { ClassPredictions } from '../read/predictions.js'
import { wilson } from './wilson.js'

/** One figure of a model. */
export interface Score {
  readonly name: string
  readonly value: number
  /** Whether it is a share, to be shown as a percentage. */
  readonly isShare?: boolean
  /** What it says, or how sure it is. */
  readonly note: string
}

/** Scores of a classifier, the most telling first. What is not defined for these rows is left out. */
export async function scoresOfClasses(
  truth: Int32Array,
  { labels, probabilities, decisions }: ClassPredictions,
  count: number,
  breather: Breather,
): Promise<Score[]> {
  const present = new Set(truth)
  const isBinary = count === 2
  const all = Array.from({ length: count }, (_, k) => k)
  const right = truth.reduce((sum, label, i) => sum + Number(label === labels[i]), 0)
  const [low, high] = wilson(right, truth.length)
  const scores: Score[] = [
    {
      ...{ name: 'Accuracy', value: right / truth.length, isShare: true },
      note: `95 % interval ${percent(low)} to ${percent(high)}; the most frequent class alone gives ${percent(mostFrequent(truth, count))}`,
    },
  ]
  const add = async (score: Score) => {
    scores.push(score)
    await breather.turn()
  }
  await breather.turn()
  const second = probabilities && isBinary ? secondOf(probabilities) : decisions
  if (isBinary && second && present.size === 2) {
    await add({
      name: 'ROC AUC',
      value: rocAuc(truth, second),
      note: 'chance that a positive row scores above a negative one; 0.5 is guessing',
    })
    const base = truth.reduce((sum, label) => sum + label, 0) / truth.length
    const note = `precision over all thresholds; guessing gives ${base.toFixed(3)}`
    await add({ name: 'Average precision', value: averagePrecision(truth, second), note })
  } else if (probabilities && !isBinary && present.size > 1) {
    let [sum, defined] = [0, 0]
    for (const k of all) {
      if (!present.has(k)) continue
      const column = Float64Array.from(truth, (_, i) => probabilities.data[i * count + k]!)
      sum += rocAuc(
        Array.from(truth, (label) => label === k),
        column,
      )
      defined++
      if (breather.isDue) await breather.turn()
    }
    await add({
      name: 'ROC AUC',
      value: sum / defined,
      note: 'mean over classes, each against the rest; 0.5 is guessing',
    })
  }
  // Of labels that no row has the recall is not defined.
  if (present.size > 1 && labels.every((label) => present.has(label))) {
    await add({
      name: 'Balanced accuracy',
      value: balancedAccuracy(truth, labels),
      isShare: true,
      note: 'mean of the recall of each class',
    })
  }
  const average = isBinary ? ({ posLabel: 1 } as const) : ({ average: 'macro' } as const)
  const note = isBinary ? 'of the second class: harmonic mean of precision and recall' : 'mean over classes'
  if (present.size > 1) await add({ name: 'F1', value: f1(truth, labels, { ...average, zeroDivision: 0 }), note })
  if (probabilities) {
    await add({
      name: 'Log loss',
      value: logLoss(truth, probabilities, { labels: all }),
      note: 'lower is better; punishes confident errors',
    })
    if (isBinary && present.size === 2)
      await add({
        name: 'Brier score',
        value: brier(truth, second!, { posLabel: 1 }),
        note: 'lower is better; mean squared error of probabilities',
      })
  }
  return scores
}

/** Scores of a regressor. */
export function scoresOfNumbers(truth: Float64Array, values: Float64Array): Score[] {
  const varies = truth.some((value) => value !== truth[0])
  return [
    {
      name: 'RMSE',
      value: rmse(truth, values),
      note: 'root mean squared error, in units of the target; lower is better',
    },
    { name: 'MAE', value: mae(truth, values), note: 'mean absolute error, in units of the target' },
    ...(varies
      ? [
          {
            name: 'R²',
            value: r2(truth, values),
            note: 'share of the variance that is explained; 0 is the mean alone, 1 is perfect',
          },
        ]
      : []),
    { name: 'Median error', value: medianAbsoluteError(truth, values), note: 'half of the rows are closer than this' },
  ]
}

/** The probabilities of the second of two classes. */
export function secondOf({ data, rows }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => data[2 * i + 1]!)
}

function mostFrequent(truth: Int32Array, count: number): number {
  const counts = new Uint32Array(count)
  for (const label of truth) counts[label]!++
  return Math.max(...counts) / truth.length
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
