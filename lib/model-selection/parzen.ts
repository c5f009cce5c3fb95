/** Normal distributions in the range from 0 to 1, one around each point and a wide one for what is not known. */
interface Mixture {
  readonly centres: readonly number[]
  readonly widths: readonly number[]
}

/**
 * A share of a range that good points suggest: the best of several draws from their density l, by l / g with g that of the other points.
 *
 * Source: Bergstra, Bardenet, Bengio and Kegl 2011, Algorithms for hyper-parameter optimization, section 4.
 */
export function proposeShare(
  good: readonly number[],
  other: readonly number[],
  tries: number,
  random: () => number,
): number {
  const [l, g] = [mixtureOf(good), mixtureOf(other)]
  return bestOf(
    tries,
    () => drawFrom(l, random),
    (share) => densityAt(l, share) / densityAt(g, share),
  )
}

/** The same of a choice: how often each was taken, plus one. */
export function proposeChoice(
  good: readonly number[],
  other: readonly number[],
  choices: number,
  tries: number,
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
  return bestOf(tries, draw, (choice) => l[choice]! / g[choice]!)
}

function bestOf(tries: number, draw: () => number, value: (drawn: number) => number): number {
  let [best, highest] = [0, -Infinity]
  for (let k = 0; k < tries; k++) {
    const drawn = draw()
    const own = value(drawn)
    if (own > highest) [best, highest] = [drawn, own]
  }
  return best
}

function countsOf(taken: readonly number[], choices: number): number[] {
  const counts = new Array<number>(choices).fill(1)
  for (const choice of taken) counts[choice]!++
  return counts
}

/** Each point is as wide as the way to its nearest neighbour, but no narrower than a fiftieth of the range. */
function mixtureOf(points: readonly number[]): Mixture {
  const centres = [0.5, ...points].sort((a, b) => a - b)
  const prior = centres.indexOf(0.5)
  const narrow = 0.02
  const widths = centres.map((centre, k) => {
    if (k === prior) return 1
    // The outermost have one neighbour, and equal points none there.
    const [before, after] = [centre - (centres[k - 1] ?? centre), (centres[k + 1] ?? centre) - centre]
    return Math.min(1, Math.max(narrow, Math.min(before || after, after || before)))
  })
  return { centres, widths }
}

function drawFrom({ centres, widths }: Mixture, random: () => number): number {
  const k = Math.floor(random() * centres.length)
  // What falls outside of the range is drawn again: at least a third of each stays inside.
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
