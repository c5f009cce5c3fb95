import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { native } from '../../lib/native/addon.js'
import type { NativeGroup } from '../../lib/native/group.js'
import type { Answer, Order } from './programs/group-rank.js'
import { compiled } from './programs/run.js'

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

const timeoutMs = 10_000

/** Processes of one group, each a rank; not connected yet. */
class Ranks {
  readonly children: ChildProcess[]
  addresses: string[][] = []

  constructor(size: number) {
    this.children = Array.from({ length: size }, (_, rank) =>
      fork(compiled('group-rank'), [String(rank), String(size)], { execArgv: [] }),
    )
    started.push(...this.children)
  }

  static async start(size: number): Promise<Ranks> {
    const ranks = new Ranks(size)
    ranks.addresses = await Promise.all(ranks.children.map(async (child) => (await next(child)).addresses ?? []))
    return ranks
  }

  static async connected(size: number): Promise<Ranks> {
    const ranks = await Ranks.start(size)
    expect(await ranks.connect(timeoutMs)).toEqual(Array(size).fill({}))
    return ranks
  }

  connect(timeoutMs: number): Promise<Answer[]> {
    return Promise.all(this.children.map((_, rank) => this.connectOne(rank, timeoutMs)))
  }

  connectOne(rank: number, timeoutMs: number): Promise<Answer> {
    return this.tell(rank, { do: 'connect', addresses: this.addresses.map((its) => its[rank] ?? ''), timeoutMs })
  }

  tell(rank: number, order: Order): Promise<Answer> {
    const child = this.children[rank] as ChildProcess
    child.setMaxListeners(100)
    const answer = next(child)
    child.send(order)
    return answer
  }

  tellAll(order: Order, ranks = this.children.map((_, rank) => rank)): Promise<Answer[]> {
    return Promise.all(ranks.map((rank) => this.tell(rank, order)))
  }

  /** Rank `from` reaches `to` by a server that passes 4 MB a second on, and emits `passes` when it has many bytes. */
  slowDown(from: number, to: number): Server {
    const address = Buffer.from(this.addresses[to]![from]!, 'hex')
    const port = address.readUInt16BE(2)
    const server = createServer((socket) => {
      const other = connect(port, '127.0.0.1')
      for (const [a, b] of [
        [socket, other],
        [other, socket],
      ] as const) {
        pipeline(
          a,
          (source) => slowly(source, () => server.emit('passes')),
          b,
          () => {},
        )
      }
    })
    return server.listen(0, '127.0.0.1', () => {
      address.writeUInt16BE((server.address() as AddressInfo).port, 2)
      this.addresses[to]![from] = address.toString('hex')
    })
  }

  port(rank: number): number {
    const other = rank === 0 ? 1 : 0
    return Buffer.from(this.addresses[rank]?.[other] ?? '', 'hex').readUInt16BE(2)
  }
}

async function* slowly(source: AsyncIterable<Buffer>, onMany: () => void) {
  for await (const chunk of source) {
    if (chunk.length > 1000) onMany()
    await wait(chunk.length / 4000)
    yield chunk
  }
}

async function next(child: ChildProcess): Promise<Answer> {
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit').then(([code]) => [{ exit: code }])])
  return answer
}

it('connects ranks of which one begins long after the other, which has tried more than once', async () => {
  const ranks = await Ranks.start(2)
  const early = ranks.connectOne(1, 30_000)
  await wait(6000)
  expect(await Promise.all([ranks.connectOne(0, 30_000), early])).toEqual([{}, {}])
  const sums = await ranks.tellAll({ do: 'sum', count: 3, times: 1, timeoutMs })
  expect(sums[0]?.numbers?.length).toBe(3)
  expect(sums[1]?.numbers).toEqual(sums[0]?.numbers)
}, 60_000)

it('sums over four ranks are the same bits on all and right, for counts below and above the number of ranks', async () => {
  const ranks = await Ranks.connected(4)
  for (const count of [0, 1, 3, 7, 100_003]) {
    const order: Order = { do: 'sum', count, times: 1, timeoutMs }
    const answers = await ranks.tellAll(order)
    const first = answers[0]?.numbers ?? []
    for (const { numbers } of answers) expect(numbers).toEqual(first)
    expect((await ranks.tellAll(order))[3]?.numbers).toEqual(first)
    for (const i of [0, count >> 1, count - 1].filter((i) => i >= 0 && i < count)) {
      const expected = [1, 2, 3, 4].reduce((sum, rank) => sum + Math.sin(i * rank) + 1 / 3, 0)
      expect(first[i]).toBeCloseTo(expected, 12)
    }
  }
})

