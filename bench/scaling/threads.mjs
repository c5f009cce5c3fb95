// The gain of threads: the automatic choice against fixed numbers, more threads than cores, and a core with another process.
import { availableParallelism } from 'node:os'
import { makeCase } from '../cases.mjs'
import { interleave, training } from '../measure.mjs'
import { ratios } from '../statistics.mjs'
import { startNeighbour } from './neighbour.mjs'

const optimizer = 'adam'

/** One thread, one per core, and twice as many: 1, 2 and 4 on two cores. */
export async function withThreads(peer, nets, options) {
  const cores = availableParallelism()
  const counts = [...new Set([1, 2, cores, 2 * cores])].sort((a, b) => a - b)
  const results = []
  for (const net of nets) {
    const spec = makeCase(net, optimizer)
    const sessions = await Promise.all([0, ...counts].map((threads) => peer.session({ ...spec, threads })))
    const contenders = sessions.map((session, i) => training(i === 0 ? 'automatic' : String(counts[i - 1]), session))
    const { automatic, ...fixed } = (await interleave(contenders, options)).results
    const best = Object.keys(fixed).reduce((a, b) =>
      fixed[b].microseconds.median < fixed[a].microseconds.median ? b : a,
    )
    results.push({
      net: net.name,
      batch: net.batch,
      automatic: automatic.microseconds,
      fixed: Object.fromEntries(counts.map((count) => [count, fixed[count].microseconds])),
      best: Number(best),
      overBest: ratios(automatic.times, fixed[best].times),
      mostOverAutomatic: fixed[counts.at(-1)].ratio,
    })
    for (const session of sessions) await session.dispose()
  }
  return results
}

/** The automatic choice, alone and while another process spins on one core. */
export async function withNeighbour(peer, nets, options) {
  const neighbour = await startNeighbour()
  try {
    const results = []
    for (const net of nets) {
      const session = await peer.session(makeCase(net, optimizer))
      const contenders = [
        { ...training('alone', session), enter: neighbour.rest },
        { ...training('disturbed', session), enter: neighbour.spin },
      ]
      const { alone, disturbed } = (await interleave(contenders, options)).results
      await session.dispose()
      results.push({
        net: net.name,
        pinned: neighbour.pinned,
        alone: alone.microseconds,
        disturbed: disturbed.microseconds,
        ratio: disturbed.ratio,
      })
    }
    return results
  } finally {
    neighbour.end()
  }
}
