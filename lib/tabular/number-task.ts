import type { Matrix } from '../base/matrix.js'
import { mae, rmse } from '../metrics/index.js'
import { numberOf, type TargetScale, withFactor } from './target-form.js'
import type { Targets, Task } from './task.js'

/** What decides the best epoch of a regressor, and the weights of several networks. */
export type NumberMetric = 'rmse' | 'mae'

/** The first is the default. */
export const metricsOfNumbers: readonly NumberMetric[] = ['rmse', 'mae']

/** What networks are trained for: numbers in the form of the scale. Scores are those of the numbers themselves. */
export function numberTask(metric: NumberMetric, scale: TargetScale): Task {
  const { form, deviation } = scale
  const isAbsolute = metric === 'mae'
  const isCount = form === 'poisson'
  const score = ({ data }: Matrix, y: Targets) => {
    const fitted = factorFor(metric, scale, data, y)
    const [truth, values] = [y, data].map((list) => Float64Array.from(list, (output) => numberOf(output, fitted)))
    // Only predictions have the factor.
    const numbers = fitted.factor === 1 ? truth! : Float64Array.from(y, (target) => numberOf(target, scale))
    return isAbsolute ? mae(numbers, values!) : rmse(numbers, values!)
  }
  return {
    ...{ isClasses: false, outputs: 1, activation: isCount ? 'exponential' : 'linear', smoothes: false },
    loss: isCount ? { name: 'poisson', fromLogits: false } : { name: 'meanSquaredError' },
    metrics: isAbsolute ? ['meanAbsoluteError'] : [],
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
export function factorFor(metric: NumberMetric, scale: TargetScale, outputs: Float32Array, y: Targets): TargetScale {
  return metric === 'rmse' ? withFactor(scale, outputs, y) : scale
}