it('broadcasts the bytes of any rank', async () => {
  const ranks = await Ranks.connected(3)
  for (const root of [0, 2]) {
    const answers = await ranks.tellAll({ do: 'broadcast', count: 70_001, root, timeoutMs })
    for (const { numbers } of answers) expect(numbers?.every((byte) => byte === root + 7)).toBe(true)
  }
})

it('a rank that is killed in the middle of sums is lost for all others at once, and stays lost', async () => {
  const ranks = await Ranks.connected(4)
  const start = Date.now()
  const rest = ranks.tellAll({ do: 'sum', count: 200_000, times: 1e9, timeoutMs: 60_000 }, [0, 1, 3])
  ranks.children[2]?.send({ do: 'sum', count: 200_000, times: 1e9, timeoutMs: 60_000 } satisfies Order)
  await wait(300)
  ranks.children[2]?.kill('SIGKILL')
  for (const { error } of await rest) expect(error?.code).toBe('ERR_GROUP_LOST')
  expect(Date.now() - start).toBeLessThan(50_000)
  for (const { error } of await ranks.tellAll({ do: 'sum', count: 2, times: 1, timeoutMs }, [0, 1, 3]))
    expect(error?.code).toBe('ERR_GROUP_LOST')
})

it('a rank that hangs for longer than the timeout is lost for the others, and finds itself alone when it goes on', async () => {
  const ranks = await Ranks.connected(3)
  const order: Order = { do: 'sum', count: 50_000, times: 1e9, timeoutMs: 1500 }
  const others = ranks.tellAll(order, [0, 2])
  const hanging = ranks.tell(1, order)
  await wait(300)
  ranks.children[1]?.kill('SIGSTOP')
  for (const { error } of await others) expect(error?.code).toBe('ERR_GROUP_LOST')
  ranks.children[1]?.kill('SIGCONT')
  expect((await hanging).error?.code).toBe('ERR_GROUP_LOST')
})

it('connections of strangers that say nothing, too little or garbage neither hinder ranks nor get in', async () => {
  const ranks = await Ranks.start(3)
  // The others' secrets are of no use: each opens the door of one rank to one other.
  const thief = connect(ranks.port(0), '127.0.0.1')
  await once(thief, 'connect')
  const strangers = Array.from({ length: 400 }, (_, i) => {
    const socket = connect(ranks.port(i % 3), '127.0.0.1')
    socket.on('error', () => {})
    if (i % 3 === 1) socket.write(Buffer.alloc(5, i))
    if (i % 3 === 2) socket.write(Buffer.alloc(1 << 16, i))
    return socket
  })
  thief.write(Buffer.from(ranks.addresses[1]?.[2] ?? '', 'hex').subarray(8, 24))
  thief.on('error', () => {})
  const dropped = new Promise((resolve) => thief.once('close', resolve))
  expect(await ranks.connect(timeoutMs)).toEqual([{}, {}, {}])
  for (const { numbers } of await ranks.tellAll({ do: 'sum', count: 5, times: 1, timeoutMs }))
    expect(numbers).toHaveLength(5)
  await dropped
  // Nobody listens any more.
  const late = connect(ranks.port(0), '127.0.0.1')
  const [error] = await once(late, 'error')
  expect(error.code).toBe('ECONNREFUSED')
  for (const socket of strangers) socket.destroy()
})

it('says which ranks did not come', async () => {
  const ranks = await Ranks.start(4)
  const [zero, one] = await Promise.all([ranks.connectOne(0, 1000), ranks.connectOne(1, 1000)])
  expect(zero.error).toMatchObject({ code: 'ERR_GROUP_LOST', message: expect.stringMatching(/Rank 0 .*: 2, 3\./) })
  expect(one.error).toMatchObject({ code: 'ERR_GROUP_LOST', message: expect.stringMatching(/Rank 1 .*: 2, 3\./) })
})

it('ranks that bring different counts get errors', async () => {
  const ranks = await Ranks.connected(2)
  const answers = await Promise.all([
    ranks.tell(0, { do: 'sum', count: 40_000, times: 1, timeoutMs: 3000 }),
    ranks.tell(1, { do: 'sum', count: 90_000, times: 1, timeoutMs: 3000 }),
  ])
  for (const { error } of answers) expect(error?.code).toBe('ERR_GROUP_LOST')
})

