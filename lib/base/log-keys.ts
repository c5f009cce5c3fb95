/** Metrics that need all rows of an epoch at once: they are no means over rows. */
export type RowMetricName =
  | 'auc'
  | 'averagePrecision'
  | 'precision'
  | 'recall'
  | 'f1'
  | 'balancedAccuracy'
  | 'topKAccuracy'
  | 'logLoss'
  | 'r2'

/** Their names. */
export const rowMetricNames: readonly RowMetricName[] = [
  ...(['auc', 'averagePrecision', 'precision', 'recall', 'f1', 'balancedAccuracy'] as const),
  ...(['topKAccuracy', 'logLoss', 'r2'] as const),
]

/** Metrics that are means over rows, which the core adds up; `accuracy` stands for the one that fits the loss. */
export type MeanName =
  | 'accuracy'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'rootMeanSquaredError'

/** The names of the metrics that training can log. */
export type MetricName = MeanName | RowMetricName

/** The keys that fit logs: those of validation data begin with `val`. */
export type LogKey = 'loss' | 'valLoss' | MetricName | `val${Capitalize<MetricName>}`
