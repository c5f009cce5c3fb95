import type { ActivationSpec } from '../../../spec/activation.js'
import type { Cells } from './cells.js'
import { plain } from './known-activations.js'

/** Numbers beyond this are not looked at: activations with exponents overflow. */
const largest = 30

/** The activation f and the factors of y = x + factor (f(x) - x), with one factor a column; undefined for another function. */
export function parametricOf(x: Cells, y: Cells): { activation: ActivationSpec; factors: Float32Array } | undefined {
  for (const [activation, f] of plain) {
    const factors = factorsOf(x, y, f)
    if (factors) return { activation, factors }
  }
  return undefined
}

function factorsOf(x: Cells, y: Cells, f: (x: number) => number): Float32Array | undefined {
  const { columns } = x
  const changes = Float64Array.from(x.data, (value) => (Math.abs(value) > largest ? 0 : f(value) - value))
  // The place of the largest change of each column.
  const places = new Int32Array(columns).fill(-1)
  for (const [k, change] of changes.entries()) {
    const at = places[k % columns]!
    if (change !== 0 && (at < 0 || Math.abs(change) > Math.abs(changes[at]!))) places[k % columns] = k
  }
  if (places.includes(-1)) return undefined
  const factors = Float64Array.from(places, (k) => (y.data[k]! - x.data[k]!) / changes[k]!)
  const fits = changes.every((change, k) => {
    if (Math.abs(x.data[k]!) > largest) return true
    const expected = x.data[k]! + factors[k % columns]! * change
    return Math.abs(y.data[k]! - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
  })
  return fits ? Float32Array.from(factors) : undefined
}
