import { functionOf } from '../../../../preprocessing/functions.js'
import { simpleTransformer } from './assemble.js'
import { type Asking, type Curve, crossing, isNear, type Line, lineOf } from './curve.js'
import { imputer, namedFunction, type Step, scaler } from './piece.js'

/** Named functions that graphs are compared with. */
const functions = [
  ...['log', 'exp', 'log1p', 'expm1', 'log2', 'exp2', 'log10', 'exp10', 'sqrt', 'square', 'cbrt', 'cube', 'reciprocal'],
  ...['abs', 'sign', 'sin', 'cos', 'tanh', 'atanh'],
]

const periodic = new Set(['sin', 'cos'])

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
export function* stepsOfNumber(column: NumberColumn): Asking<readonly Step[] | undefined> {
  const { curve, ofMissing, keys, fills, probes } = column
  const mark = Number.isNaN(ofMissing) ? yield* markOf(column) : undefined
  const others = mark === undefined ? probes : probes.filter((x) => x !== mark.key)
  const steps = yield* stepsOfCurve(curve, others, column.limits)
  if (!steps) return undefined
  if (mark) return [imputer(mark.fill, mark.key), ...steps]
  if (Number.isNaN(ofMissing)) return steps
  const candidates = [...fills, ...keys]
  const y = yield* curve(candidates)
  const fill = candidates.find((_, k) => isNear(y[k]!, ofMissing)) ?? (yield* inverse(curve, steps, ofMissing))
  return fill === undefined ? undefined : [imputer(fill), ...steps]
}

/** A number that stands for missing ones, and the one that takes its place. */
function* markOf({ curve, keys, fills }: NumberColumn): Asking<{ key: number; fill: number } | undefined> {
  const y = yield* curve([...fills, ...keys])
  for (const [k, key] of keys.entries()) {
    const fill = fills.find((_, at) => isNear(y[at]!, y[fills.length + k]!))
    if (fill !== undefined && fill !== key) return { key, fill }
  }
  return undefined
}

/** Where a line has a height: skl2onnx folds what fills in into no constant of its own. */
function* inverse(curve: Curve, steps: readonly Step[], height: number): Asking<number | undefined> {
  if (steps.length > 1 || (steps[0] && steps[0].kind !== 'StandardScaler')) return undefined
  const line = yield* lineOf(curve, -1000, 1000)
  return line && line.center + height * line.scale
}

function* stepsOfCurve(
  curve: Curve,
  probes: readonly number[],
  limits: readonly number[],
): Asking<readonly Step[] | undefined> {
  const y = yield* curve(probes)
  const fits = (f: (x: number) => number) => probes.every((x, k) => isNear(y[k]!, f(x)))
  const line = yield* lineOf(curve, -1000, 1000)
  if (line && fits((x) => (x - line.center) / line.scale)) return stepsOfLine(line)
  return stepsOfFunction(probes, y) ?? (yield* stepsOfBounded(curve, fits, limits))
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
    // Far from 0 the last digits of a sine are those of its argument.
    const compared = periodic.has(name)
      ? probes.flatMap((x, k) => (Math.abs(x) <= 1000 ? [k] : []))
      : [...probes.keys()]
    const finite = compared.filter((k) => Number.isFinite(values[k]))
    // A line is measured near 0: far away the last digits of a difference are lost.
    const near = finite.filter((k) => Math.abs(probes[k]!) <= 1000)
    const isOther = (k: number) =>
      Number.isFinite(values[k]) !== Number.isFinite(y[k]) || Number.isNaN(values[k]) !== Number.isNaN(y[k])
    if (near.length < 4 || compared.some(isOther)) continue
    if (finite.every((k) => isNear(y[k]!, values[k]!))) return [namedFunction(name)]
    const sorted = near.toSorted((a, b) => values[a]! - values[b]!)
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
function* stepsOfBounded(
  curve: Curve,
  fits: (f: (x: number) => number) => boolean,
  limits: readonly number[],
): Asking<readonly Step[] | undefined> {
  const [low, high] = (yield* curve([-1e30, 1e30])) as [number, number]
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) return undefined
  const a = yield* crossing(curve, low + 0.25 * (high - low))
  const b = yield* crossing(curve, low + 0.75 * (high - low))
  if (a === undefined || b === undefined) return undefined
  const line = yield* lineOf(curve, a, b)
  if (line && line.scale > 0) {
    const clip = (x: number) => Math.min(high, Math.max(low, (x - line.center) / line.scale))
    if (fits(clip)) return [minMax(line, low, high)]
  }
  const bent: Curve = function* (x) {
    const y = yield* curve(x)
    return y.map((value) => value / Math.sqrt(1 - (value / 3) ** 2))
  }
  const own = isNear(high, 3) && isNear(low, -3) ? yield* lineOf(bent, a, b) : undefined
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
