import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { folderStore, join } from '../../lib/distributed/index.js'
import { uniforms } from '../../lib/math/random.js'
import { listeningPorts } from '../support/listening-ports.js'
import { type Member, newFolder, startMember, startMembers } from '../support/members.js'
import { TwoMachines } from '../support/network-namespaces.js'

/** Ranks killed at random moments; scripts/kill-ranks.mjs sets more. */
const kills = Number(process.env.PERCEPTRA_KILLS ?? 5)
const random = uniforms(Number(process.env.PERCEPTRA_SEED ?? 1))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let started: Member[] = []
afterEach(() => {
  for (const { process } of started) process.kill('SIGKILL')
  started = []
})

function members(...args: Parameters<typeof startMembers>): Member[] {
  const all = startMembers(...args)
  started.push(...all)
  return all
}

/** The sums of a whole run: all ranks have them. */
const sumOf = (rounds: number, size: number) =>
  Array.from({ length: rounds }, (_, round) => size * round + (size * (size - 1)) / 2).reduce(
    (sum, one) => sum + one,
    0,
  )

it('gives all ranks the same sums', async () => {
  const results = await Promise.all(members(4, { rounds: 100 }).map(({ result }) => result))
  expect(results).toEqual(Array(4).fill({ round: 100, sum: sumOf(100, 4) }))
})

it(
  `ends at once on all others when a rank is killed, at ${kills} random moments`,
  async () => {
    for (let kill = 0; kill < kills; kill++) {
      const ranks = members(3)
      const victim = ranks[kill % 3]!
      await victim.says('joined')
      await pause(400 * random())
      victim.process.kill('SIGKILL')
      const others = await Promise.all(ranks.filter((rank) => rank !== victim).map(({ result }) => result))
      for (const { code, round, sum } of others as [{ code: string; round: number; sum: number }]) {
        expect([code, sum]).toEqual(['ERR_GROUP_LOST', sumOf(round, 3)])
      }
    }
  },
  30_000 + 20_000 * kills,
)

it('ends after the timeout when a rank hangs', async () => {
  const ranks = members(3, { timeout: 2 })
  await Promise.all(ranks.map((rank) => rank.says('round 10')))
  ranks[1]!.process.kill('SIGSTOP')
  const [a, c] = await Promise.all([ranks[0]!.result, ranks[2]!.result])
  expect([a!.code, c!.code]).toEqual(['ERR_GROUP_LOST', 'ERR_GROUP_LOST'])
})

it('ends on both sides of a network that is cut', async ({ skip }) => {
  const machines = TwoMachines.make()
  if (!machines) return skip('This process may not make network namespaces.')
  try {
    const folder = newFolder()
    const ranks = ([0, 1] as const).map((rank) => startMember([rank, 2], { folder, timeout: 3 }, machines.on(rank)))
    started.push(...ranks)
    await Promise.all(ranks.map((rank) => rank.says('round 10')))
    expect(machines.cut()).toBe(true)
    for (const result of await Promise.all(ranks.map(({ result }) => result)))
      expect(result!.code).toBe('ERR_GROUP_LOST')
  } finally {
    machines.remove()
  }
})

it('listens for nobody once all ranks are connected', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // What listens is seen.
  expect(listeningPorts(process.pid)).toContain((server.address() as AddressInfo).port)
  server.close()
  const ranks = members(2)
  await Promise.all(ranks.map((rank) => rank.says('joined')))
  expect(ranks.flatMap(({ process }) => listeningPorts(process.pid!))).toEqual([])
})

it('is whole where the store cannot delete what it holds', async () => {
  const store = folderStore(newFolder())
  store.deleteAll = () => Promise.reject(new Error('The store is gone.'))
  const both = [0, 1].map((rank) => join({ rank, size: 2, store, timeout: 20, host: '127.0.0.1' }))
  const groups = await Promise.all(both)
  const sums = await Promise.all(groups.map((group) => group.allReduce([group.rank + 1])))
  expect(sums.map(([sum]) => sum)).toEqual([3, 3])
  for (const group of groups) await group.close()
})

it('does not join where a rank dies on the way', async () => {
  const folder = newFolder()
  const ranks = [0, 1, 2].map((rank) => startMember([rank, 3], { folder, timeout: 3 }))
  started.push(...ranks)
  await ranks[2]!.says('pid')
  ranks[2]!.process.kill('SIGKILL')
  const results = await Promise.all(ranks.slice(0, 2).map(({ result }) => result))
  for (const result of results) expect(result).toMatchObject({ code: 'ERR_GROUP_LOST' })
})
