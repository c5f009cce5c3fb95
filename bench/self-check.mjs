import { makeCase, makeWeights, rowsOf } from './cases.mjs'
import { ours } from './peers/index.mjs'

const tolerance = 1e-3

/**
 * All peers take the same steps over the same batches from the same weights. Their losses must agree, otherwise they
 * do different work. Returns one entry per peer that accepts weights.
 */
export async function selfCheck(opened, nets, optimizers) {
  const results = []
  for (const net of nets) {
    for (const optimizer of optimizers) {
      const steps = net.checkSteps ?? 10
      const spec = makeCase(net, optimizer, { rows: steps * net.batch, shuffle: false })
      const losses = {}
      let before
      for (const [name, peer] of Object.entries(opened)) {
        if (net.leaveOut?.includes(name)) continue
        const session = await peer.session(spec)
        if (session.setWeights) {
          await session.enter?.()
          await session.setWeights(makeWeights(net))
          before ??= await meanLoss(session, spec)
          await session.train(steps)
          losses[name] = await meanLoss(session, spec)
        }
        await session.dispose()
      }
      for (const [peer, loss] of Object.entries(losses)) {
        if (peer === ours) continue
        const difference = Math.abs(loss - losses[ours])
        const agrees = difference <= tolerance && before !== losses[ours]
        results.push({ net: net.name, optimizer, peer, before, ours: losses[ours], loss, agrees })
      }
    }
  }
  return results
}

/** Cross-entropy over up to 200 rows, from the predictions. */
async function meanLoss(session, spec) {
  const rows = rowsOf(spec, Math.min(spec.rows, 200))
  let sum = 0
  for (const [r, row] of rows.entries()) {
    const out = await session.predict(row)
    const target = spec.y[r]
    sum -= Math.log(out.length > 1 ? out[target] : target === 1 ? out[0] : 1 - out[0])
  }
  return sum / rows.length
}
