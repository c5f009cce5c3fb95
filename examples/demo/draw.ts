/** From white to black. */
const ramp = ' .:-=+*#%@'

/** An image of values from 0 to 1 as lines of characters, darker for higher values. Characters are twice as high as wide. */
export function drawImage(pixels: ArrayLike<number>, [rows, columns]: readonly [number, number]): string[] {
  const at = (i: number, j: number) => pixels[i * columns + j]!
  // In a small image a pixel has two characters; in a large one, two pixels share a character.
  if (columns <= 16)
    return range(rows).map((i) =>
      range(columns)
        .map((j) => shade(at(i, j)).repeat(2))
        .join(''),
    )
  return range(Math.ceil(rows / 2)).map((half) => {
    const [above, below] = [half * 2, Math.min(half * 2 + 1, rows - 1)]
    return range(columns)
      .map((j) => shade((at(above, j) + at(below, j)) / 2))
      .join('')
  })
}

/** Blocks of lines side by side, in as many bands as the width requires. */
export function sideBySide(blocks: readonly string[][], width: number, gap = 2): string[] {
  const widest = Math.max(0, ...blocks.flat().map((line) => line.length))
  const across = Math.max(1, Math.floor((width + gap) / (widest + gap)))
  const lines: string[] = []
  for (let first = 0; first < blocks.length; first += across) {
    const band = blocks.slice(first, first + across)
    const height = Math.max(...band.map((block) => block.length))
    if (first > 0) lines.push('')
    for (const i of range(height)) {
      const cells = band.map((block) => (block[i] ?? '').padEnd(widest))
      lines.push(cells.join(' '.repeat(gap)).trimEnd())
    }
  }
  return lines
}

function shade(value: number): string {
  return ramp[Math.min(ramp.length - 1, Math.max(0, Math.floor(value * ramp.length)))]!
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