it('close wakes a rank that waits, and the others; processes end by themselves', async () => {
  const ranks = await Ranks.connected(3)
  const waiting = ranks.tell(1, { do: 'sum', count: 3, times: 1, timeoutMs: 60_000 })
  await wait(100)
  await ranks.tell(0, { do: 'close' })
  expect((await waiting).error?.code).toBe('ERR_GROUP_LOST')
  const [first] = ranks.children
  const exits = Promise.all(ranks.children.map((child) => once(child, 'exit')))
  for (const child of ranks.children) child.send({ do: 'end' } satisfies Order)
  expect((await exits).map(([code]) => code)).toEqual([0, 0, 0])
  expect(first?.exitCode).toBe(0)
})

it('close tells all others the reason, also a rank that hears of it from another one', async () => {
  const ranks = await Ranks.connected(4)
  const sum: Order = { do: 'sum', count: 200_000, times: 1e9, timeoutMs: 60_000 }
  const others = ranks.tellAll(sum, [0, 1, 3])
  ranks.children[2]?.send({ ...sum, times: 5 } satisfies Order)
  await wait(300)
  ranks.children[2]?.send({ do: 'close', reason: `Rank 2 failed: ${'ä'.repeat(700)}` } satisfies Order)
  for (const { error } of await others) {
    expect(error?.code).toBe('ERR_GROUP_LOST')
    // What is longer than a message is cut.
    expect(error?.message).toMatch(/^Rank \d lost its group: Rank 2 failed: ä{504}$/u)
  }
})

it('close returns while its reason waits for room in a connection', async () => {
  const ranks = await Ranks.start(2)
  const server = ranks.slowDown(1, 0)
  try {
    await once(server, 'listening')
    expect(await ranks.connect(timeoutMs)).toEqual([{}, {}])
    const count = 64 << 20
    const other = ranks.tell(1, { do: 'broadcast', count, root: 0, timeoutMs: 60_000 })
    const passes = once(server, 'passes')
    const answer = ranks.tell(0, { do: 'broadcastAndClose', count, reason: 'Enough.' })
    // From now on the connection has no room, for seconds.
    await passes
    ranks.children[0]!.send({ do: 'goOn' } satisfies Order)
    const [closed, ended] = (await answer).numbers!
    // The broadcast ends when the rank no longer waits for room.
    expect(closed).toBeLessThan(ended! / 2)
    ranks.children[1]!.kill('SIGKILL')
    await other
  } finally {
    server.close()
  }
})

it('a process that exits while it waits for others does not hang', async () => {
  const ranks = await Ranks.connected(2)
  ranks.children[0]?.send({ do: 'exit' } satisfies Order)
  const [code] = await once(ranks.children[0] as ChildProcess, 'exit')
  expect(code).toBe(7)
})

it('rejects addresses that are not of this machine, or stand for all', () => {
  const Group = native().Group
  if (!Group) throw new Error('The addon has no groups')
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'no such host'])
    expect(() => new Group({ rank: 0, size: 2, host })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringContaining('`host`') }),
    )
})

it('lets the others end a call whose first ranks have left', async () => {
  const ranks = await Ranks.start(4)
  // Of ranks 1 and 3, which takes seconds for what rank 0 sends to 1 at once.
  const servers = [ranks.slowDown(1, 3), ranks.slowDown(3, 1)]
  try {
    await Promise.all(servers.map((server) => once(server, 'listening')))
    expect(await ranks.connect(timeoutMs)).toEqual(Array(4).fill({}))
    const all = ranks.children.map((_, rank) =>
      ranks.tell(rank, { do: 'broadcast', count: 12 << 20, root: 0, timeoutMs: 60_000, counts: true }),
    )
    const [sent] = await Promise.all([all[0]!, all[2]!])
    expect(sent!.error).toBeUndefined()
    await ranks.tellAll({ do: 'close' }, [0, 2])
    for (const answer of await Promise.all([all[1]!, all[3]!])) {
      expect(answer).toEqual({ numbers: [12 << 20] })
    }
  } finally {
    for (const server of servers) server.close()
  }
}, 120_000)

it('gives the compute threads of a process to one group at a time', () => {
  const Group = native().Group!
  const [a, b] = [0, 1].map((rank) => new Group({ rank, size: 2, host: '127.0.0.1' })) as [NativeGroup, NativeGroup]
  try {
    expect([a.reserve(), b.reserve(), a.reserve()]).toEqual([true, false, false])
    b.release()
    expect(b.reserve()).toBe(false)
    a.release()
    expect(b.reserve()).toBe(true)
  } finally {
    b.release()
    a.close()
    b.close()
  }
})
