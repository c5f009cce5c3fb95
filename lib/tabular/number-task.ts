import type { Matrix } from '../base/matrix.js'
import { mae, rmse } from '../metrics/index.js'
import type { Targets, Task } from './task.js'

/** What decides the best epoch of a regressor, and the weights of several networks. */
export type NumberMetric = 'rmse' | 'mae'

/** The first is the default. */
export const metricsOfNumbers: readonly NumberMetric[] = ['rmse', 'mae']

/** What networks are trained for: standardised numbers with this deviation. */
export function numberTask(metric: NumberMetric, deviation: number): Task {
  const isAbsolute = metric === 'mae'
  const cost = ({ data }: Matrix, y: Targets) => (isAbsolute ? mae(y, data) : rmse(y, data))
  return {
    ...{ isClasses: false, outputs: 1, activation: 'linear', smoothes: false },
    loss: { name: 'meanSquaredError' },
    metrics: isAbsolute ? ['meanAbsoluteError'] : [],
    monitor: isAbsolute ? 'valMeanAbsoluteError' : 'valLoss',
    fromLog: (logged) => deviation * (isAbsolute ? logged : Math.sqrt(logged)),
    score: (outputs, y) => deviation * cost(outputs, y),
    cost,
  }
}
