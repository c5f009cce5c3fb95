import type { Matrix } from '../base/matrix.js'
import { mae, rmse } from '../metrics/index.js'
import { numberOf, type TargetScale, withFactor } from './target-form.js'
import type { Task, Truth } from './task.js'

/** What decides the weights of several networks of a regressor, and, in the form's units, the best epoch: see `monitor`. */
export type NumberMetric = 'rmse' | 'mae'

/** The first is the default. */
export const metricsOfNumbers: readonly NumberMetric[] = ['rmse', 'mae']

/** What networks are trained for: numbers in the form of the scale. Scores are those of the numbers themselves. */
export function numberTask(metric: NumberMetric, scale: TargetScale): Task {
  const { form, deviation } = scale
  const isAbsolute = metric === 'mae'
  const isCount = form === 'poisson'
  const score = ({ data }: Matrix, truth: Truth) => {
    const fitted = factorFor(metric, scale, data, truth)
    const values = Float64Array.from(data, (output) => numberOf(output, fitted))
    return isAbsolute ? mae(truth, values) : rmse(truth, values)
  }
  return {
    ...{ isClasses: false, outputs: 1, activation: isCount ? 'exponential' : 'linear', smoothes: false },
    loss: isCount ? { name: 'poisson', fromLogits: false } : { name: 'meanSquaredError' },
    metrics: isAbsolute ? ['meanAbsoluteError'] : [],
    // Of targets: of logarithms the errors are compared as ratios. The metric in numbers would need all outputs after each epoch.
    monitor: isAbsolute ? 'valMeanAbsoluteError' : 'valLoss',
    fromLog(logged) {
      if (form === 'log' || (isCount && !isAbsolute)) return undefined
      return deviation * (isAbsolute ? logged : Math.sqrt(logged))
    },
    score,
    cost: score,
  }
}

/** With the factor that makes squared errors of held-out rows small; medians, which absolute errors ask for, need none. */
export function factorFor(metric: NumberMetric, scale: TargetScale, outputs: Float32Array, truth: Truth): TargetScale {
  return metric === 'rmse' ? withFactor(scale, outputs, truth) : scale
}
