// Cost along one axis: all points interleaved, so that a slow second of the machine affects all of them.
import { availableParallelism } from 'node:os'
import { makeCase, makeNet } from '../cases.mjs'
import { interleave, training } from '../measure.mjs'
import { ours } from '../peers/index.mjs'
import { shareOfRoof } from '../roof.mjs'
import { spread } from '../statistics.mjs'

const optimizer = 'adam'

export function alongWidth(peer, roof, options) {
  const widths = options.quick ? [16, 128, 1024] : [16, 32, 64, 128, 256, 512, 1024, 2048]
  const points = widths.map((width) => ({ width, net: relu([784, width, 10], 128), rows: 1280 }))
  return alongNets(peer, roof, points, options)
}

export function alongBatch(peer, roof, options) {
  const batches = options.quick ? [1, 32, 1024] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
  const points = batches.map((batch) => ({ batch, net: relu([784, 128, 10], batch), rows: 2048 }))
  return alongNets(peer, roof, points, options)
}

/** Epochs by `fit`, with the copy of the data, of a net so narrow that most of the work is proportional to the rows. */
export async function alongRows(peer, options) {
  const counts = options.quick ? [1e3, 1e4, 1e5] : [1e3, 1e4, 1e5, 1e6]
  const net = relu([20, 16, 1], 100)
  const results = []
  // One session at a time: with a million rows, all sessions at once would measure the memory.
  for (const rows of counts) {
    const session = await peer.session(makeCase(net, optimizer, { rows }))
    const { results: found } = await interleave([training(ours, session)], options)
    const times = found[ours].times.map((time) => (time * rows) / net.batch)
    const microseconds = spread(times)
    results.push({ rows, microseconds, perRow: microseconds.median / rows })
    await session.dispose()
  }
  return results
}

const relu = (sizes, batch) => makeNet({ sizes, batch, hidden: 'relu' })

async function alongNets(peer, roof, points, options) {
  const sessions = await Promise.all(points.map(({ net, rows }) => peer.session(makeCase(net, optimizer, { rows }))))
  const contenders = points.flatMap(({ net }, i) => [
    training(`${i} ${ours}`, sessions[i]),
    ...(roof?.contenders(net).map(({ name, run }) => ({ name: `${i} ${name}`, run })) ?? []),
  ])
  const { results } = await interleave(contenders, options)
  for (const session of sessions) await session.dispose()
  return points.map(({ net, rows: _, ...axis }, i) => {
    const own = Object.entries(results).filter(([name]) => name.startsWith(`${i} `))
    const named = Object.fromEntries(own.map(([name, result]) => [name.slice(`${i} `.length), result]))
    const { roof: found } = shareOfRoof(named, net, availableParallelism())
    const { microseconds } = named[ours]
    const weights = net.sizes.slice(1).reduce((sum, width, l) => sum + width * net.sizes[l], 0)
    return {
      ...axis,
      microseconds,
      perRow: microseconds.median / net.batch,
      /** Picoseconds. */
      perWeight: (microseconds.median * 1e6) / weights / net.batch,
      share: found?.share.median,
      shareTogether: found?.shareTogether.median,
    }
  })
}
