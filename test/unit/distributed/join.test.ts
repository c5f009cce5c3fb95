import { readdirSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'
import { connectAll } from '../../../lib/distributed/connect.js'
import { folderStore, type JoinOptions, join, type Store, tcpStore } from '../../../lib/distributed/index.js'
import { Limit } from '../../../lib/distributed/limit.js'
import { callRoll, type Description } from '../../../lib/distributed/roll-call.js'
import { sealedStore } from '../../../lib/distributed/store/sealed-store.js'
import { Group } from '../../../lib/training/group/group.js'
import { StandIn } from '../../support/stand-in-group.js'
import { certificate, folder, freePort, secret } from './stores.js'

afterEach(() => void vi.unstubAllEnvs())

let runs = 0
const common = () => ({ store: folderStore(folder()), id: `run ${runs++}`, timeout: 20 })

const failures = (all: readonly JoinOptions[]) =>
  Promise.all(
    all.map((options) =>
      join(options).then(
        () => 'joined',
        (error) => `${error.code}: ${error.message}`,
      ),
    ),
  )

const description = (rank: number, size: number, same = {}): Description => ({
  rank,
  size,
  host: `host${rank}`,
  pid: 100 + rank,
  same,
})

it('fails on every rank where two have one number, and names them', async () => {
  const store = folderStore(folder())
  const all = [description(0, 3), description(1, 3), { ...description(1, 3), host: 'other', pid: 7 }]
  const errors = await Promise.all(
    all.map((own) => callRoll(store, 'p', own, new Limit(20, undefined)).catch((error) => error)),
  )
  for (const { code, message } of errors) {
    expect(code).toBe('ERR_ARGUMENT')
    expect(message).toMatch(
      /rank 1 \(process (101 on host1|7 on other)\) and rank 1 \(process (101 on host1|7 on other)\) have the same/,
    )
  }
})

it('fails for a process that comes when the group is whole', async () => {
  const store = folderStore(folder())
  await Promise.all([0, 1].map((rank) => callRoll(store, 'p', description(rank, 2), new Limit(20, undefined))))
  await expect(callRoll(store, 'p', { ...description(1, 2), pid: 9 }, new Limit(20, undefined))).rejects.toThrow(
    'rank 1 (process 101 on host1) was there before this one',
  )
})

it('fails on a rank with a larger size, with both', async () => {
  const shared = common()
  const errors = await failures([
    { ...shared, rank: 0, size: 2 },
    { ...shared, rank: 1, size: 2 },
    { ...shared, rank: 2, size: 3 },
  ])
  // Ranks 0 and 1 may have found each other before rank 2 came.
  expect(errors[2]).toMatch(
    /^ERR_ARGUMENT: Expected the same number of ranks everywhere, but rank [01] \(.*\) has size 2 and rank 2 \(.*\) 3\./,
  )
})

it('fails on every rank where one has a smaller size', async () => {
  const shared = common()
  const all = [2, 3, 3].map((size, rank) => ({ ...shared, rank, size }))
  for (const error of await failures(all))
    expect(error).toMatch(
      /^ERR_ARGUMENT: Expected the same number of ranks everywhere, but rank 0 \(.*\) has size 2 and rank [12] \(.*\) 3\./,
    )
})

it('fails on every rank where versions differ, with both', async () => {
  const store = folderStore(folder())
  const all = [
    description(0, 2, { 'version of perceptra': '1.0.0' }),
    description(1, 2, { 'version of perceptra': '1.1.0' }),
  ]
  const errors = await Promise.all(
    all.map((own) => callRoll(store, 'p', own, new Limit(20, undefined)).catch((error) => error)),
  )
  const message =
    'Expected the same version of perceptra on all ranks, but rank 0 (process 100 on host0) has "1.0.0" and rank 1 (process 101 on host1) "1.1.0".'
  for (const error of errors) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
})

it('says which ranks did not come', async () => {
  const store = folderStore(folder())
  const all = [0, 2].map((rank) =>
    callRoll(store, 'p', description(rank, 4), new Limit(0.3, undefined)).catch((error) => error),
  )
  for (const error of await Promise.all(all)) {
    expect(error).toMatchObject({ code: 'ERR_GROUP_LOST', message: '2 of 4 ranks did not join within 0.3 s: 1, 3.' })
  }
})

it('says that the store is not reached, on every rank', async () => {
  const port = await freePort()
  const errors = await failures(
    [1, 2].map((rank) => ({ rank, size: 3, store: `tcp://127.0.0.1:${port}`, secret, timeout: 0.3 })),
  )
  for (const error of errors)
    expect(error).toMatch(/^ERR_GROUP_LOST: The store at 127\.0\.0\.1:\d+ was not reached within 0\.3 s/)
})

it('connects all ranks with the addresses that each made for it', async () => {
  const standIn = new StandIn(4)
  const stores = await hosted(4)
  const groups = await Promise.all(
    stores.map(async (store, rank) => {
      const all = await callRoll(store, 'p', description(rank, 4), new Limit(20, undefined))
      expect(all.map((one) => one.rank)).toEqual([0, 1, 2, 3])
      const limit = new Limit(20, undefined)
      const options = { all, rank, host: '127.0.0.1', limit }
      const { native } = await connectAll(store, 'p', options, ({ rank }) => standIn.rank(rank))
      return new Group({ rank, size: 4, timeoutMs: 20_000, native })
    }),
  )
  for (const store of stores.reverse()) await store.close()
  const sums = await Promise.all(groups.map((group) => group.allReduce([group.rank, 1])))
  for (const sum of sums) expect([...sum]).toEqual([6, 4])
  const texts = await Promise.all(groups.map((group) => group.broadcast(Buffer.from(`of ${group.rank}`), 2)))
  for (const text of texts) expect(Buffer.from(text).toString()).toBe('of 2')
  await Promise.all(groups.map((group) => group.barrier()))
  await groups[1]!.close()
  await expect(groups[0]!.barrier()).rejects.toMatchObject({ code: 'ERR_GROUP_LOST' })
  await expect(groups[1]!.barrier()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
})

it('tells all ranks why one of them cannot connect', async () => {
  const store = folderStore(folder())
  const standIn = new StandIn(2)
  const errors = await Promise.all(
    [0, 1].map(async (rank) => {
      const all = await callRoll(store, 'p', description(rank, 2), new Limit(20, undefined))
      const limit = new Limit(20, undefined)
      const options = { all, rank, host: '127.0.0.1', limit }
      return connectAll(store, 'p', options, () => {
        if (rank === 1) throw new Error('Built without it.')
        return standIn.rank(rank)
      }).catch((error) => error.message)
    }),
  )
  expect(errors).toEqual(['Rank 1 on host1 could not join: Built without it.', 'Built without it.'])
})

it('is a group of one without a store or a network', async () => {
  await using group = await join({ rank: 0, size: 1 })
  expect([group.rank, group.size]).toEqual([0, 1])
  expect([...(await group.allReduce([1.5, -2]))]).toEqual([1.5, -2])
  expect([...(await group.broadcast(Uint8Array.of(1, 2)))]).toEqual([1, 2])
  await group.barrier()
})

it('reads the variables of torchrun', async () => {
  vi.stubEnv('RANK', '1')
  vi.stubEnv('WORLD_SIZE', '2')
  vi.stubEnv('MASTER_ADDR', '127.0.0.1')
  vi.stubEnv('MASTER_PORT', `${await freePort()}`)
  vi.stubEnv('PERCEPTRA_SECRET', secret)
  await expect(join({ timeout: 0.2 })).rejects.toThrow('was not reached within 0.2 s')
  vi.stubEnv('RANK', '0')
  await expect(join({ timeout: 0.2 })).rejects.toThrow('1 of 2 ranks did not join within 0.2 s: 1.')
  vi.stubEnv('TORCHELASTIC_USE_AGENT_STORE', 'True')
  await expect(join({ timeout: 0.2 })).rejects.toThrow('torchrun has its own store at MASTER_PORT')
  vi.stubEnv('RANK', 'zero')
  await expect(join()).rejects.toThrow('Expected a whole number in the variable RANK, but got "zero".')
})

it.each<[string, JoinOptions, RegExp]>([
  ['no rank', {}, /npx perceptra launch/],
  ['a rank that the size excludes', { rank: 2, size: 2 }, /for rank/],
  ['no store', { rank: 0, size: 2 }, /no MASTER_ADDR and MASTER_PORT/],
  ['a store of another kind', { rank: 0, size: 2, store: 'http://127.0.0.1:80' }, /tcp:\/\/host:port/],
  ['no secret', { rank: 0, size: 2, store: 'tcp://127.0.0.1:80' }, /at least 16 characters/],
  ['a timeout of 0', { rank: 0, size: 1, timeout: 0 }, /for timeout/],
  ['an unknown option', { rank: 0, size: 1, sizes: 2 } as never, /Did you mean size\?/],
  ['an object that is no store', { rank: 0, size: 2, store: {} as never }, /a store or its URL/],
])('refuses %s', async (_, options, message) => {
  await expect(join(options)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) })
})

