import { describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { RowMetricName } from '../base/log-keys.js'
import type { Matrix } from '../base/matrix.js'
import { classesIn, type LossSpec, readsClasses } from './loss.js'
import type { OutputLayer } from './loss-output.js'

/** Targets or outputs of rows, as metrics that are functions get them. */
export type MetricRows = Float32Array | Int32Array | Matrix

/**
 * A metric as a function, over all rows of an epoch or an evaluation: `metrics.r2`, or one's own. Its name is the key in the
 * logs. `yTrue` are the targets (an Int32Array of class numbers with sparseCategoricalCrossentropy), `yPred` what `predict`
 * gives; one number a row is a Float32Array, several are a Matrix.
 */
// A function for one kind of rows takes fewer types than `MetricRows`, and `metrics.rocAuc` takes others besides.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type MetricFunction = (yTrue: any, yPred: any) => number

/**
 * What targets and outputs of rows are: classes by number, as one-hot rows, 0 and 1 of one output or several, or numbers.
 */
export type RowKind = 'classes' | 'oneHot' | 'binary' | 'labels' | 'numbers'

/** A metric over all rows. */
export interface RowMetric {
  readonly key: string
  readonly valKey: string
  readonly compute: RowMetricName | MetricFunction
  readonly kind: RowKind
  /** Whether outputs are sums on both sides of 0, and not shares of 1. */
  readonly isSum: boolean
  /** The first outputs, which stand for the targets. */
  readonly means: number
}

/**
 * Reads a metric over all rows.
 * @throws ArgumentError for a function without a name, or a metric that does not fit the loss.
 */
export function readRowMetric(
  compute: RowMetricName | MetricFunction,
  valKeyOf: (key: string) => string,
  loss: LossSpec,
  output: OutputLayer,
): RowMetric {
  const kind = kindOf(loss, output)
  const key = typeof compute === 'string' ? compute : readName(compute)
  const isSum = ('fromLogits' in loss && loss.fromLogits) || loss.name === 'hinge' || loss.name === 'squaredHinge'
  const means = loss.name === 'gaussianNll' ? output.units / 2 : output.units
  if (typeof compute === 'string') checkFits(compute, kind, loss, output, isSum)
  return { key, valKey: valKeyOf(key), compute, kind, isSum, means }
}

function readName({ name }: MetricFunction): string {
  if (name === 'loss')
    throw invalid('a metric', 'a function with another name than loss, which is the key of the loss', name)
  if (name !== '') return name
  throw new ArgumentError(
    'Expected functions with a name as metrics, as it is the key in the logs, but got one without. Write: ' +
      'const largestError = (yTrue, yPred) => ...; and metrics: [largestError].',
  )
}

function kindOf(loss: LossSpec, { units, activation }: OutputLayer): RowKind {
  if (readsClasses(loss)) return 'classes'
  if (classesIn(loss) === 'largest' || activation.name === 'softmax') return 'oneHot'
  if (classesIn(loss) === 'yesOrNo' || activation.name === 'sigmoid') return units === 1 ? 'binary' : 'labels'
  return 'numbers'
}

function checkFits(name: RowMetricName, kind: RowKind, loss: LossSpec, output: OutputLayer, isSum: boolean): void {
  const unfit = (needs: string) =>
    new ArgumentError(
      `The metric ${name} needs ${needs}, but the loss ${loss.name} after ${describe(output.name)} (${output.units} units, ` +
        `${output.activation.name}) has others.`,
    )
  if (name === 'r2') {
    if (kind === 'classes') throw unfit('one value for each output as targets')
    return
  }
  if (kind === 'numbers') throw unfit('targets that are classes')
  if (name === 'topKAccuracy' && (kind === 'binary' || kind === 'labels')) throw unfit('one class a row, of several')
  if (name === 'balancedAccuracy' && kind === 'labels') throw unfit('one class a row')
  if (name === 'logLoss' && isSum && !('fromLogits' in loss && loss.fromLogits)) throw unfit('probabilities')
}
