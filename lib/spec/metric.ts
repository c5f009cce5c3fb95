import { checkOneOf, invalid, keysOf } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { classesIn, type LossSpec, readsClasses } from './loss.js'
import type { OutputLayer } from './loss-output.js'

/** The metrics that training can log; `accuracy` stands for the one that fits the loss. */
export type MetricName =
  | 'accuracy'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'rootMeanSquaredError'

/** A metric: its keys in logs, and how the core sums it. */
export interface Metric {
  /** Its key in logs: the name that the caller gave. */
  key: MetricName
  /** Its key for validation data: `valAccuracy`. */
  valKey: string
  native: string
  /** Converts the core's mean over rows to the number in the logs. */
  finish(mean: number): number
}

interface Kind {
  native: string
  targets: 'values' | 'classes'
  finish?: (mean: number) => number
}

const kinds: Record<Exclude<MetricName, 'accuracy'>, Kind> = {
  binaryAccuracy: { native: 'binaryAccuracy', targets: 'values' },
  categoricalAccuracy: { native: 'categoricalAccuracy', targets: 'values' },
  sparseCategoricalAccuracy: { native: 'sparseCategoricalAccuracy', targets: 'classes' },
  meanSquaredError: { native: 'meanSquaredError', targets: 'values' },
  meanAbsoluteError: { native: 'meanAbsoluteError', targets: 'values' },
  rootMeanSquaredError: { native: 'meanSquaredError', targets: 'values', finish: Math.sqrt },
}

const names: MetricName[] = ['accuracy', ...keysOf(kinds)]
const identity = (mean: number) => mean

/**
 * Checks a list of metrics before there is a loss.
 * @throws ArgumentError for an unknown name.
 */
export function readMetricNames(value: unknown, name: string): MetricName[] {
  if (!Array.isArray(value)) throw invalid(name, "an array of names, such as ['accuracy']", value)
  return value.map((metric, i) => checkOneOf(metric, `${name}[${i}]`, names))
}

/**
 * Reads the list of metrics. What `accuracy` means depends on the loss and the last layer, as in Keras.
 * @throws ArgumentError for an unknown or repeated name, or for a metric that cannot be computed from the loss's
 * targets.
 */
export function readMetrics(value: unknown, loss: LossSpec, output: OutputLayer): Metric[] {
  const metrics = readMetricNames(value, 'metrics').map((name) => readMetric(name, loss, output))
  const duplicate = metrics.find(({ key }, i) => metrics.findIndex((other) => other.key === key) < i)
  if (duplicate) throw new ArgumentError(`Expected each metric once, but ${duplicate.key} is listed twice.`)
  return metrics
}

function readMetric(key: MetricName, loss: LossSpec, output: OutputLayer): Metric {
  const name = key === 'accuracy' ? accuracyFor(loss, output) : key
  const { native, targets, finish = identity } = kinds[name]
  const lossTargets = readsClasses(loss) ? 'classes' : 'values'
  if (targets !== lossTargets) {
    const fit = names.filter((other) => other === 'accuracy' || kinds[other].targets === lossTargets).join(', ')
    const needs = targets === 'classes' ? 'class numbers' : 'one value for each output'
    throw new ArgumentError(
      `The metric ${key} needs ${needs} as targets, but the loss ${loss.name} takes others. Metrics for it: ${fit}.`,
    )
  }
  if (loss.name === 'gaussianNll' && name.endsWith('Accuracy')) {
    const fit = names.filter((other) => other.endsWith('Error')).join(', ')
    throw new ArgumentError(
      `The metric ${key} counts right classes, but the loss gaussianNll is for numbers. Metrics for its means: ${fit}.`,
    )
  }
  if (name === 'categoricalAccuracy' && output.units === 1) {
    throw new ArgumentError(`The metric ${key} compares outputs, but there is only one. Use binaryAccuracy.`)
  }
  return { key, valKey: `val${key[0]!.toUpperCase()}${key.slice(1)}`, native, finish }
}

/** With binary losses each output is compared with 0.5 or 0; with others the largest output is the predicted class. */
function accuracyFor(loss: LossSpec, { units, activation }: OutputLayer): Exclude<MetricName, 'accuracy'> {
  if (readsClasses(loss)) return 'sparseCategoricalAccuracy'
  const binary = classesIn(loss) === 'yesOrNo' && activation.name !== 'softmax'
  return binary || units === 1 ? 'binaryAccuracy' : 'categoricalAccuracy'
}
