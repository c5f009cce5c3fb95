import { normalCdf } from '../../../math/normal.js'
import type { ActivationSpec } from '../../../spec/activation.js'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** The activations without parameters. */
export const plain: readonly (readonly [ActivationSpec, (x: number) => number])[] = [
  [{ name: 'linear' }, (x) => x],
  [{ name: 'relu' }, (x) => Math.max(x, 0)],
  [{ name: 'selu' }, (x) => seluScale * (x < 0 ? seluAlpha * Math.expm1(x) : x)],
  [{ name: 'gelu', approximate: false }, (x) => x * normalCdf(x)],
  [
    { name: 'gelu', approximate: true },
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  [{ name: 'silu' }, (x) => x * sigmoid(x)],
  [{ name: 'mish' }, (x) => x * Math.tanh(softplus(x))],
  [{ name: 'sigmoid' }, sigmoid],
  [{ name: 'hardSigmoid' }, (x) => Math.min(1, Math.max(0, x / 6 + 0.5))],
  [{ name: 'tanh' }, Math.tanh],
  [{ name: 'softplus' }, softplus],
  [{ name: 'softsign' }, (x) => x / (1 + Math.abs(x))],
  [{ name: 'exponential' }, Math.exp],
  [{ name: 'step' }, (x) => Number(x > 0)],
]

/** Numbers on both sides of 0, close to it and far from it, at which functions are compared. */
export const probes = Float64Array.of(
  ...[-300, -60],
  ...Array.from({ length: 81 }, (_, k) => (k - 40) / 4 + 0.013 * Math.sin(k)),
  ...[60, 300],
)

/** Constants of files are float32, and some writers round them to 6 digits. */
const tolerance = 2e-6

/**
 * The activation whose values at the probes are these: exporters write one activation in many ways, so the function is compared and
 * not its form. Undefined if it is none.
 */
export function activationWith(values: ArrayLike<number>): ActivationSpec | undefined {
  const fits = (f: (x: number) => number) =>
    probes.every((x, k) => Math.abs(values[k]! - f(x)) <= tolerance * Math.max(1, Math.abs(f(x))))
  const found = plain.find(([, f]) => fits(f))
  if (found) return found[0]
  const [lowest, x] = [values[0]!, probes[0]!]
  const slope = rounded(lowest / x)
  if (slope >= 0 && fits((z) => (z < 0 ? slope * z : z))) return { name: 'leakyRelu', negativeSlope: slope }
  const alpha = rounded(lowest / Math.expm1(x))
  if (alpha >= 0 && fits((z) => (z < 0 ? alpha * Math.expm1(z) : z))) return { name: 'elu', alpha }
  return undefined
}

/** 0.01 of a float32 becomes 0.01 again. */
function rounded(value: number): number {
  return Number(value.toPrecision(7))
}
