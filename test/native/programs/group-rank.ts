// One rank of a group, which does what the test sends it.
import { once } from 'node:events'
import { native } from '../../../lib/native/addon.js'

export type Order =
  | { do: 'connect'; addresses: string[]; timeoutMs: number }
  | { do: 'sum'; count: number; times: number; timeoutMs: number }
  | { do: 'broadcast'; count: number; root: number; timeoutMs: number; counts?: boolean }
  | { do: 'close'; reason?: string }
  | { do: 'broadcastAndClose'; count: number; reason: string }
  | { do: 'exit' | 'end' | 'goOn' }

export type Answer = { addresses?: string[]; numbers?: number[]; error?: { code: string; message: string } }

const [rank, size] = process.argv.slice(2).map(Number) as [number, number]
const Group = native().Group
if (!Group) throw new Error('The addon has no groups')
const group = new Group({ rank, size, host: '127.0.0.1' })
const send = (answer: Answer) => process.send?.(answer)

async function obey(order: Order): Promise<Answer> {
  if (order.do === 'connect') {
    await group.connect(
      order.addresses.map((text) => new Uint8Array(Buffer.from(text, 'hex'))),
      order.timeoutMs,
    )
  }
  if (order.do === 'sum') {
    const numbers = Float64Array.from({ length: order.count }, (_, i) => Math.sin(i * (rank + 1)) + 1 / 3)
    for (let time = 0; time < order.times; time++) await group.allReduce(numbers, order.timeoutMs)
    return { numbers: order.times === 1 ? [...numbers] : [] }
  }
  if (order.do === 'broadcast') {
    const bytes = new Uint8Array(order.count).fill(rank + 7)
    await group.broadcast(bytes, order.root, order.timeoutMs)
    // How many there are, in place of all.
    if (order.counts) return { numbers: Buffer.alloc(order.count, order.root + 7).equals(bytes) ? [order.count] : [] }
    return { numbers: [...bytes] }
  }
  if (order.do === 'close') group.close(order.reason)
  if (order.do === 'broadcastAndClose') {
    const sent = group.broadcast(new Uint8Array(order.count), rank, 60_000).catch(() => {})
    await once(process, 'message')
    const begin = performance.now()
    group.close(order.reason)
    const closed = performance.now()
    await sent
    return { numbers: [closed - begin, performance.now() - begin] }
  }
  if (order.do === 'end') process.disconnect()
  if (order.do === 'exit') {
    group.allReduce(new Float64Array(3), 60_000).catch(() => {})
    setTimeout(() => process.exit(7), 50)
  }
  return {}
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => order.do !== 'end' && order.do !== 'goOn' && send(answer),
    ({ code, message }) => send({ error: { code, message } }),
  )
})
send({ addresses: group.addresses().map((bytes) => Buffer.from(bytes).toString('hex')) })
