import { expect } from 'vitest'

/** Expects numbers within 1e-6 of the largest of them, or of 1. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-6): void {
  expect(actual.length).toBe(expected.length)
  const size = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1)
  for (let k = 0; k < expected.length; k++) {
    if (Object.is(actual[k], expected[k])) continue
    expect(Math.abs(actual[k]! - expected[k]!), `${actual[k]} for ${expected[k]}`).toBeLessThanOrEqual(within * size)
  }
}
