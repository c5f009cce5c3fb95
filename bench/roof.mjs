// What the machine could do at most, asked of cpp/bench/roof.cpp: contenders beside the libraries, timed by themselves.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LineChild } from './line-child.mjs'
import { ours } from './peers/index.mjs'
import { median, spread } from './statistics.mjs'

const program = fileURLToPath(new URL('../build/bench/cpp/bench/perceptra_roof', import.meta.url))
const products = 'bare products'
const peak = 'peak'

/** The side of the matrices whose product tells the peak: large enough for it, small enough for many in a box of time. */
const side = 1024

export function openRoof() {
  if (!existsSync(program)) throw new Error('perceptra_roof is not built: node scripts/setup.mjs --for bench')
  const child = new LineChild(program, [])
  /** Each takes a whole number of its units, whose time is the answer. */
  const timed = (what, sizes) => async (amount) => {
    const done = Math.ceil(amount)
    return { done, elapsed: Number(await child.ask([what, done, ...sizes].join(' '))) }
  }
  return {
    /** The products of a training step, and of two large matrices: to be timed in turn with the step itself. */
    contenders: ({ batch, sizes }) => [
      { name: products, run: timed('products', [batch, ...sizes]) },
      { name: peak, run: timed('peak', [side]) },
    ],
    /** Reading so much memory: the unit is the whole of it. */
    reading: (megabytes) => ({ name: `reading ${megabytes} MB`, run: timed('read', [megabytes]) }),
    close: () => child.close(),
  }
}

/**
 * Takes the roof's entries out of `results` and says how near to it we are: `share` is the time of the bare products, shared
 * by all cores without any loss, over that of our whole step; `shareOfPeak` the arithmetic of the products that we did in
 * a second over what so many cores do in the product of two large matrices.
 */
export function shareOfRoof(results, net, cores) {
  const { [products]: bare, [peak]: limit, ...others } = results
  if (!bare || !limit) return { results: others }
  const own = others[ours].times
  const peakGflops = limit.times.map((time) => (2e-3 * side ** 3) / time)
  const gflops = own.map((time) => (operations(net) * 1e-3) / time)
  return {
    results: others,
    roof: {
      productsMicroseconds: bare.microseconds,
      peakGflops: spread(peakGflops),
      gflops: spread(gflops),
      share: {
        median: median(own.map((time, round) => bare.times[round] / cores / time)),
        best: bare.microseconds.min / cores / Math.min(...own),
      },
      shareOfPeak: median(gflops.map((value, round) => value / peakGflops[round] / cores)),
    },
  }
}

/** Multiplications and additions in the products of a step: forward, to the inputs but for the first layer, to the weights. */
function operations({ batch, sizes }) {
  const weights = sizes.slice(1).map((width, i) => width * sizes[i])
  const all = weights.reduce((sum, count) => sum + count, 0)
  return 2 * batch * (3 * all - weights[0])
}
