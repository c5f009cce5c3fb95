/** Normal distributions in the range from 0 to 1: one around each point, and a wide one as the prior. */
interface Mixture {
  readonly centres: readonly number[]
  readonly widths: readonly number[]
}

/**
 * Proposes a share of a range: of several draws from the density l of the good points, the one with the largest l / g, where g
 * is the density of the other points.
 *
 * Source: Bergstra, Bardenet, Bengio and Kegl 2011, "Algorithms for hyper-parameter optimization", section 4.
 */
export function proposeShare(
  good: readonly number[],
  other: readonly number[],
  draws: number,
  random: () => number,
): number {
  const [l, g] = [mixtureOf(good), mixtureOf(other)]
  return bestOf(
    draws,
    () => drawFrom(l, random),
    (share) => densityAt(l, share) / densityAt(g, share),
  )
}

/** Proposes a choice likewise; l and g are counts of each choice, plus one. */
export function proposeChoice(
  good: readonly number[],
  other: readonly number[],
  choices: number,
  draws: number,
  random: () => number,
): number {
  const [l, g] = [countsOf(good, choices), countsOf(other, choices)]
  const draw = () => {
    let left = random() * (good.length + choices)
    for (let k = 0; k < choices; k++) {
      left -= l[k]!
      if (left < 0) return k
    }
    return choices - 1
  }
  return bestOf(draws, draw, (choice) => l[choice]! / g[choice]!)
}

function bestOf(draws: number, draw: () => number, ratio: (value: number) => number): number {
  let [best, highest] = [0, -Infinity]
  for (let k = 0; k < draws; k++) {
    const value = draw()
    const current = ratio(value)
    if (current > highest) [best, highest] = [value, current]
  }
  return best
}

function countsOf(points: readonly number[], choices: number): number[] {
  const counts = new Array<number>(choices).fill(1)
  for (const choice of points) counts[choice]!++
  return counts
}

/** The width of a point is the distance to its nearest neighbour, at least a fiftieth of the range. */
function mixtureOf(points: readonly number[]): Mixture {
  const centres = [0.5, ...points].sort((a, b) => a - b)
  const prior = centres.indexOf(0.5)
  const narrow = 0.02
  const widths = centres.map((centre, k) => {
    if (k === prior) return 1
    // The outermost points have one neighbour. A distance of 0, to an equal point, does not count.
    const [before, after] = [centre - (centres[k - 1] ?? centre), (centres[k + 1] ?? centre) - centre]
    return Math.min(1, Math.max(narrow, Math.min(before || after, after || before)))
  })
  return { centres, widths }
}

function drawFrom({ centres, widths }: Mixture, random: () => number): number {
  const k = Math.floor(random() * centres.length)
  // Draws outside of the range are repeated; at least a third of each distribution lies inside.
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    const share = centres[k]! + widths[k]! * radius * Math.cos(2 * Math.PI * random())
    if (share >= 0 && share < 1) return share
  }
}

function densityAt({ centres, widths }: Mixture, share: number): number {
  let sum = 0
  for (const [k, centre] of centres.entries()) {
    const width = widths[k]!
    const inside = normalBelow((1 - centre) / width) - normalBelow(-centre / width)
    sum += Math.exp(-0.5 * ((share - centre) / width) ** 2) / (width * inside)
  }
  return sum / centres.length
}

/** The share of a normal distribution below z, by the logistic approximation of Bowling et al. 2009, within 1.4e-4. */
function normalBelow(z: number): number {
  return 1 / (1 + Math.exp(-0.07056 * z ** 3 - 1.5976 * z))
}
