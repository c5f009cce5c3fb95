import { pathToFileURL } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { folderStore } from '../../lib/distributed/index.js'
import { newFolder } from '../support/members.js'
import { type RunningRank, runRanks, startRanks } from '../support/ranks.js'
import { Relay } from '../support/relay.js'
import type { RankPlan } from './programs/rank-model.js'
import { ownPort } from './programs/relayed-store.js'

const relays: Relay[] = []
const started: RunningRank[] = []
afterEach(() => {
  for (const relay of relays.splice(0)) relay.close()
  for (const { process } of started.splice(0)) process.kill('SIGKILL')
})

/** Two ranks, and what is between them. */
async function startRelayed(plan: RankPlan, delayMs = 0) {
  const folder = newFolder()
  const target = async () => Buffer.from(await folderStore(folder).get(ownPort, 20)).readUInt16BE(0)
  const relay = await Relay.open(target, delayMs)
  relays.push(relay)
  const relayed: RankPlan = { ...plan, only: { 0: { relay: { folder, port: relay.port } } } }
  const ranks = startRanks(2, relayed, () => ({ PERCEPTRA_STORE: pathToFileURL(folder).href }))
  started.push(...ranks)
  return { relay, ranks }
}

const resultsOf = (ranks: readonly RunningRank[]) => Promise.all(ranks.map(({ result }) => result))

it('trains to the same bits where each message is 20 ms on its way', async () => {
  const plan: RankPlan = { shuffle: true, batchNormalization: true, epochs: 2 }
  const [near] = await runRanks(2, plan)
  const { ranks } = await startRelayed(plan, 20)
  for (const far of await resultsOf(ranks)) {
    expect([far?.stopReason, far?.hash, far?.logs]).toEqual(['completed', near!.hash, near!.logs])
  }
})

it('ends on both sides where messages get lost in both directions', async () => {
  const { relay, ranks } = await startRelayed({ epochs: 1e6, timeout: 2 })
  await Promise.all(ranks.map((rank) => rank.epoch(3)))
  relay.cut()
  for (const result of await resultsOf(ranks)) {
    const message = expect.stringContaining('got no answer from the others within the timeout')
    expect(result?.error).toMatchObject({ code: 'ERR_GROUP_LOST', message })
    expect(result?.after).toBe('ERR_GROUP_LOST')
  }
})

it('ends with an error on both sides, and crashes on none, where bytes come that no rank sent', async () => {
  // Where they come sets what is found first: no message, a call that is not the other rank's, or a loss that is not finite.
  const code = expect.stringMatching(/^ERR_(GROUP_LOST|GROUP_FAILED|TRAINING)$/)
  for (const byte of [0, 1, 255]) {
    const { relay, ranks } = await startRelayed({ epochs: 1e6, timeout: 2 })
    await Promise.all(ranks.map((rank) => rank.epoch(3)))
    relay.garble(new Uint8Array(1000).fill(byte))
    for (const result of await resultsOf(ranks)) {
      expect(result?.error).toMatchObject({ code })
      expect(result?.after).toMatch(/^ERR_GROUP_(LOST|FAILED)$/)
    }
  }
})
