// What the machine could do at most, asked of cpp/bench/roof.cpp: contenders beside the libraries, timed by themselves.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { LineChild } from './line-child.mjs'
import { ours } from './peers/index.mjs'
import { median, spread } from './statistics.mjs'

const program = fileURLToPath(new URL('../build/bench/cpp/bench/perceptra_roof', import.meta.url))
const products = 'bare products'
const together = 'bare products on all cores'
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
  const cores = availableParallelism()
  /** The unit is a step's products here too: each of the cores does its share of the steps. */
  const onAll = (sizes) => async (amount) => {
    const each = Math.ceil(amount / cores)
    return { done: each * cores, elapsed: Number(await child.ask(['together', cores, each, ...sizes].join(' '))) }
  }
  return {
    /**
     * The products of a training step, on one thread and on one a core at once, and of two large matrices: to be timed in
     * turn with the step itself.
     */
    contenders: ({ batch, sizes }) => [
      { name: products, run: timed('products', [batch, ...sizes]) },
      { name: together, least: cores, run: onAll([batch, ...sizes]) },
      { name: peak, run: timed('peak', [side]) },
    ],
    /** Reading so much memory: the unit is the whole of it. */
    reading: (megabytes) => ({ name: `reading ${megabytes} MB`, run: timed('read', [megabytes]) }),
    close: () => child.close(),
  }
}

/**
 * Takes the roof's entries out of `results` and says how near to it we are: `share` is the time of the bare products, shared
 * by all cores without any loss, over that of our whole step; `shareTogether` the same of products that run on all cores at
 * once, each core with matrices of its own; `shareOfPeak` the arithmetic of the products that we did in a second over what
 * so many cores do in the product of two large matrices.
 */
export function shareOfRoof(results, net, cores) {
  const { [products]: bare, [together]: all, [peak]: limit, ...others } = results
  if (!bare || !all || !limit) return { results: others }
  const own = others[ours].times
  const peakGflops = limit.times.map((time) => (2e-3 * side ** 3) / time)
  const gflops = own.map((time) => (operations(net) * 1e-3) / time)
  return {
    results: others,
    roof: {
      productsMicroseconds: bare.microseconds,
      togetherMicroseconds: all.microseconds,
      peakGflops: spread(peakGflops),
      gflops: spread(gflops),
      share: {
        median: median(own.map((time, round) => bare.times[round] / cores / time)),
        best: bare.microseconds.min / cores / Math.min(...own),
      },
      shareTogether: {
        median: median(own.map((time, round) => all.times[round] / time)),
        best: all.microseconds.min / Math.min(...own),
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
