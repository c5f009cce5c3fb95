import { checkOneOf, invalid, keysOf } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type MeanName, type MetricName, type RowMetricName, rowMetricNames } from '../base/log-keys.js'
import { classesIn, type LossSpec, readsClasses } from './loss.js'
import type { OutputLayer } from './loss-output.js'
import { type MetricFunction, type RowMetric, readRowMetric } from './row-metric.js'

/** A metric: its name, or a function over all rows of an epoch. */
export type MetricLike = MetricName | MetricFunction

/** A metric that is a mean: its keys in logs, and how the core sums it. */
export interface Metric {
  /** Its key in logs: the name that the caller gave. */
  key: MeanName
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

const kinds: Record<Exclude<MeanName, 'accuracy'>, Kind> = {
  binaryAccuracy: { native: 'binaryAccuracy', targets: 'values' },
  categoricalAccuracy: { native: 'categoricalAccuracy', targets: 'values' },
  sparseCategoricalAccuracy: { native: 'sparseCategoricalAccuracy', targets: 'classes' },
  meanSquaredError: { native: 'meanSquaredError', targets: 'values' },
  meanAbsoluteError: { native: 'meanAbsoluteError', targets: 'values' },
  rootMeanSquaredError: { native: 'meanSquaredError', targets: 'values', finish: Math.sqrt },
}

const meanNames: MeanName[] = ['accuracy', ...keysOf(kinds)]
const names: MetricName[] = [...meanNames, ...rowMetricNames]
const identity = (mean: number) => mean

/**
 * Checks a list of metrics before there is a loss.
 * @throws ArgumentError for an unknown name.
 */
export function readMetricList(value: unknown, name: string): MetricLike[] {
  if (!Array.isArray(value)) throw invalid(name, "an array of names and functions, such as ['accuracy']", value)
  return value.map((metric, i) =>
    typeof metric === 'function' ? (metric as MetricFunction) : checkOneOf(metric, `${name}[${i}]`, names),
  )
}

/** The metrics of a model: means, and those over all rows. */
export interface Metrics {
  readonly metrics: readonly Metric[]
  readonly rowMetrics: readonly RowMetric[]
}

/**
 * Reads the list of metrics. What `accuracy` means depends on the loss and the last layer, as in Keras.
 * @throws ArgumentError for an unknown or repeated name, or for a metric that cannot be computed from the loss's
 * targets.
 */
export function readMetrics(value: unknown, loss: LossSpec, output: OutputLayer): Metrics {
  const metrics: Metric[] = []
  const rowMetrics: RowMetric[] = []
  const keys = new Set<string>()
  for (const metric of readMetricList(value, 'metrics')) {
    const isMean = typeof metric === 'string' && meanNames.includes(metric as MeanName)
    if (isMean) metrics.push(readMetric(metric as MeanName, loss, output))
    else rowMetrics.push(readRowMetric(metric as RowMetricName | MetricFunction, valKeyOf, loss, output))
    const { key } = isMean ? metrics.at(-1)! : rowMetrics.at(-1)!
    if (keys.has(key)) throw new ArgumentError(`Expected each metric once, but ${key} is listed twice.`)
    keys.add(key)
  }
  return { metrics, rowMetrics }
}

function valKeyOf(key: string): string {
  return `val${key[0]!.toUpperCase()}${key.slice(1)}`
}

function readMetric(key: MeanName, loss: LossSpec, output: OutputLayer): Metric {
  const name = key === 'accuracy' ? accuracyFor(loss, output) : key
  const { native, targets, finish = identity } = kinds[name]
  const lossTargets = readsClasses(loss) ? 'classes' : 'values'
  if (targets !== lossTargets) {
    const fit = meanNames.filter((other) => other === 'accuracy' || kinds[other].targets === lossTargets).join(', ')
    const needs = targets === 'classes' ? 'class numbers' : 'one value for each output'
    throw new ArgumentError(
      `The metric ${key} needs ${needs} as targets, but the loss ${loss.name} takes others. Metrics for it: ${fit}.`,
    )
  }
  if (loss.name === 'gaussianNll' && name.endsWith('Accuracy')) {
    const fit = meanNames.filter((other) => other.endsWith('Error')).join(', ')
    throw new ArgumentError(
      `The metric ${key} counts right classes, but the loss gaussianNll is for numbers. Metrics for its means: ${fit}.`,
    )
  }
  if (name === 'categoricalAccuracy' && output.units === 1) {
    throw new ArgumentError(`The metric ${key} compares outputs, but there is only one. Use binaryAccuracy.`)
  }
  return { key, valKey: valKeyOf(key), native, finish }
}

/** With binary losses each output is compared with 0.5 or 0; with others the largest output is the predicted class. */
function accuracyFor(loss: LossSpec, { units, activation }: OutputLayer): Exclude<MeanName, 'accuracy'> {
  if (readsClasses(loss)) return 'sparseCategoricalAccuracy'
  const binary = classesIn(loss) === 'yesOrNo' && activation.name !== 'softmax'
  return binary || units === 1 ? 'binaryAccuracy' : 'categoricalAccuracy'
}
