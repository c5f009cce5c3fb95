import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderStore, redisStore, type Store, tcpStore } from '../../../lib/distributed/index.js'
import { RedisServer } from '../../support/redis.js'
import { folder, secret } from './stores.js'

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis.end())

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array) => new TextDecoder().decode(value)

/** Opens several ends of one store. */
const kinds: Record<string, (count: number) => Promise<Store[]>> = {
  async tcp(count) {
    const host = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true })
    const { port } = host
    const others = Array.from({ length: count - 1 }, () => tcpStore({ host: '127.0.0.1', port, secret }))
    return [host, ...(await Promise.all(others))]
  },
  async folder(count) {
    const path = folder()
    return Array.from({ length: count }, () => folderStore(path))
  },
  async 'redis by its URL'(count) {
    const prefix = `${Math.random()}:`
    return Promise.all(Array.from({ length: count }, () => redisStore({ url: redis.url, prefix })))
  },
  async 'redis by a client of each package'(count) {
    const prefix = `${Math.random()}:`
    const io = new Redis(redis.url)
    const node = createClient({ url: redis.url })
    await node.connect()
    const close = async () => {
      io.disconnect()
      node.destroy()
    }
    return Promise.all(
      Array.from({ length: count }, async (_, k) => {
        const store = await redisStore({ client: k % 2 === 0 ? io : node, prefix })
        return Object.assign(store, k === 0 && { close })
      }),
    )
  },
}

/** Others first: a host waits for them. */
async function closeAll(stores: readonly Store[]): Promise<void> {
  for (const store of [...stores].reverse()) await store.close()
}

describe.each(Object.keys(kinds))('a store of kind %s', (kind) => {
  it('gives what another end set, also bytes of any kind, and what was set last', async () => {
    const stores = await kinds[kind]!(2)
    const [a, b] = stores as [Store, Store]
    const all = Uint8Array.from({ length: 256 }, (_, k) => k)
    await a.set('a/b c', all)
    expect([...(await b.get('a/b c', 5))]).toEqual([...all])
    await b.set('a/b c', bytes('new'))
    expect(text(await a.get('a/b c', 5))).toBe('new')
    await a.set('empty', new Uint8Array(0))
    expect((await b.get('empty', 5)).length).toBe(0)
    await closeAll(stores)
  })

  it('waits for a key that is set later', async () => {
    const stores = await kinds[kind]!(3)
    const [a, b, c] = stores as [Store, Store, Store]
    const waiting = [b.get('late', 20), c.get('late', 20)]
    await new Promise((resolve) => setTimeout(resolve, 30))
    await a.set('late', bytes('here'))
    expect((await Promise.all(waiting)).map(text)).toEqual(['here', 'here'])
    await closeAll(stores)
  })

  it('ends a wait after its timeout with ERR_GROUP_LOST, and at an abort with its reason', async () => {
    const stores = await kinds[kind]!(1)
    const [a] = stores as [Store]
    await expect(a.get('never', 0.05)).rejects.toMatchObject({
      code: 'ERR_GROUP_LOST',
      message: expect.stringContaining('Nothing was written for never within 0.05 s'),
    })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = a.get('never', 60, controller.signal)
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await a.set('never', bytes('after all'))
    expect(text(await a.get('never', 5))).toBe('after all')
    await closeAll(stores)
  })

  it('counts without losing or repeating a sum', async () => {
    const stores = await kinds[kind]!(4)
    const calls = stores.flatMap((store) => Array.from({ length: 10 }, () => store.add('count', 1)))
    const sums = (await Promise.all(calls)).sort((a, b) => a - b)
    expect(sums).toEqual(Array.from({ length: 40 }, (_, k) => k + 1))
    expect(await stores[0]!.add('count', 0)).toBe(40)
    expect(await stores[1]!.add('count', -2)).toBe(38)
    await closeAll(stores)
  })

  it('deletes what begins with a prefix, and nothing else', async () => {
    const stores = await kinds[kind]!(2)
    const [a, b] = stores as [Store, Store]
    await a.set('run*/x', bytes('x'))
    await a.set('run1/x', bytes('y'))
    await a.add('run*/n', 5)
    await a.add('run1/n', 5)
    await b.deleteAll('run*/')
    await expect(a.get('run*/x', 0.01)).rejects.toMatchObject({ code: 'ERR_GROUP_LOST' })
    expect(text(await a.get('run1/x', 5))).toBe('y')
    expect([await a.add('run*/n', 1), await a.add('run1/n', 1)]).toEqual([1, 6])
    await closeAll(stores)
  })
})

it('says which Redis was not reached, without its password', async () => {
  const url = 'redis://user:hidden@127.0.0.1:1/0'
  const failure = await redisStore({ url }).catch((error) => error)
  expect(failure).toMatchObject({ code: 'ERR_GROUP_LOST', message: expect.stringContaining('127.0.0.1:1') })
  expect(failure.message).not.toContain('hidden')
})

it('refuses a store in Redis without, or with both of, url and client', async () => {
  await expect(redisStore({})).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
})
