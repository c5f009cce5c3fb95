import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Store, tcpStore } from '../../../lib/distributed/index.js'
import { encode, Incoming } from '../../../lib/distributed/store/frames.js'
import { greeting, nonceBytes, proofOf } from '../../../lib/distributed/store/handshake.js'
import { certificate, freePort, secret } from './stores.js'

const open: (Store | { close(): unknown })[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function host() {
  const store = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true })
  open.push(store)
  return store
}

async function raw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Also after a reset, for which `once` would reject. */
const closed = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()))

/** Whether the store goes on. */
async function works(store: Store): Promise<boolean> {
  const value = randomBytes(8)
  await store.set('works', value)
  return Buffer.from(await store.get('works', 5)).equals(value)
}

it('refuses another secret, says so, and goes on', async () => {
  const store = await host()
  const wrong = tcpStore({ host: '127.0.0.1', port: store.port, secret: 'x'.repeat(32), timeout: 30 })
  await expect(wrong).rejects.toMatchObject({
    code: 'ERR_GROUP_LOST',
    message: expect.stringContaining('refused the secret'),
  })
  expect(await works(store)).toBe(true)
})

it.each([
  ['random bytes', () => randomBytes(100_000)],
  [
    'a request of HTTP',
    () => Buffer.from('GET / HTTP/1.1\r\nHost: here\r\nX: 12345678901234567890123456789012\r\n\r\n'),
  ],
  ['a frame without proof', () => encode(0, 2, 'key', new Uint8Array(100))],
])('closes the connection of a stranger that sends %s, unread', async (_, garbage) => {
  const store = await host()
  await store.set('key', Buffer.from('for ranks'))
  const socket = await raw(store.port)
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  const end = closed(socket)
  socket.write(garbage())
  await end
  // What the store says to all: its name and a random number.
  expect(Buffer.concat(received).length).toBe(greeting.length + nonceBytes)
  expect(await works(store)).toBe(true)
})

it('does not accept the proof of another connection', async () => {
  const store = await host()
  const proofs: Buffer[] = []
  const socket = await raw(store.port)
  const [first] = (await once(socket, 'data')) as [Buffer]
  const nonce = randomBytes(nonceBytes)
  proofs.push(Buffer.concat([nonce, proofOf(secret, 'client', first.subarray(greeting.length), nonce)]))
  socket.write(proofs[0]!)
  expect((await once(socket, 'data'))[0]).toEqual(proofOf(secret, 'server', first.subarray(greeting.length), nonce))
  const again = await raw(store.port)
  await once(again, 'data')
  again.write(proofs[0]!)
  await closed(again)
  socket.destroy()
  expect(await works(store)).toBe(true)
})

it('closes a member that sends frames without bounds or of no kind', async () => {
  const store = await host()
  for (const bad of [
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0, 0, 0, 1, 9]),
    encode(0, 77, '', Buffer.alloc(0)),
    encode(0, 3, 'n', Buffer.alloc(3)),
  ]) {
    const socket = await raw(store.port)
    const [first] = (await once(socket, 'data')) as [Buffer]
    const nonce = randomBytes(nonceBytes)
    socket.write(Buffer.concat([nonce, proofOf(secret, 'client', first.subarray(greeting.length), nonce), bad]))
    await closed(socket)
  }
  expect(await works(store)).toBe(true)
})

it('lets 256 strangers wait, closes the oldest for the next, and a rank gets in among them', async () => {
  const store = await host()
  const sockets: Socket[] = []
  const ended: number[] = []
  for (let k = 0; k < 300; k++) {
    sockets.push(await raw(store.port))
    sockets[k]!.on('close', () => ended.push(k)).resume()
  }
  while (ended.length < 44) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(ended.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 44 }, (_, k) => k))
  const rank = await tcpStore({ host: '127.0.0.1', port: store.port, secret, timeout: 5 })
  open.push(rank)
  expect(await works(rank)).toBe(true)
  for (const socket of sockets) socket.destroy()
})

it('counts connections whose handshake of TLS does not come', async () => {
  const { key, cert } = certificate()
  const store = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true, tls: { key, cert } })
  open.push(store)
  const sockets: Socket[] = []
  let ended = 0
  for (let k = 0; k < 260; k++) {
    sockets.push(await raw(store.port))
    sockets[k]!.on('close', () => ended++).resume()
  }
  while (ended < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  const rank = await tcpStore({ host: '127.0.0.1', port: store.port, secret, timeout: 5, tls: { ca: cert } })
  open.push(rank)
  expect(await works(rank)).toBe(true)
  for (const socket of sockets) socket.destroy()
})

