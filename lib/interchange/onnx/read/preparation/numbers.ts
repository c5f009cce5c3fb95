import { functionOf } from '../../../../preprocessing/functions.js'
import { simpleTransformer } from './assemble.js'
import { type Curve, crossing, isNear, type Line, lineOf } from './curve.js'
import { imputer, namedFunction, type Step, scaler } from './piece.js'

/** Named functions that graphs are compared with. */
const functions = [
  ...['log', 'exp', 'log1p', 'expm1', 'log2', 'exp2', 'log10', 'exp10', 'sqrt', 'square', 'cbrt', 'cube', 'reciprocal'],
  ...['abs', 'sign', 'sin', 'cos', 'tanh', 'atanh'],
]

/** What is known of a column of numbers. */
export interface NumberColumn {
  readonly curve: Curve
  /** What becomes of a missing number. */
  readonly ofMissing: number
  /** Numbers at which the curve is compared. */
  readonly probes: readonly number[]
  /** Numbers that may stand for missing ones. */
  readonly fills: readonly number[]
  /** Numbers that the column is tested for. */
  readonly keys: readonly number[]
  /** Numbers that the column is compared with, in order. */
  readonly limits: readonly number[]
}

/** The transformers that make this of a number; undefined where none do. */
export function stepsOfNumber(column: NumberColumn): readonly Step[] | undefined {
  const { curve, ofMissing, keys, fills, probes } = column
  const mark = Number.isNaN(ofMissing) ? markOf(column) : undefined
  const others = mark === undefined ? probes : probes.filter((x) => x !== mark.key)
  const steps = stepsOfCurve(curve, others, column.limits)
  if (!steps) return undefined
  if (mark) return [imputer(mark.fill, mark.key), ...steps]
  if (Number.isNaN(ofMissing)) return steps
  const fill = [...fills, ...keys].find((x) => isNear(curve([x])[0]!, ofMissing)) ?? inverse(curve, steps, ofMissing)
  return fill === undefined ? undefined : [imputer(fill), ...steps]
}

/** A number that stands for missing ones, and the one that takes its place. */
function markOf({ curve, keys, fills }: NumberColumn): { key: number; fill: number } | undefined {
  for (const key of keys) {
    const fill = fills.find((x) => isNear(curve([x])[0]!, curve([key])[0]!))
    if (fill !== undefined && fill !== key) return { key, fill }
  }
  return undefined
}

/** Where a line has a height: skl2onnx folds what fills in into no constant of its own. */
function inverse(curve: Curve, steps: readonly Step[], height: number): number | undefined {
  if (steps.length > 1 || (steps[0] && steps[0].kind !== 'StandardScaler')) return undefined
  const line = lineOf(curve, -1000, 1000)
  return line && line.center + height * line.scale
}

function stepsOfCurve(curve: Curve, probes: readonly number[], limits: readonly number[]): readonly Step[] | undefined {
  const y = curve(probes)
  const fits = (f: (x: number) => number) => probes.every((x, k) => isNear(y[k]!, f(x)))
  const line = lineOf(curve, -1000, 1000)
  if (line && fits((x) => (x - line.center) / line.scale)) return stepsOfLine(line)
  return stepsOfFunction(probes, y) ?? stepsOfBounded(curve, fits, limits)
}

function stepsOfLine({ center, scale }: Line): readonly Step[] {
  if (center === 0 && scale === 1) return []
  return scale > 0 ? [scaler(center, scale)] : [namedFunction('negative'), scaler(-center, -scale)]
}

/** A named function, and perhaps a line after it. */
function stepsOfFunction(probes: readonly number[], y: readonly number[]): readonly Step[] | undefined {
  for (const name of functions) {
    const h = functionOf(name)
    const values = probes.map((x) => h(x, 0))
    // Far from 0 the last digits of a sine or of a difference are those of its argument.
    const near = probes.flatMap((x, k) => (Math.abs(x) <= 1000 ? [k] : []))
    const finite = near.filter((k) => Number.isFinite(values[k]))
    if (finite.length < 4 || near.some((k) => Number.isFinite(values[k]) !== Number.isFinite(y[k]))) continue
    if (finite.every((k) => isNear(y[k]!, values[k]!))) return [namedFunction(name)]
    const sorted = finite.toSorted((a, b) => values[a]! - values[b]!)
    const [low, high] = [sorted[0]!, sorted.at(-1)!]
    const scale = (values[high]! - values[low]!) / (y[high]! - y[low]!)
    const center = values[low]! - y[low]! * scale
    if (!Number.isFinite(scale) || scale <= 0) continue
    if (finite.every((k) => isNear(y[k]!, (values[k]! - center) / scale)))
      return [namedFunction(name), scaler(center, scale)]
  }
  return undefined
}

/** A curve between two heights: a scaler that clips, sharply or smoothly, or quantiles. */
function stepsOfBounded(curve: Curve, fits: (f: (x: number) => number) => boolean, limits: readonly number[]) {
  const [low, high] = curve([-1e30, 1e30]) as [number, number]
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) return undefined
  const [a, b] = [0.25, 0.75].map((share) => crossing(curve, low + share * (high - low)))
  if (a === undefined || b === undefined) return undefined
  const line = lineOf(curve, a, b)
  if (line && line.scale > 0) {
    const clip = (x: number) => Math.min(high, Math.max(low, (x - line.center) / line.scale))
    if (fits(clip)) return [minMax(line, low, high)]
  }
  const bent = (x: readonly number[]) => curve(x).map((y) => y / Math.sqrt(1 - (y / 3) ** 2))
  const own = isNear(high, 3) && isNear(low, -3) ? lineOf(bent, a, b) : undefined
  if (own && own.scale > 0 && fits((x) => bend((x - own.center) / own.scale))) return [robust(own)]
  return quantiles(fits, limits)
}

const bend = (z: number) => z / Math.sqrt(1 + (z / 3) ** 2)

function minMax({ center, scale }: Line, low: number, high: number): Step {
  const own = { dataMin: center + low * scale, dataMax: center + high * scale }
  return { kind: 'MinMaxScaler', params: { featureRange: [low, high], clip: true }, own, shared: { rows: 1 } }
}

function robust({ center, scale }: Line): Step {
  const params = {
    ...{ withCentering: true, withScaling: true, quantileRange: [25, 75], unitVariance: false, smoothClip: true },
  }
  return { kind: 'RobustScaler', params, own: { center, scale }, shared: { sketches: null } }
}

function quantiles(fits: (f: (x: number) => number) => boolean, limits: readonly number[]): Step[] | undefined {
  if (limits.length === 0 || limits.some((limit, k) => k > 0 && !(limit >= limits[k - 1]!))) return undefined
  for (const outputDistribution of ['uniform', 'normal']) {
    const params = { outputDistribution }
    const step = {
      kind: 'QuantileTransformer',
      params,
      own: { quantiles: [...limits] },
      shared: { rows: limits.length, sketches: null },
    }
    const transform = simpleTransformer(step)
    if (fits((x) => transform(x))) return [step]
  }
  return undefined
}
