/** The codes of warnings: `process.on('warning', ({ code }) => ...)`. */
const codes = {
  /** The metric is not defined for these data; the result is the documented fallback. */
  UndefinedMetricWarning: 'PERCEPTRA_UNDEFINED_METRIC',
  /** The data look like a mistake. */
  MetricInputWarning: 'PERCEPTRA_METRIC_INPUT',
} as const

/** Emits a process warning; the metric still returns a number, as in scikit-learn. */
export function warn(type: keyof typeof codes, message: string): void {
  process.emitWarning(message, { type, code: codes[type] })
}
