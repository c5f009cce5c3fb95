/** A computation that asks for results at some numbers, so that those of many columns are found in one run of a graph. */
export type Asking<R> = Generator<readonly number[], R, readonly number[]>

/** A function of one number, at many of them. */
export type Curve = (x: readonly number[]) => Asking<readonly number[]>

/** How close two results of a formula are. */
const tolerance = 1e-7

export function isNear(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))
}

/** y = (x - center) / scale. */
export interface Line {
  readonly center: number
  readonly scale: number
}

/** Times a line is measured again around its own center. */
const rounds = 3

/** The line that a curve is between two numbers; undefined where it does not rise or fall there. */
export function* lineOf(curve: Curve, a: number, b: number): Asking<Line | undefined> {
  const [low, high] = (yield* curve([a, b])) as [number, number]
  let scale = (b - a) / (high - low)
  let center = a - low * scale
  for (let k = 0; k < rounds; k++) {
    if (!Number.isFinite(scale) || scale === 0 || !Number.isFinite(center)) return undefined
    // Between a and b alone the curve may be this line.
    const [from, to] = [Math.max(a, center - Math.abs(scale)), Math.min(b, center + Math.abs(scale))]
    if (!(from < to)) break
    const [below, above] = (yield* curve([from, to])) as [number, number]
    scale = (to - from) / (above - below)
    center = from - below * scale
  }
  return Number.isFinite(scale) && Number.isFinite(center)
    ? { center: clean(center, scale), scale: clean(scale, 1) }
    : undefined
}

/** What is left of rounding: 1 + 1e-16 is 1. */
function clean(value: number, size: number): number {
  if (Math.abs(value) < 1e-13 * Math.abs(size)) return 0
  const near = Number(value.toPrecision(14))
  return Math.abs(near - Math.round(near)) === 0 ? near : value
}

/** Numbers in a search, and how often it is refined. */
const [steps, refinements] = [65, 12]

/** A number at which a curve that rises has passed a height; undefined where it does not. */
export function* crossing(curve: Curve, height: number): Asking<number | undefined> {
  let [low, high] = [-1e30, 1e30]
  for (let round = 0; round < refinements; round++) {
    const x = Array.from({ length: steps }, (_, k) => between(low, high, k / (steps - 1)))
    const y = yield* curve(x)
    const at = y.findIndex((value) => value >= height)
    if (at <= 0) return undefined
    if (y[at] === height) return x[at]
    ;[low, high] = [x[at - 1]!, x[at]!]
    if (high - low <= 1e-12 * Math.abs(high)) break
  }
  return high
}

/** From low to high, by powers where they are far from each other. */
export function between(low: number, high: number, share: number): number {
  if (Math.abs(high - low) < 1000) return low + share * (high - low)
  const [a, b] = [Math.asinh(low), Math.asinh(high)]
  return Math.sinh(a + share * (b - a))
}
