import { checkOneOf, keysOf } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { classesIn, type LossSpec, readsClasses } from './loss.js'
import type { OutputLayer } from './loss-output.js'

/** The metrics that can be asked for; `accuracy` picks the one that fits the loss. */
export type MetricName =
  | 'accuracy'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'rootMeanSquaredError'

/** A metric as the logs show it and the core sums it. */
export interface Metric {
  /** Its key in logs: the name as given. */
  key: MetricName
  /** Its key for validation data: `valAccuracy`. */
  valKey: string
  native: string
  /** From the mean over rows of what the core sums to what the logs show. */
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
const same = (mean: number) => mean

/**
 * Reads the list of metrics and picks what each means for a loss and the last layer, as Keras does.
 * @throws ArgumentError for an unknown or repeated name, or a metric that the loss's targets cannot feed.
 */
export function readMetrics(given: readonly unknown[], loss: LossSpec, output: OutputLayer): Metric[] {
  const metrics = given.map((name, i) => readMetric(checkOneOf(name, `metrics[${i}]`, names), loss, output))
  const twice = metrics.find(({ key }, i) => metrics.findIndex((other) => other.key === key) < i)
  if (twice) throw new ArgumentError(`Expected each metric once, but ${twice.key} is listed twice.`)
  return metrics
}

function readMetric(key: MetricName, loss: LossSpec, output: OutputLayer): Metric {
  const name = key === 'accuracy' ? accuracyFor(loss, output) : key
  const { native, targets, finish = same } = kinds[name]
  const given = readsClasses(loss) ? 'classes' : 'values'
  if (targets !== given) {
    const fit = names.filter((other) => other === 'accuracy' || kinds[other].targets === given).join(', ')
    const needs = targets === 'classes' ? 'class numbers' : 'one value for each output'
    throw new ArgumentError(
      `The metric ${key} needs ${needs} as targets, but the loss ${loss.name} does not take such. With it go: ${fit}.`,
    )
  }
  if (loss.name === 'gaussianNll' && name.endsWith('Accuracy')) {
    const fit = names.filter((other) => other.endsWith('Error')).join(', ')
    throw new ArgumentError(
      `The metric ${key} counts right classes, but the loss gaussianNll is for numbers. With it go, for its means: ${fit}.`,
    )
  }
  if (name === 'categoricalAccuracy' && output.units === 1) {
    throw new ArgumentError(`The metric ${key} compares outputs, but there is one only. Use binaryAccuracy.`)
  }
  return { key, valKey: `val${key[0]!.toUpperCase()}${key.slice(1)}`, native, finish }
}

/** Each output says yes or no by itself with the losses that are made for that; else the largest one is chosen. */
function accuracyFor(loss: LossSpec, { units, activation }: OutputLayer): Exclude<MetricName, 'accuracy'> {
  if (readsClasses(loss)) return 'sparseCategoricalAccuracy'
  const binary = classesIn(loss) === 'yesOrNo' && activation.name !== 'softmax'
  return binary || units === 1 ? 'binaryAccuracy' : 'categoricalAccuracy'
}