it('keeps out a rank without the secret, and joins the others', async () => {
  const [host, other] = await hosted(2)
  await expect(tcpStore({ host: '127.0.0.1', port: host!.port, secret: 'another one, long enough' })).rejects.toThrow(
    'refused',
  )
  const all = await Promise.all(
    [host!, other!].map((store, rank) => callRoll(store, 'p', description(rank, 2), new Limit(20, undefined))),
  )
  expect(all[0]).toEqual(all[1])
  await other!.close()
  await host!.close()
})

it('says who has another secret, at once and when the time is over', async () => {
  const warned = new Promise<Error>((resolve) => {
    process.on('warning', function take(warning: NodeJS.ErrnoException) {
      if (warning.code !== 'PERCEPTRA_GROUP_REFUSED') return
      process.off('warning', take)
      resolve(warning)
    })
  })
  const port = await freePort()
  vi.stubEnv('MASTER_ADDR', '127.0.0.1')
  vi.stubEnv('MASTER_PORT', `${port}`)
  const first = join({ rank: 0, size: 3, secret, timeout: 3 }).catch((error) => error)
  const begin = performance.now()
  const others = [1, 2].map((rank) => join({ rank, size: 3, secret: 'another one, long enough', timeout: 30 }))
  for (const error of await Promise.all(others.map((one) => one.catch((error) => error))))
    expect(error).toMatchObject({ code: 'ERR_GROUP_LOST', message: expect.stringContaining('refused the secret') })
  expect(await warned).toMatchObject({
    code: 'PERCEPTRA_GROUP_REFUSED',
    message:
      'A process at 127.0.0.1 was refused: it does not have the secret. Give all ranks the same PERCEPTRA_SECRET. The group still waits for its ranks.',
  })
  expect(performance.now() - begin).toBeLessThan(2500)
  expect(await first).toMatchObject({
    code: 'ERR_GROUP_LOST',
    message:
      '2 of 3 ranks did not join within 3 s: 1, 2. 2 processes, the first at 127.0.0.1, were refused: they do not have the secret. Give all ranks the same PERCEPTRA_SECRET.',
  })
})

