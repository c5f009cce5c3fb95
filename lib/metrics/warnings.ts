/** The codes of warnings: `process.on('warning', ({ code }) => ...)`. */
const codes = {
  /** The number is not defined for these data; the documented one is returned in its place. */
  UndefinedMetricWarning: 'PERCEPTRA_UNDEFINED_METRIC',
  /** The data are hardly what was meant. */
  MetricInputWarning: 'PERCEPTRA_METRIC_INPUT',
} as const

/** Warns as scikit-learn does, through the process: a metric returns a number all the same. */
export function warn(type: keyof typeof codes, message: string): void {
  process.emitWarning(message, { type, code: codes[type] })
}
