// Pseudorandom rows, and targets for every loss.
const rows = 24
/** Pseudorandom numbers from -1 to 1. */
const numbers = (count: number, seed: number) => {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
}
const table = (columns: number, seed: number, map = (value: number) => value) =>
  Array.from({ length: rows }, (_, row) => numbers(columns, seed + 977 * row).map(map))
export const x = table(4, 1)
export const values = table(2, 2)
export const bits = table(2, 3, (value) => (value > 0 ? 1 : 0))
export const oneHot = table(1, 4).map(([value]) => (value! > 0 ? [1, 0] : [0, 1]))
export const classes = oneHot.map(([first]) => (first === 1 ? 0 : 1))
export const counts = table(2, 5, (value) => Math.floor(4 * Math.abs(value)))
export const indices = table(4, 6, (value) => Math.floor(3 * Math.abs(value)))