it('goes by TLS where it is asked to, and not without', async () => {
  const { key, cert } = certificate()
  const host = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true, tls: { key, cert } })
  const { port } = host
  const rank = await tcpStore({ host: '127.0.0.1', port, secret, tls: { ca: cert } })
  await rank.set('by TLS', Buffer.from('yes'))
  expect(Buffer.from(await host.get('by TLS', 5)).toString()).toBe('yes')
  // A certificate that nobody vouches for.
  await expect(tcpStore({ host: '127.0.0.1', port, secret, tls: {}, timeout: 5 })).rejects.toThrow()
  await expect(tcpStore({ host: '127.0.0.1', port, secret, timeout: 0.3 })).rejects.toMatchObject({
    code: 'ERR_GROUP_LOST',
  })
  await rank.close()
  await host.close()
})

/** What a store that is a Map holds, and a store that never answers some calls. */
function storeOf(values: Map<string, Uint8Array>, hangs: readonly string[] = []): Store {
  const never = new Promise<never>(() => {})
  const inner = folderStore(folder())
  return {
    set(key, value) {
      values.set(key, value)
      return hangs.includes('set') ? never : inner.set(key, value)
    },
    get: (key, timeout, signal) => (hangs.includes('get') ? never : inner.get(key, timeout, signal)),
    add: (key, amount) => (hangs.includes('add') ? never : inner.add(key, amount)),
    deleteAll: (prefix) => (hangs.includes('deleteAll') ? never : inner.deleteAll(prefix)),
    close: async () => {},
  }
}

it('encrypts what it writes to any store, with the secret', async () => {
  for (const option of [{ secret }, {}]) {
    if (!option.secret) vi.stubEnv('PERCEPTRA_SECRET', secret)
    const values = new Map<string, Uint8Array>()
    const alone = join({ store: storeOf(values), id: `run ${runs++}`, rank: 0, size: 2, timeout: 0.3, ...option })
    await expect(alone).rejects.toThrow('1 of 2 ranks did not join')
    const [hello] = [...values].map(([, value]) => Buffer.from(value).toString('latin1'))
    expect(hello).toMatch(/^perceptra-sealed-1\n/)
    expect(hello).not.toContain('rank')
  }
})

