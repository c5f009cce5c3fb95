// The limits of the machine, measured by cpp/bench/roof.cpp: contenders beside the libraries, which time themselves.
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

/** The side of the matrices for the peak: large enough to reach it, small enough for several products in a time box. */
const side = 1024

/**
 * `libraries`: paths of shared libraries (MKL, oneDNN, LIBXSMM) that compute products beside our kernels and OpenBLAS; for each
 * shape the fastest counts. Without it, PERCEPTRA_PRODUCT_LIBRARIES names them.
 */
export function openRoof({ libraries } = {}) {
  if (!existsSync(program)) throw new Error('perceptra_roof is not built: node scripts/setup.mjs --for bench')
  const environment = libraries ? { PERCEPTRA_PRODUCT_LIBRARIES: libraries.join(':') } : {}
  const child = new LineChild(program, [], { ...process.env, ...environment })
  /** Each runs a whole number of its units and returns their time. */
  const timed = (what, sizes) => async (amount) => {
    const done = Math.ceil(amount)
    return { done, elapsed: Number(await child.ask([what, done, ...sizes].join(' '))) }
  }
  const cores = availableParallelism()
  /** The unit is one step's products; each core computes its share of the steps. */
  const onAll = (sizes) => async (amount) => {
    const each = Math.ceil(amount / cores)
    return { done: each * cores, elapsed: Number(await child.ask(['together', cores, each, ...sizes].join(' '))) }
  }
  return {
    /**
     * The products of a training step, on one thread and on one thread per core, and the product of two large matrices; timed
     * interleaved with the step itself.
     */
    contenders: ({ batch, sizes }) => [
      { name: products, run: timed('products', [batch, ...sizes]) },
      { name: together, least: cores, run: onAll([batch, ...sizes]) },
      { name: peak, run: timed('peak', [side]) },
    ],
    /** For each shape of product in a step: whom the bounds take for it, and the time of each who could compute it. */
    fastest: async ({ batch, sizes }) => {
      const products = (await child.ask(`fastest ${batch} ${sizes.join(' ')}`)).split('; ').map(readProduct)
      return [...new Map(products.map((each) => [each.product, each])).values()]
    },
    /** Reads this much memory; the unit is all of it. */
    reading: (megabytes) => ({ name: `reading ${megabytes} MB`, run: timed('read', [megabytes]) }),
    close: () => child.close(),
  }
}

/** 'forward/32_784_128 own own=101.6 OpenBLAS=117.7' */
function readProduct(text) {
  const [product, takes, ...times] = text.split(' ')
  return {
    product,
    shape: product.split('/')[1].split('_').map(Number),
    takes,
    microseconds: Object.fromEntries(times.map((time) => time.split('=')).map(([by, us]) => [by, Number(us)])),
  }
}

/**
 * Removes the roof's entries from `results` and returns shares: `share` is the time of the products, divided over all
 * cores without loss, over the time of the complete step; `shareTogether` the same for products that run on all cores at
 * once, each core with its own matrices; `shareOfPeak` the operations of the products per second over those of
 * all cores in the product of two large matrices.
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

/** Multiplications and additions in the products of a step: forward, gradients of inputs (not in the first layer), gradients of weights. */
function operations({ batch, sizes }) {
  const weights = sizes.slice(1).map((width, i) => width * sizes[i])
  const all = weights.reduce((sum, count) => sum + count, 0)
  return 2 * batch * (3 * all - weights[0])
}