it('lets go of a host whose first frame is none', async () => {
  const sockets: Socket[] = []
  const liar = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    const nonce = randomBytes(nonceBytes)
    socket.write(Buffer.concat([greeting, nonce]))
    socket.once('data', (chunk) => {
      const proof = proofOf(secret, 'server', nonce, chunk.subarray(0, nonceBytes))
      socket.write(Buffer.concat([proof, Buffer.from([0xff, 0xff, 0xff, 0xff])]))
    })
  })
  const port = await freePort()
  liar.listen(port, '127.0.0.1')
  open.push(liar)
  await expect(tcpStore({ host: '127.0.0.1', port, secret, timeout: 5 })).rejects.toThrow()
  await closed(sockets[0]!)
})

it('does not talk to a host that does not know the secret', async () => {
  const received: Buffer[] = []
  const liar = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received.push(chunk)
      // A proof sent back.
      socket.write(chunk.subarray(nonceBytes))
    })
    socket.write(Buffer.concat([greeting, randomBytes(nonceBytes)]))
  })
  const port = await freePort()
  liar.listen(port, '127.0.0.1')
  open.push(liar)
  await expect(tcpStore({ host: '127.0.0.1', port, secret })).rejects.toThrow('did not prove the secret')
  expect(Buffer.concat(received).length).toBe(64)
})

it('says that something else listens there', async () => {
  const other = createServer((socket) =>
    socket.end('220 smtp.example.org ESMTP Postfix, at your service, ready when you are\r\n'),
  )
  const port = await freePort()
  other.listen(port, '127.0.0.1')
  open.push(other)
  await expect(tcpStore({ host: '127.0.0.1', port, secret, timeout: 5 })).rejects.toThrow('is no store of perceptra')
})

it('waits for the host, and says that it did not come', async () => {
  const port = await freePort()
  const rank = tcpStore({ host: '127.0.0.1', port, secret, timeout: 60 })
  await new Promise((resolve) => setTimeout(resolve, 150))
  open.push(await tcpStore({ host: '127.0.0.1', port, secret, serve: true }))
  open.push(await rank)
  await expect(tcpStore({ host: '127.0.0.1', port: await freePort(), secret, timeout: 0.2 })).rejects.toMatchObject({
    code: 'ERR_GROUP_LOST',
    message: expect.stringMatching(/was not reached within 0\.2 s: .*ECONNREFUSED/),
  })
})

it('says that the port is taken', async () => {
  const { port } = await host()
  await expect(tcpStore({ host: '127.0.0.1', port, secret, serve: true })).rejects.toMatchObject({
    code: 'ERR_GROUP_LOST',
    message: expect.stringContaining('Another program has this port'),
  })
})

it('ends all waits when the host is gone', async () => {
  const store = await tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true })
  const rank = await tcpStore({ host: '127.0.0.1', port: store.port, secret })
  const waits = [rank.get('a', 60), rank.get('b', 60)].map((wait) =>
    expect(wait).rejects.toMatchObject({ code: 'ERR_GROUP_LOST' }),
  )
  await rank.close()
  await Promise.all(waits)
  await store.close()
  await expect(rank.set('a', Buffer.alloc(1))).rejects.toMatchObject({ code: 'ERR_GROUP_LOST' })
})

it('needs a secret of 16 characters', async () => {
  for (const bad of [undefined, 'short']) {
    await expect(tcpStore({ host: '127.0.0.1', port: 0, secret: bad, serve: true })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringContaining('at least 16 characters'),
    })
  }
})

it('cuts frames out of chunks of any length', () => {
  const frames = Array.from({ length: 20 }, (_, k) => encode(k, 1 + (k % 4), `key ${k}`, randomBytes(k * 37)))
  const all = Buffer.concat(frames)
  for (const length of [1, 3, 10, 64, 1000, all.length]) {
    const incoming = new Incoming()
    const read: Buffer[] = []
    for (let at = 0; at < all.length; at += length) {
      incoming.add(all.subarray(at, at + length))
      for (let frame = incoming.frame(); frame; frame = incoming.frame()) {
        read.push(encode(frame.id, frame.operation, frame.key, frame.value))
      }
    }
    expect(Buffer.concat(read).equals(all)).toBe(true)
  }
})
