import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ArgumentError, metrics } from '../../lib/index.js'
import { fixture } from './support.js'

type Plain = number | string | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** One call of scripts/fixtures/make-metrics.py. */
interface MetricCase {
  metric: keyof typeof metrics
  data: [string, string]
  options?: Record<string, Plain>
  value?: Plain
  warns?: true
  raises?: true
}

type Data = Readonly<Record<string, readonly (number | null | string)[]>>

const warned = vi.spyOn(process, 'emitWarning')
beforeEach(() => {
  warned.mockReset().mockImplementation(() => {})
})
afterEach(() => {
  for (const [, options] of warned.mock.calls) {
    expect((options as unknown as { code: string }).code).toMatch(/^PERCEPTRA_(UNDEFINED_METRIC|METRIC_INPUT)$/)
  }
})

/** JSON has no NaN and no infinities: null and words stand for them. */
function revive(value: Plain): unknown {
  if (value === null) return Number.NaN
  if (value === 'Infinity') return Number.POSITIVE_INFINITY
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY
  return Array.isArray(value) ? value.map(revive) : value
}

function call({ metric, data: [truth, predicted], options = {} }: MetricCase, data: Data): unknown {
  const metricOptions = Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, value === 'NaN' ? Number.NaN : value]),
  )
  if ('sampleWeight' in metricOptions) metricOptions.sampleWeight = data.weights!
  const more = metric === 'auc' ? [] : [metricOptions]
  const run = metrics[metric] as unknown as (...values: unknown[]) => unknown
  return run(revive(data[truth]!), revive(data[predicted]!), ...more)
}

/** A result in scikit-learn's form. */
function toSklearn(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
  if (Array.isArray(value)) return value.map(toSklearn)
  if (value === null || typeof value !== 'object') return value
  const { labels: _, ...parts } = value as Record<string, unknown>
  return Object.values(parts).map(toSklearn)
}

function expectSame(actual: unknown, expected: unknown, path = 'value'): void {
  if (!Array.isArray(expected)) {
    if (typeof expected !== 'number' || !Number.isFinite(expected)) expect(actual, path).toEqual(expected)
    else
      expect(Math.abs((actual as number) - expected), `${path}: ${actual}, not ${expected}`).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(expected)),
      )
    return
  }
  expect((actual as unknown[]).length, `length of ${path}`).toBe(expected.length)
  for (const [k, value] of expected.entries()) expectSame((actual as unknown[])[k], value, `${path}[${k}]`)
}

const titleOf = ({ metric, data, options }: MetricCase) =>
  `${metric} of ${data.join(', ')} ${JSON.stringify(options ?? {})}`

const groups = ['labels', 'confusion', 'precision', 'report', 'probabilities', 'ranking', 'curves', 'regression']
describe.each(groups)("scikit-learn's numbers: %s", (group) => {
  const { data, cases } = fixture<{ data: Data; cases: MetricCase[] }>(`metrics-${group}.json`)
  it.each(cases.map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
    if (one.raises) {
      expect(() => call(one, data)).toThrow(ArgumentError)
      return
    }
    expectSame(toSklearn(call(one, data)), revive(one.value!))
    expect(warned.mock.calls.length > 0, 'warns').toBe(one.warns === true)
  })
})
