import type { Matrix } from 'perceptra'

/** The index of the largest number. */
export function largest(row: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i
  return best
}

/** The number of images of class i that were predicted as class j: `counts[i][j]`. */
export function countConfusion(probabilities: Matrix, labels: ArrayLike<number>): number[][] {
  const counts = Array.from({ length: probabilities.cols }, () => new Array<number>(probabilities.cols).fill(0))
  for (let i = 0; i < probabilities.rows; i++) counts[labels[i]!]![largest(probabilities.row(i))]!++
  return counts
}

/** The sum of the diagonal. */
export function countRight(counts: readonly number[][]): number {
  return counts.reduce((sum, row, i) => sum + row[i]!, 0)
}

/** The counts as an aligned table, with dots for zeros, so that confusions are easy to see. */
export function formatConfusion(counts: readonly number[][], classNames: readonly string[]): string[] {
  const names = classNames.map((name, i) => (name === `${i}` ? name : `${i} ${name}`))
  const label = Math.max(...names.map((name) => name.length))
  const cell = 2 + Math.max(...counts.flat().map((count) => `${count}`.length), `${counts.length - 1}`.length)
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(label)} |${cells.map((text) => text.padStart(cell)).join('')}`
  const rule = `${'-'.repeat(label + 1)}+${'-'.repeat(cell * counts.length)}`
  const header = counts.map((_, j) => `${j}`)
  const rows = counts.map((row, i) => {
    const cells = row.map((count) => (count === 0 ? '.' : `${count}`))
    return line(names[i]!, cells)
  })
  return [line('', header), rule, ...rows]
}