it('reads no value of another secret, of none, of another key, or that was changed', async () => {
  const plain = folderStore(folder())
  const [ours, theirs] = [sealedStore(plain, secret), sealedStore(plain, 'another one, long enough')]
  await ours.set('a', Buffer.from('for ranks'))
  expect(Buffer.from(await ours.get('a', 5)).toString()).toBe('for ranks')
  const bytes = await plain.get('a', 5)
  await plain.set('b', bytes)
  await plain.set('c', Buffer.from('{}'))
  await plain.set('d', bytes.slice(0, 30))
  await plain.set(
    'e',
    bytes.map((byte, k) => (k === bytes.length - 1 ? byte ^ 1 : byte)),
  )
  const readings = [() => theirs.get('a', 5), ...['b', 'c', 'd', 'e'].map((key) => () => ours.get(key, 5))]
  for (const read of readings) {
    await expect(read()).rejects.toMatchObject({ code: 'ERR_GROUP_LOST', message: expect.stringContaining('secret') })
  }
})

it('says that one rank has a secret and another has none', async () => {
  const shared = common()
  const errors = await failures([
    { ...shared, rank: 0, size: 2, secret, timeout: 2 },
    { ...shared, rank: 1, size: 2, timeout: 2 },
  ])
  expect(errors.toSorted()).toEqual([
    expect.stringMatching(/^ERR_GROUP_LOST: Another rank has a secret, and this one has none/),
    expect.stringMatching(/^ERR_GROUP_LOST: What the store holds for .* was not written with the secret of this rank/),
  ])
})

it.each<[string, JoinOptions]>([
  ['a folder', { store: 'file:///tmp/nothing' }],
  ['Redis', { store: 'redis://127.0.0.1:1' }],
  ['an open store', { store: folderStore(folder()) }],
])('refuses tls with %s, where it would do nothing', async (_, options) => {
  await expect(join({ ...options, rank: 0, size: 2, secret, tls: {}, timeout: 1 })).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    message: expect.stringContaining('`tls`'),
  })
})

it('refuses a short secret with any store', async () => {
  const joined = join({ ...common(), rank: 0, size: 2, secret: 'short' })
  await expect(joined).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
})

it.each([['add'], ['set'], ['get']])(
  'ends in time, and with the signal, where %s of the store hangs',
  async (hangs) => {
    const options = () => ({ store: storeOf(new Map(), [hangs]), id: `run ${runs++}`, rank: 0, size: 2 })
    await expect(join({ ...options(), timeout: 0.2 })).rejects.toMatchObject({ code: 'ERR_GROUP_LOST' })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(join({ ...options(), signal: controller.signal })).rejects.toThrow('enough')
  },
)

it('closes the native group where the signal ends its connecting', async () => {
  const store = folderStore(folder())
  const controller = new AbortController()
  const { signal } = controller
  let closes = 0
  const native = {
    ...new StandIn(2).rank(0),
    connect: () => new Promise<never>(() => controller.abort(new Error('enough'))),
    close: () => void closes++,
  }
  await store.set('p/address/1', Buffer.from(JSON.stringify({ addresses: ['', ''] })))
  const all = [description(0, 2), description(1, 2)]
  const options = { all, rank: 0, host: '127.0.0.1', limit: new Limit(20, signal) }
  await expect(connectAll(store, 'p', options, () => native)).rejects.toThrow('enough')
  expect(closes).toBe(1)
})

it('says that a store holds what no rank has written', async () => {
  for (const text of ['no JSON', 'null', '7']) {
    const store = folderStore(folder())
    await store.set('p/hello/0', Buffer.from(text))
    await store.add('p/arrivals', 1)
    await expect(callRoll(store, 'p', description(0, 2), new Limit(20, undefined))).rejects.toMatchObject({
      code: 'ERR_GROUP_LOST',
      message: expect.stringContaining('p/hello/0'),
    })
  }
})

it('leaves nothing of a run in the folder that it deletes', async () => {
  const path = folder()
  const store: Store = folderStore(path)
  await Promise.all(
    [0, 1].map((rank) => callRoll(store, 'perceptra/run/0/0', description(rank, 2), new Limit(20, undefined))),
  )
  expect(readdirSync(path).length).toBeGreaterThan(0)
  await store.deleteAll('perceptra/run/0/0/')
  expect(readdirSync(path)).toEqual([])
})

async function hosted(count: number) {
  const host = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true })
  const others = Array.from({ length: count - 1 }, () => tcpStore({ host: '127.0.0.1', port: host.port, secret }))
  return [host, ...(await Promise.all(others))]
}
